/* SPDX-License-Identifier: BSD-3-Clause */
/* Short moves by overlapping words, and what the kernel templates share. */
#ifndef AMLI_KERNEL_MOVE_H
#define AMLI_KERNEL_MOVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define AMLI_LINE ((size_t)64) /* bytes of a cache line */

/* Bytes of a run that is worth streaming by itself: if it is whole lines, and if not. */
#define AMLI_WHOLE_RUN (2 * AMLI_LINE)
#define AMLI_ANY_RUN (8 * AMLI_LINE)
/* Longer ones that follow each other share lines, which are put together: with masks, if the ISA has any. */
#define AMLI_SHARED_RUN(masks) ((masks) ? AMLI_LINE : 3 * AMLI_LINE)

#define AMLI_CAT_(a, b) a##b
#define AMLI_CAT(a, b) AMLI_CAT_(a, b)
#define AMLI_CAT3(a, b, c) AMLI_CAT(AMLI_CAT(a, b), c)

/* Templates fold their constant arguments away only when they are inlined. */
#define AMLI_INLINE static inline __attribute__((always_inline, unused))
#if defined(__clang__)
#define AMLI_UNROLL _Pragma("unroll")
#define AMLI_UNROLL_2 _Pragma("unroll 2")
#else
#define AMLI_UNROLL _Pragma("GCC unroll 64")
#define AMLI_UNROLL_2 _Pragma("GCC unroll 2")
#endif

/* A pointer the compiler cannot take apart, to keep it from precomputing too much. */
AMLI_INLINE const char *amli_opaque(const char *p)
{
	__asm__("" : "+r"(p));
	return p;
}

/* Loads on either side of it stay there. */
AMLI_INLINE void amli_in_order(void)
{
	__asm__ volatile("" : : : "memory");
}

/* i steps of a stride; i is a size, a stride has a sign */
AMLI_INLINE ptrdiff_t amli_steps(size_t i, ptrdiff_t stride)
{
	return (ptrdiff_t)i * stride;
}

#define AMLI_ASK_MOST (4 * AMLI_LINE) /* bytes; behind them hardware sees what goes on */

/* Ask for so many bytes long before they are needed, into the second-level cache: it has more
 * room for requests than the first.  The number is a constant up to a line, mostly. */
AMLI_INLINE void amli_ask(const char *at, size_t n)
{
	size_t most = n < AMLI_ASK_MOST ? n : AMLI_ASK_MOST;

	__builtin_prefetch(at, 0, 2);
	for (size_t o = AMLI_LINE; o < most; o += AMLI_LINE)
		__builtin_prefetch(at + o, 0, 2);
	if (n > 8)
		__builtin_prefetch(at + most - 1, 0, 2);
}

/* The place in the next block that corresponds to row i of this one; 0 if there is none. */
AMLI_INLINE uintptr_t amli_ahead(const char *next, size_t i, ptrdiff_t stride)
{
	return next ? (uintptr_t)next + (uintptr_t)amli_steps(i, stride) : 0;
}

/* Do rows at this stride, looked at together, push each other out of an 8-way level-1
 * cache of 4 KiB per way?  block: bytes moved in all; a small one is not worth the asking. */
static inline bool amli_aliased(ptrdiff_t stride, size_t rows, size_t block)
{
	unsigned char used[4096 / AMLI_LINE] = {0};

	if (block < 16384)
		return false;
	for (size_t i = 0; i < rows; i++)
		if (++used[i * (size_t)stride / AMLI_LINE % (4096 / AMLI_LINE)] > 8)
			return true;
	return false;
}

/* The same of rows at these offsets. */
static inline bool amli_table_aliased(const ptrdiff_t *row, size_t rows, size_t block)
{
	unsigned char used[4096 / AMLI_LINE] = {0};

	if (block < 16384)
		return false;
	for (size_t i = 0; i < rows; i++)
		if (++used[(size_t)row[i] / AMLI_LINE % (4096 / AMLI_LINE)] > 8)
			return true;
	return false;
}

/* 0 <= n < 16 bytes */
AMLI_INLINE void amli_move_15(char *d, const char *s, size_t n)
{
	if (n >= 8) {
		uint64_t a, b;

		memcpy(&a, s, 8);
		memcpy(&b, s + n - 8, 8);
		memcpy(d, &a, 8);
		memcpy(d + n - 8, &b, 8);
	} else if (n >= 4) {
		uint32_t a, b;

		memcpy(&a, s, 4);
		memcpy(&b, s + n - 4, 4);
		memcpy(d, &a, 4);
		memcpy(d + n - 4, &b, 4);
	} else if (n) {
		char a = s[0], b = s[n / 2], c = s[n - 1];

		d[0] = a;
		d[n / 2] = b;
		d[n - 1] = c;
	}
}

/* 0 <= n < 64 bytes */
AMLI_INLINE void amli_move_63(char *d, const char *s, size_t n)
{
	for (; n >= 16; n -= 16, d += 16, s += 16)
		memcpy(d, s, 16);
	amli_move_15(d, s, n);
}

/* The first n bytes, 0 < n < 16, as two words; the rest is 0. */
AMLI_INLINE void amli_words_15(uint64_t w[2], const char *s, size_t n)
{
	w[0] = w[1] = 0;
	if (n >= 8) {
		memcpy(&w[0], s, 8);
		if (n > 8) {
			memcpy(&w[1], s + n - 8, 8);
			w[1] >>= 8 * (16 - n);
		}
	} else {
		amli_move_15((char *)w, s, n);
	}
}

#endif
