/* SPDX-License-Identifier: BSD-3-Clause */
/* What views (padded, reshaped, permuted) need of the layout under them. */
#ifndef AMLI_LAYOUT_TARGET_H
#define AMLI_LAYOUT_TARGET_H

#include "aml/layout.h"

/* How the target looks, dims in native order. */
struct amli_shape {
	size_t ndims, element_size;
	size_t dims[AML_NDIMS_MAX];
};

/* -AML_EINVAL if the target is NULL or its shape is out of range, -AML_ENOTSUP if it
 * cannot tell its shape or where its elements are. */
int amli_target_shape(const struct aml_layout *target, struct amli_shape *out);

/* The target's own lines between "target: begin" and "target: end". */
void amli_target_print(FILE *stream, const char *prefix, const struct aml_layout *target);

#endif
