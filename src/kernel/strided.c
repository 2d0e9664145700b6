/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Strided moves of 1, 2, 4, 8 and 16-byte elements in portable C, and the plain copy.
 *
 * A loop over constant strides lets the compiler use immediate addresses and join
 * stores, so the cases that are common get loops of their own: a stride that is the
 * element on either side, and a source stride of 0.
 */
#include "kernel/ahead.h"
#include "kernel/rows.h"

typedef struct {
	uint64_t w[2];
} word128;
typedef uint64_t word64;
typedef uint32_t word32;
typedef uint16_t word16;
typedef uint8_t word8;

#define DEFINE_STRIDED(bits)                                                                      \
	AMLI_INLINE void line##bits(char *d, ptrdiff_t ds, const char *s, ptrdiff_t ss, size_t n) \
	{                                                                                         \
		word##bits v;                                                                     \
                                                                                                  \
		for (size_t i = 0; i < n; i++) {                                                  \
			memcpy(&v, s, sizeof(v));                                                 \
			memcpy(d, &v, sizeof(v));                                                 \
			d += ds, s += ss;                                                         \
		}                                                                                 \
	}                                                                                         \
                                                                                                  \
	static void fill##bits(char *d, ptrdiff_t ds, const char *s, size_t n)                    \
	{                                                                                         \
		word##bits v, many[AMLI_LINE / sizeof(v)];                                        \
		size_t i = 0;                                                                     \
                                                                                                  \
		memcpy(&v, s, sizeof(v));                                                         \
		if (ds == sizeof(v)) {                                                            \
			for (size_t k = 0; k < AMLI_LINE / sizeof(v); k++)                        \
				many[k] = v;                                                      \
			for (; i + AMLI_LINE / sizeof(v) <= n; i += AMLI_LINE / sizeof(v))        \
				memcpy(d + i * sizeof(v), many, sizeof(many));                    \
		}                                                                                 \
		for (; i < n; i++)                                                                \
			memcpy(d + amli_steps(i, ds), &v, sizeof(v));                             \
	}                                                                                         \
                                                                                                  \
	static void far##bits(char *d, ptrdiff_t ds, const char *s, ptrdiff_t ss, size_t n,       \
			      struct amli_ask ask)                                                \
	{                                                                                         \
		word##bits v;                                                                     \
                                                                                                  \
		for (size_t i = 0; i < n; i++) {                                                  \
			amli_ask_run(d, s, sizeof(v), ask);                                       \
			memcpy(&v, s, sizeof(v));                                                 \
			memcpy(d, &v, sizeof(v));                                                 \
			d += ds, s += ss;                                                         \
		}                                                                                 \
	}                                                                                         \
                                                                                                  \
	static void move##bits(char *dst, const char *src, const struct amli_block *b,            \
			       const struct amli_ask *ask)                                        \
	{                                                                                         \
		const ptrdiff_t e = bits / 8, ds = b->dst[0], ss = b->src[0];                     \
		const size_t n = b->n[0];                                                         \
                                                                                                  \
		for (size_t j = 0; j < b->n[1]; j++) {                                            \
			if (amli_asks(ask))                                                       \
				far##bits(dst, ds, src, ss, n, *ask);                             \
			else if (ss == 0)                                                         \
				fill##bits(dst, ds, src, n);                                      \
			else if (ds == e)                                                         \
				line##bits(dst, e, src, ss, n);                                   \
			else if (ss == e)                                                         \
				line##bits(dst, ds, src, e, n);                                   \
			else                                                                      \
				line##bits(dst, ds, src, ss, n);                                  \
			dst += b->dst[1], src += b->src[1];                                       \
		}                                                                                 \
	}                                                                                         \
                                                                                                  \
	void amli_strided##bits##_run(char *dst, const char *src, const char *next,               \
				      const struct amli_block *b)                                 \
	{                                                                                         \
		amli_ask_ahead(dst, src, next, b, AMLI_ASK_ALL, move##bits);                      \
	}

DEFINE_STRIDED(8)
DEFINE_STRIDED(16)
DEFINE_STRIDED(32)
DEFINE_STRIDED(64)
DEFINE_STRIDED(128)

void amli_copy_any_run(char *dst, const char *src, const char *next, const struct amli_block *b)
{
	(void)next;
	memcpy(dst, src, b->element);
}
