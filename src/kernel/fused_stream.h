/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fused transposition with stores past the caches: part of fused_template.h.
 *
 * A column begins anywhere in a line.  Where the ISA can select elements of two vectors at
 * will, what a vector has of the next line is carried, one vector per column, to the next
 * band, so that only the first and the last line of a column are written in part.  Where
 * it cannot, columns meet in a staging buffer and leave it line by line.
 */
#define CARRIED ((size_t)256)	 /* columns at a time */
#define EARLY 32		 /* columns: a line written in part is asked for so far ahead */
#define STAGE_ROWS ((size_t)512) /* bytes of a column in the staging buffer */
#define STAGE_PITCH (STAGE_ROWS + AMLI_LINE)
#define STAGE_COLS ((size_t)64)

#if SHIFTS && BITS > 8
/* d: the place of the first new row; of the P columns skip to P - 1 are wanted */
AMLI_INLINE TARGET void FN(write_shifted)(char *d, const ptrdiff_t *col, VEC (*r)[P], char *carry,
					  int lines, int skip, bool first)
{
	AMLI_UNROLL
	for (int k = 0; k < P; k++) {
		size_t phase = (uintptr_t)(d + col[k]) % AMLI_LINE;
		char *line = d + col[k] - phase;
		VEC before;

		if (k < skip)
			continue;
		before = first ? ON(zero)() : ON(load)(carry + k * (ptrdiff_t)AMLI_LINE);
		AMLI_UNROLL
		for (int v = 0; v < lines; v++) {
			VEC whole = FN(slide)(before, r[v][k], phase);

			if (first && phase && v == 0)
				ON(put_from)(line, whole, phase);
			else
				ON(stream)(line + v * (ptrdiff_t)AMLI_LINE, whole);
			before = r[v][k];
		}
		ON(put)(carry + k * (ptrdiff_t)AMLI_LINE, before);
	}
}

AMLI_INLINE TARGET void FN(band_shifted)(char *d, const char *s, const char *next,
					 const ptrdiff_t *row, const struct amli_block *b,
					 char *carry, int lines, bool first)
{
	size_t n = b->n[1];
	VEC r[2][P];

	for (size_t j = 0; j < n; j += P) {
		size_t at = j + P <= n ? j : n - P;

		FN(ahead)(next, row, b, j, lines);
		for (size_t k = j + EARLY; first && k < j + EARLY + P && k < n; k++)
			prefetch_line(d + b->col[k]);
		AMLI_UNROLL
		for (int v = 0; v < lines; v++)
			FN(read)(r[v], s + at * E, row + (size_t)v * LINE);
		FN(write_shifted)
		(d, b->col + at, r, carry + at * AMLI_LINE, lines, (int)(j - at), first);
	}
}

/* The last rows < LINE rows, and what is carried */
static TARGET void FN(end_shifted)(char *d, const char *s, const ptrdiff_t *row, size_t rows,
				   const struct amli_block *b, const char *carry)
{
	ptrdiff_t padded[LINE];
	size_t n = b->n[1];
	VEC r[P];

	FN(pad)(padded, rows ? row : row - 1, rows ? rows : 1);
	for (size_t j = 0; j < n; j += P) {
		size_t at = j + P <= n ? j : n - P;

		if (rows)
			FN(read)(r, s + at * E, padded);
		for (size_t k = j - at; k < P; k++) {
			size_t phase = (uintptr_t)(d + b->col[at + k]) % AMLI_LINE;
			size_t end = phase + rows * E;
			char *line = d + b->col[at + k] - phase;
			VEC last = rows ? r[k] : ON(zero)();
			VEC whole = FN(slide)(ON(load)(carry + (at + k) * AMLI_LINE), last, phase);

			if (end < AMLI_LINE) {
				ON(put_up_to)(line, whole, end);
				continue;
			}
			ON(stream)(line, whole);
			if (end > AMLI_LINE)
				ON(put_up_to)
			(line + AMLI_LINE, FN(slide)(last, ON(zero)(), phase), end - AMLI_LINE);
		}
	}
}

/* n[0] >= LINE, P <= n[1] <= CARRIED, every column a multiple of E */
static TARGET void FN(shifted)(char *d, const char *s, const char *next, const struct amli_block *b)
{
	_Alignas(64) char carry[CARRIED * AMLI_LINE];
	const ptrdiff_t *row = b->row;
	size_t n = b->n[0] / LINE * LINE, i = LINE;

	FN(band_shifted)(d, s, next, row, b, carry, 1, true);
	for (; E >= 8 && i + 2 * LINE <= n; i += 2 * LINE)
		FN(band_shifted)(d + i * E, s, next, row + i, b, carry, 2, false);
	for (; i < n; i += LINE)
		FN(band_shifted)(d + i * E, s, next, row + i, b, carry, 1, false);
	FN(end_shifted)(d + n * E, s, row + n, b->n[0] - n, b, carry);
}
#endif

static TARGET void FN(staged)(char *d, const char *s, const char *next, const struct amli_block *b)
{
	_Alignas(64) char stage[STAGE_COLS * STAGE_PITCH];
	ptrdiff_t col[STAGE_COLS];
	struct amli_block part = *b;

	for (size_t k = 0; k < b->n[1]; k++)
		col[k] = amli_steps(k, (ptrdiff_t)STAGE_PITCH);
	part.col = col;
	for (size_t i = 0; i < b->n[0]; i += part.n[0]) {
		part.n[0] = b->n[0] - i < STAGE_ROWS / E ? b->n[0] - i : STAGE_ROWS / E;
		part.row = b->row + i;
		for (size_t k = 0; k < b->n[1]; k++) { /* lines written in part */
			prefetch_line(d + b->col[k] + i * E);
			prefetch_line(d + b->col[k] + (i + part.n[0]) * E - 1);
		}
		FN(bands)(stage, s, next, &part);
		for (size_t k = 0; k < b->n[1]; k++)
			ON(flush)(d + b->col[k] + i * E, stage + col[k], part.n[0] * E);
	}
}

static bool FN(is_even)(const char *dst, const struct amli_block *b)
{
	uintptr_t odd = (uintptr_t)dst;

	for (size_t j = 0; j < b->n[1]; j++)
		odd |= (uintptr_t)b->col[j];
	return odd % E == 0;
}

TARGET void AMLI_CAT3(amli_, FN(fused), _stream)(char *dst, const char *src, const char *next,
						 const struct amli_block *b)
{
	bool shift = SHIFTS && BITS > 8 && b->n[0] >= LINE && FN(is_even)(dst, b);
	size_t most = shift ? CARRIED : STAGE_COLS;
	struct amli_block part = *b;

	if (b->n[1] < P) {
		amli_fused_ref_run(dst, src, next, b);
		return;
	}
	for (size_t j = 0; j < b->n[1]; j += part.n[1]) {
		size_t left = b->n[1] - j;
		const char *ahead = next ? (const char *)((uintptr_t)next + j * E) : NULL;

		/* never less than P columns for the last part */
		part.n[1] = left <= most ? left : left < most + P ? most - P : most;
		part.col = b->col + j;
#if SHIFTS && BITS > 8
		if (shift) {
			FN(shifted)(dst, src + j * E, ahead, &part);
			continue;
		}
#endif
		FN(staged)(dst, src + j * E, ahead, &part);
	}
}

#undef CARRIED
#undef EARLY
#undef STAGE_ROWS
#undef STAGE_PITCH
#undef STAGE_COLS
