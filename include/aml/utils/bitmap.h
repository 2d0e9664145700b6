/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bitmaps: sets of AML_BITMAP_MAX small integers, such as NUMA nodes.
 *
 * A struct aml_bitmap is a plain value: zero it, copy it, put it on the stack, or
 * let aml_bitmap_create() allocate one.
 *
 * Every int function returns -AML_EINVAL for a NULL bitmap or an index of
 * AML_BITMAP_MAX and above, with nothing changed, unless it says otherwise.  Those
 * that answer a question return 1 or 0: test "== 1", for an error is true, too.
 *
 * Threads: any number may read one bitmap; changing it needs the caller's lock.
 */
#ifndef AML_UTILS_BITMAP_H
#define AML_UTILS_BITMAP_H

#include <stddef.h>

#include "aml/api.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Bits of a bitmap; indices are below this. */
#define AML_BITMAP_MAX 2048
#define AML_BITMAP_BYTES (AML_BITMAP_MAX / 8)
#define AML_BITMAP_TYPE unsigned long
/** Words of a bitmap. */
#define AML_BITMAP_SIZE ((int)(AML_BITMAP_BYTES / sizeof(AML_BITMAP_TYPE)))
/** Bits of a word. */
#define AML_BITMAP_NBITS ((int)(8 * sizeof(AML_BITMAP_TYPE)))

/** Bit i is bit i % NBITS of word i / NBITS. */
struct aml_bitmap {
	unsigned long mask[AML_BITMAP_SIZE];
};

/** Make @p dst the same set as @p src; does nothing if either is NULL. */
AML_API void aml_bitmap_copy(struct aml_bitmap *dst, const struct aml_bitmap *src);

/** Take everything out.  @return 0 */
AML_API int aml_bitmap_zero(struct aml_bitmap *bitmap);

/** Put everything in.  @return 0 */
AML_API int aml_bitmap_fill(struct aml_bitmap *bitmap);

/** Is @p i in?  @return 1 or 0 */
AML_API int aml_bitmap_isset(const struct aml_bitmap *bitmap, const unsigned int i);

/** Is the set empty?  @return 1 or 0 */
AML_API int aml_bitmap_iszero(const struct aml_bitmap *bitmap);

/** Is everything in?  @return 1 or 0 */
AML_API int aml_bitmap_isfull(const struct aml_bitmap *bitmap);

/** Are the two sets the same?  @return 1 or 0 */
AML_API int aml_bitmap_isequal(const struct aml_bitmap *a, const struct aml_bitmap *b);

/** Put @p i in.  @return 0 */
AML_API int aml_bitmap_set(struct aml_bitmap *bitmap, const unsigned int i);

/** Take @p i out.  @return 0 */
AML_API int aml_bitmap_clear(struct aml_bitmap *bitmap, const unsigned int i);

/** Put @p i to @p ii in, both included.  @return 0, or -AML_EINVAL also if i > ii */
AML_API int aml_bitmap_set_range(struct aml_bitmap *bitmap, const unsigned int i,
				 const unsigned int ii);

/** Take @p i to @p ii out, both included.  @return 0, or -AML_EINVAL also if i > ii */
AML_API int aml_bitmap_clear_range(struct aml_bitmap *bitmap, const unsigned int i,
				   const unsigned int ii);

/** How many are in.  @return 0 to AML_BITMAP_MAX */
AML_API int aml_bitmap_nset(const struct aml_bitmap *bitmap);

/**
 * Make @p bitmap the set held in the first @p size bits of @p src; what lies above
 * is out.  Does nothing if either is NULL.
 *
 * @param src   (size + NBITS - 1) / NBITS words
 * @param size  bits; those from AML_BITMAP_MAX on are not read
 */
AML_API void aml_bitmap_copy_from_ulong(struct aml_bitmap *bitmap, const unsigned long *src,
					size_t size);

/**
 * Make the first @p size bits of @p dst those of @p bitmap; bits above them keep
 * their value.  Does nothing if either is NULL.
 *
 * @param dst   (size + NBITS - 1) / NBITS words
 * @param size  bits; those from AML_BITMAP_MAX on are not written
 */
AML_API void aml_bitmap_copy_to_ulong(const struct aml_bitmap *bitmap, unsigned long *dst,
				      size_t size);

/** The largest index in the set.  @return the index; -1 if there is none */
AML_API int aml_bitmap_last(const struct aml_bitmap *bitmap);

/** The smallest index in the set.  @return the index; -1 if there is none, or for NULL */
AML_API int aml_bitmap_first(const struct aml_bitmap *bitmap);

/**
 * Make @p bitmap the set that a text names:
 * - NULL, "none", "zero", "empty": nothing (in any case of letters);
 * - "all", "fill", "full": everything;
 * - "0,2,5-7": these indices and ranges, both ends included; blanks may surround
 *   the numbers;
 * - "[0110...]": AML_BITMAP_MAX digits, index 0 first, as aml_bitmap_to_string().
 *
 * @return 0
 * @return -AML_EINVAL   @p bitmap is NULL
 * @return -AML_FAILURE  (that is -1) anything else; the bitmap is unchanged
 */
AML_API int aml_bitmap_from_string(struct aml_bitmap *bitmap, const char *bitmap_str);

/**
 * The set as "[0110...]", index 0 first: AML_BITMAP_MAX digits between brackets.
 *
 * @return a string to be released with free(); NULL with aml_errno AML_EINVAL or
 *         AML_ENOMEM
 */
AML_API char *aml_bitmap_to_string(const struct aml_bitmap *bitmap);

/**
 * Allocate an empty bitmap.
 *
 * @param map  [out] release with aml_bitmap_destroy(); NULL on failure
 *
 * @return 0, -AML_EINVAL if @p map is NULL, or -AML_ENOMEM
 */
AML_API int aml_bitmap_create(struct aml_bitmap **map);

/** Release a bitmap and set the pointer to NULL.  NULL and *NULL are fine. */
AML_API void aml_bitmap_destroy(struct aml_bitmap **map);

/**
 * Allocate a copy.
 *
 * @param dst  [out] release with aml_bitmap_destroy(); NULL on failure
 *
 * @return 0, -AML_EINVAL if @p dst or @p src is NULL, or -AML_ENOMEM
 */
AML_API int aml_bitmap_dup(struct aml_bitmap **dst, const struct aml_bitmap *src);

#ifdef __cplusplus
}
#endif
#endif
