/* SPDX-License-Identifier: BSD-3-Clause */
/* What the rest of the library uses of layouts beyond the public calls.  Layouts
 * given here were accepted by a public call: neither they nor their ops are NULL. */
#ifndef AMLI_LAYOUT_LAYOUT_H
#define AMLI_LAYOUT_LAYOUT_H

#include <string.h>

#include "aml/error.h"
#include "aml/layout.h"

/* The geometry in native order, or -AML_ENOTSUP for layouts that have none.  Called
 * for every copy: only ndims entries of out are written, no error text is kept. */
static inline int amli_layout_affine(const struct aml_layout *layout, struct aml_affine *out)
{
	if (!layout->ops->affine)
		return -AML_ENOTSUP;
	return layout->ops->affine(layout->data, out);
}

/* aml_layout_area() of one that was checked. */
static inline const struct aml_area *amli_layout_area(const struct aml_layout *layout)
{
	return layout->ops->area ? layout->ops->area(layout->data) : NULL;
}

/* True if amli_layout_run() can say where elements are. */
static inline bool amli_layout_has_runs(const struct aml_layout *layout)
{
	return layout->ops->run || layout->ops->deref_native;
}

/* The run that starts at these native coordinates and stays within the fastest
 * dimension: 1 to max elements.  The layout has_runs, max is at least 1 and the
 * coordinates are inside. */
void amli_layout_run(const struct aml_layout *layout, const size_t *coords_native, size_t max,
		     struct aml_layout_run *out);

/* Copy n entries from the order of the tag to native order, or back: the same. */
static inline void amli_order_copy(int order, size_t n, size_t *out, const size_t *in)
{
	for (size_t i = 0; i < n; i++)
		out[i] = in[AML_LAYOUT_ORDER(order) == AML_LAYOUT_ORDER_C ? n - 1 - i : i];
}

/* "row-major" or "column-major". */
const char *amli_order_name(int order);

#endif
