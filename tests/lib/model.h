/* SPDX-License-Identifier: BSD-3-Clause */
/* A layout as a table of addresses, worked out element by element: the oracle for
 * every kind of layout and view. */
#ifndef TESTS_LIB_MODEL_H
#define TESTS_LIB_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "aml/layout.h"

struct model {
	int order;
	size_t element;			   /* bytes */
	size_t ndims, dims[AML_NDIMS_MAX]; /* native */
	size_t count;
	char **at; /* in native order; NULL = padding, equal to neutral */
	char neutral[16];
};

/* Arrays in user order, as for aml_layout_dense_create(). */
struct model model_dense(char *ptr, int order, size_t element, size_t ndims, const size_t *dims,
			 const size_t *stride, const size_t *pitch);

/* These replace the model by what a view of it is; arrays in native order. */
void model_slice(struct model *m, const size_t *offsets, const size_t *dims, const size_t *strides);
void model_reshape(struct model *m, size_t ndims, const size_t *dims);
void model_permute(struct model *m, const size_t *from);
void model_broadcast(struct model *m, size_t ndims, const size_t *dims);
void model_pad(struct model *m, const size_t *dims, const void *neutral);

void model_free(struct model *m);

/* True if one stride per dimension describes the table. */
bool model_is_affine(const struct model *m);

/* Fails the test unless every call agrees with the table, for every element. */
void model_expect(const struct model *m, const struct aml_layout *layout);

/* From native to user order of the model's tag, or back. */
void model_flip(const struct model *m, size_t ndims, size_t *out, const size_t *in);

/* A number below @below; the state is the seed. */
size_t model_pick(unsigned *state, size_t below);

/* Make a call with its first, second, ... allocation failing, until it succeeds: each
 * time it must return -AML_ENOMEM and leave NULL. */
#define EXPECT_NO_TRACE_WITHOUT_MEMORY(out, call)           \
	do {                                                \
		for (unsigned n_ = 1;; n_++) {              \
			int rc_;                            \
                                                            \
			*(out) = (void *)1;                 \
			amli_alloc_fail_at(n_);             \
			rc_ = (call);                       \
			amli_alloc_fail_at(0);              \
			if (rc_ == 0) {                     \
				ck_assert_uint_gt(n_, 1);   \
				break;                      \
			}                                   \
			ck_assert_int_eq(rc_, -AML_ENOMEM); \
			ck_assert_ptr_null(*(out));         \
		}                                           \
	} while (0)

/* The call is refused with this code and leaves NULL. */
#define EXPECT_REFUSED(out, code, call)            \
	do {                                       \
		*(out) = (void *)1;                \
		ck_assert_int_eq((call), -(code)); \
		ck_assert_ptr_null(*(out));        \
	} while (0)

/* The call returns NULL and leaves this code in aml_errno. */
#define EXPECT_NULL(code, call)                    \
	do {                                       \
		aml_errno = 0;                     \
		ck_assert_ptr_null(call);          \
		ck_assert_int_eq(aml_errno, code); \
	} while (0)

#define DIMS(...) ((const size_t[]){__VA_ARGS__})

#endif
