/* SPDX-License-Identifier: BSD-3-Clause */
#include "aml/layout/native.h"
#include "base/error.h"
#include "layout/affine.h"
#include "layout/target.h"

int amli_target_shape(const struct aml_layout *target, struct amli_shape *out)
{
	int rc;

	out->ndims = aml_layout_ndims(target);
	if (out->ndims == 0)
		return target && target->ops && !target->ops->ndims ? -AML_ENOTSUP : -AML_EINVAL;
	if (out->ndims > AML_NDIMS_MAX)
		return amli_fail(AML_EINVAL, "the layout has %zu dimensions, over %d", out->ndims,
				 AML_NDIMS_MAX);
	if (!target->ops->deref_native || !target->ops->element_size)
		return amli_fail(AML_ENOTSUP, "this kind of layout has no %s operation",
				 target->ops->element_size ? "deref_native" : "element_size");
	out->element_size = aml_layout_element_size(target);
	if (out->element_size == 0)
		return amli_fail(AML_EINVAL, "the layout has elements of 0 bytes");
	rc = aml_layout_dims_native(target, out->dims);
	return rc ? rc : amli_dims_check(out->ndims, out->dims);
}

void amli_target_print(FILE *stream, const char *prefix, const struct aml_layout *target)
{
	fprintf(stream, "%s: target: begin\n", prefix);
	if (target->ops->fprintf)
		target->ops->fprintf(target->data, stream, prefix);
	else
		fprintf(stream, "%s: layout %p without a description\n", prefix,
			(const void *)target);
	fprintf(stream, "%s: target: end\n", prefix);
}
