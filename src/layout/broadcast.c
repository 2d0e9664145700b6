/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/error.h"
#include "layout/affine.h"
#include "layout/layout.h"
#include "layout/strided.h"

/* Stretch a in place to dims, in native order: extents of 1, and dimensions added at
 * the slow end, get a stride of 0. */
static int stretch(struct aml_affine *a, size_t ndims, const size_t *dims)
{
	if (ndims < a->ndims)
		return amli_fail(AML_EINVAL, "broadcast: %zu dimensions cannot become %zu",
				 a->ndims, ndims);
	for (size_t i = 0; i < ndims; i++) {
		size_t had = i < a->ndims ? a->dims[i] : 1;

		if (i < a->ndims && had == dims[i])
			continue;
		if (had != 1)
			return amli_fail(AML_EINVAL,
					 "broadcast: extent %zu of native dimension %zu cannot "
					 "become %zu, only 1 stretches",
					 had, i, dims[i]);
		a->dims[i] = dims[i];
		a->stride[i] = 0;
	}
	a->ndims = ndims;
	return 0;
}

int aml_layout_broadcast(const struct aml_layout *layout, struct aml_layout **out, size_t ndims,
			 const size_t *dims)
{
	struct aml_affine a;
	size_t native[AML_NDIMS_MAX];
	int order, rc;

	if (!out)
		return amli_fail(AML_EINVAL, "broadcast: no place for the result (out is NULL)");
	*out = NULL;
	order = aml_layout_order(layout);
	if (order < 0)
		return order;
	if (!dims)
		return amli_fail(AML_EINVAL, "broadcast: dims is NULL");
	rc = amli_dims_check(ndims, dims);
	if (rc)
		return rc;
	if (amli_layout_affine(layout, &a))
		return amli_fail(AML_ENOTSUP,
				 "broadcast: this layout does not have one stride per dimension");
	amli_order_copy(order, ndims, native, dims);
	rc = stretch(&a, ndims, native);
	return rc ? rc : amli_strided_create(out, &a, order, aml_layout_area(layout));
}
