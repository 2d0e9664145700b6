/* SPDX-License-Identifier: BSD-3-Clause */
/* Strided layouts: what permute and broadcast make.  Unlike a dense layout they may
 * have strides of 0 and below, in bytes, and know the area of what they view. */
#ifndef AMLI_LAYOUT_STRIDED_H
#define AMLI_LAYOUT_STRIDED_H

#include "aml/layout.h"

/* -AML_EINVAL if the geometry is out of range or does not fit into the address space.
 * area is borrowed, NULL = host memory. */
int amli_strided_create(struct aml_layout **out, const struct aml_affine *geometry, int order,
			const struct aml_area *area);

#endif
