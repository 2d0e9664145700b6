/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the templates of transposition share: sizes and names for one ISA and element, and
 * the weave.  The includer defines
 *
 *	ISA	sse2, avx2, avx512, neon: names the primitives (see x86.h)
 *	BASE	the ISA of one lane on the same machine: sse2, neon
 *	MM, MMB	prefixes of the weave intrinsics of ISA and BASE: _mm256_, _mm_
 *	BITS	of an element
 *
 * and includes weave_end.h in the end.
 *
 * A lane takes 16 bytes = P elements of one source row; P vectors take P x LANES rows.
 * Weaving vector k with vector k + P/2 log2(P) times transposes every lane in place, and
 * each vector is then contiguous elements of one destination row.  Four lanes are a line,
 * so a *band* of LINE source rows completes destination lines whatever the ISA.
 */
#define E ((size_t)BITS / 8)
#define P (16 / (BITS / 8))
#define LANES AMLI_CAT(LANES_, ISA)
#define ROWS (P * LANES)
#define LINE ((size_t)P * 4)
#define WIDE (LANES == 4 && P > 1 && P <= 4) /* registers for a line of each of LINE rows */
/* how many times 16 bytes of each of that many times LINE rows fill 16 of them, or are a line */
#define QUADS(lines) (P * (lines) <= 4 ? 4 : 16 / (P * (lines)))
#define SQUARES (SHIFTS && WIDE) /* in one load for each */
#define TILED (SHIFTS && P > 1 && P <= 8)
#define HALVES (SHIFTS && BITS >= 32) /* half a line of each of LINE rows at a time */
#define TARGET AMLI_CAT(TARGET_, ISA)
#define VEC AMLI_CAT(vec_, ISA)
#define VECB AMLI_CAT(vec_, BASE)
#define FN(name) AMLI_CAT(AMLI_CAT3(name, BITS, _), ISA)
#define ON(name) AMLI_CAT3(name, _, ISA)
#define ONB(name) AMLI_CAT3(name, _, BASE)

#if BITS < 128
AMLI_INLINE TARGET void FN(weave)(VEC *r)
{
	VEC t[P];

	AMLI_UNROLL
	for (int k = 0; k < P / 2; k++) {
		t[2 * k] = AMLI_CAT3(MM, unpacklo_epi, BITS)(r[k], r[k + P / 2]);
		t[2 * k + 1] = AMLI_CAT3(MM, unpackhi_epi, BITS)(r[k], r[k + P / 2]);
	}
	AMLI_UNROLL
	for (int k = 0; k < P; k++)
		r[k] = t[k];
}

AMLI_INLINE TARGET void FN(weave_lane)(VECB *r)
{
	VECB t[P];

	AMLI_UNROLL
	for (int k = 0; k < P / 2; k++) {
		t[2 * k] = AMLI_CAT3(MMB, unpacklo_epi, BITS)(r[k], r[k + P / 2]);
		t[2 * k + 1] = AMLI_CAT3(MMB, unpackhi_epi, BITS)(r[k], r[k + P / 2]);
	}
	AMLI_UNROLL
	for (int k = 0; k < P; k++)
		r[k] = t[k];
}
#define WEAVE(fn, r)               \
	do {                       \
		FN(fn)(r);         \
		if (P > 2)         \
			FN(fn)(r); \
		if (P > 4)         \
			FN(fn)(r); \
		if (P > 8)         \
			FN(fn)(r); \
	} while (0)
#else
#define WEAVE(fn, r) ((void)0)
#endif

/* An array of structures without gaps, few columns and many rows @pitch apart: it is read from end
 * to end, a line of each destination row in turns.  Of less than 5 columns, or 16 bytes, a band is
 * so short that each costs more than its lines. */
#define LEAST ((size_t)(E > 2 ? 5 : 16 / E))
#define NEAR ((size_t)(LANES == 4 ? 72 : 32))
#define ALONE ((size_t)8)

AMLI_INLINE bool FN(follows)(const struct amli_block *b, ptrdiff_t pitch)
{
	return pitch == (ptrdiff_t)(b->n[1] * E) && b->n[1] >= LEAST && b->n[1] <= NEAR &&
	       b->n[0] >= 16 * LINE;
}

/* What is asked for while the band at s of such a source is moved: the one after, unless it is so
 * short that hardware does. */
AMLI_INLINE uintptr_t FN(band_after)(const char *s, const struct amli_block *b)
{
	return b->n[1] <= ALONE ? 0 : (uintptr_t)s + LINE * b->n[1] * E;
}

/* Part of it: what P columns from j on stand for, which is as many lines. */
AMLI_INLINE void FN(ask_near)(uintptr_t band, size_t j)
{
	for (size_t k = j; k < j + P; k++)
		prefetch_near((const char *)(band + k * AMLI_LINE));
}

#if HALVES
/* 2 x P vectors, of which r[k] has 32 bytes of rows k and k + P, and r[P + k] of rows k + 2 x P
 * and k + 3 x P: r[k] is then column k. */
AMLI_INLINE TARGET void FN(weave_halves)(VEC *r)
{
	WEAVE(weave, r);
	WEAVE(weave, r + P);
	AMLI_UNROLL
	for (int k = 0; k < P; k++) {
		VEC low = r[k], high = r[P + k];

		r[k] = ON(even)(low, high);
		r[P + k] = ON(odd)(low, high);
	}
}
#endif

#if TILED
/* A line of each of LINE rows: r[k] is then column k. */
AMLI_INLINE TARGET void FN(weave_square)(VEC *r)
{
	AMLI_UNROLL
	for (int k = 0; k < P; k++) {
		VEC low = ON(even)(r[k], r[k + P]), high = ON(even)(r[k + 2 * P], r[k + 3 * P]);
		VEC odd_low = ON(odd)(r[k], r[k + P]),
		    odd_high = ON(odd)(r[k + 2 * P], r[k + 3 * P]);

		r[k] = ON(even)(low, high);
		r[k + P] = ON(even)(odd_low, odd_high);
		r[k + 2 * P] = ON(odd)(low, high);
		r[k + 3 * P] = ON(odd)(odd_low, odd_high);
	}
	AMLI_UNROLL
	for (int q = 0; q < 4; q++)
		WEAVE(weave, r + q * P);
}
#endif
