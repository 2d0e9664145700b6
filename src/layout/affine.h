/* SPDX-License-Identifier: BSD-3-Clause */
/* Arithmetic of shapes with one stride in bytes per dimension, in native order.
 * What is refused leaves a sentence for aml_error_detail(). */
#ifndef AMLI_LAYOUT_AFFINE_H
#define AMLI_LAYOUT_AFFINE_H

#include "aml/layout.h"

#define AMLI_NO_DIM ((size_t)-1)

/* -AML_EINVAL unless ndims is 1 to AML_NDIMS_MAX and all dims are 1 and more.  The
 * order of dims does not matter. */
int amli_dims_check(size_t ndims, const size_t *dims);

/* The product of dims, all at least 1; 0, refused, if it times the element size is
 * over PTRDIFF_MAX. */
size_t amli_dims_count(size_t ndims, const size_t *dims, size_t element_size);

/* -AML_EINVAL unless dims are in range and element count, every offset and every
 * address fit. */
int amli_affine_check(const struct aml_affine *a);

/* -AML_EINVAL if some element at + c * strides with c below dims is outside. */
int amli_affine_slice(const struct aml_affine *in, struct aml_affine *out, const size_t *offsets,
		      const size_t *dims, const size_t *strides);

/* -AML_EINVAL if the counts differ or one stride per dimension does not do.  from[i]
 * is the dimension of in whose stride dimension i of out kept, or AMLI_NO_DIM. */
int amli_affine_reshape(const struct aml_affine *in, struct aml_affine *out, size_t ndims,
			const size_t *dims, size_t *from);

/* Copies what is in use. */
void amli_affine_copy(struct aml_affine *out, const struct aml_affine *in);

static inline char *amli_affine_at(const struct aml_affine *a, const size_t *coords)
{
	char *at = a->ptr;

	for (size_t i = 0; i < a->ndims; i++)
		at += (ptrdiff_t)coords[i] * a->stride[i];
	return at;
}

#endif
