/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Iterators over tuples of integers: the part of the excit library that AML programs
 * use, here so that they need no other package.
 *
 * An iterator has a dimension, the length of its tuples; a size, how many of them there
 * are; and a position.  A range counts from first to last; a product runs through all
 * combinations of what was added to it, the last one added fastest, and its tuples are
 * theirs in a row.
 *
 *	excit_t it = excit_alloc(EXCIT_RANGE);
 *	excit_range_init(it, 0, n - 1, 1);
 *	while (excit_next(it, &i) == EXCIT_SUCCESS)
 *		...
 *	excit_free(it);
 *
 * Of the kinds listed only EXCIT_RANGE and EXCIT_PRODUCT can be made.  Functions
 * return EXCIT_SUCCESS, EXCIT_STOPIT at the end, or a negated error.
 *
 * Threads: one iterator is for one thread at a time.
 */
#ifndef EXCIT_H
#define EXCIT_H

#include <stddef.h>
#include <sys/types.h>

#include "aml/api.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Kinds of iterators. */
enum excit_type_e {
	EXCIT_INVALID,
	EXCIT_INDEX,
	EXCIT_RANGE,
	EXCIT_CONS,
	EXCIT_REPEAT,
	EXCIT_HILBERT2D,
	EXCIT_PRODUCT,
	EXCIT_COMPOSITION,
	EXCIT_TLEAF,
	EXCIT_USER,
	EXCIT_LOOP,
	EXCIT_TYPE_MAX
};

/** What functions return, errors negated. */
enum excit_error_e {
	EXCIT_SUCCESS,
	EXCIT_STOPIT, /* the iterator is at its end */
	EXCIT_ENOMEM,
	EXCIT_EINVAL,
	EXCIT_EDOM,
	EXCIT_ENOTSUP,
	EXCIT_ERROR_MAX
};

typedef struct excit_s *excit_t;
typedef const struct excit_s *const_excit_t;

/**
 * Make an iterator with no elements yet.
 *
 * @param type  EXCIT_RANGE or EXCIT_PRODUCT
 *
 * @return release with excit_free(); NULL for other kinds and when there is no memory
 */
AML_API excit_t excit_alloc(enum excit_type_e type);

/**
 * Copy an iterator, at the same position, with all that was added to it.
 *
 * @return release with excit_free(); NULL for NULL and when there is no memory
 */
AML_API excit_t excit_dup(const_excit_t it);

/** Release an iterator and all that was added to it.  NULL is fine. */
AML_API void excit_free(excit_t it);

/** The kind of an iterator; EXCIT_INVALID for NULL. */
AML_API enum excit_type_e excit_type(const_excit_t it);

/**
 * Make a range first, first + step, ... as far as last, which belongs to it, and start
 * it over.  A step away from last makes it empty.
 *
 * @return EXCIT_SUCCESS
 * @return -EXCIT_EINVAL  NULL, not a range, already added to a product, step 0, or more
 *                        values than ssize_t counts; the range is unchanged
 */
AML_API int excit_range_init(excit_t it, ssize_t first, ssize_t last, ssize_t step);

/**
 * Add a factor to a product and start the product over.
 *
 * @param added  owned by the product from success on; still the caller's on failure
 *
 * @return EXCIT_SUCCESS
 * @return -EXCIT_EINVAL  NULL, not a product, one of the two already belongs to a
 *                        product, or the size would overflow
 * @return -EXCIT_ENOMEM
 */
AML_API int excit_product_add(excit_t it, excit_t added);

/**
 * Read the current tuple and advance.
 *
 * @param indexes  [out] excit_dimension() values; NULL = only advance
 *
 * @return EXCIT_SUCCESS, or EXCIT_STOPIT at the end: nothing is read
 * @return -EXCIT_EINVAL  @p it is NULL
 */
AML_API int excit_next(excit_t it, ssize_t *indexes);

/**
 * Read the current tuple.
 *
 * @param indexes  [out] excit_dimension() values; NULL = only ask if there is one
 *
 * @return EXCIT_SUCCESS, or EXCIT_STOPIT at the end: nothing is read
 * @return -EXCIT_EINVAL  @p it is NULL
 */
AML_API int excit_peek(const_excit_t it, ssize_t *indexes);

/**
 * Go back to the first tuple.
 *
 * @return EXCIT_SUCCESS, or -EXCIT_EINVAL if @p it is NULL
 */
AML_API int excit_rewind(excit_t it);

/**
 * The length of the tuples: 1 for a range, 0 for a product of nothing.
 *
 * @return EXCIT_SUCCESS, or -EXCIT_EINVAL if one of the two is NULL
 */
AML_API int excit_dimension(const_excit_t it, ssize_t *dimension);

/**
 * The number of tuples from first to last, wherever the iterator is.
 *
 * @return EXCIT_SUCCESS, or -EXCIT_EINVAL if one of the two is NULL
 */
AML_API int excit_size(const_excit_t it, ssize_t *size);

#ifdef __cplusplus
}
#endif
#endif
