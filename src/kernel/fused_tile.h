/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fused transposition of elements of 1, 2 and 3 bytes that are not carried in registers
 * (fused_stream.h), tile by tile: for one ISA.  Part of fused_any.h.
 *
 * A tile is as many rows and columns as the second-level cache likes.  It goes through a
 * staging buffer in parts of a few columns, and leaves it line by line.  A column of the
 * buffer has room for a line before what is written to it: what the tile above left over, so
 * that only the first and the last line of a column are written in part.
 *
 * With each line that leaves, one of the next tile's source is asked for.  Reading and
 * writing keep the memory busy together only if they are that close to each other
 * (doc/PERFORMANCE.md).
 */
#ifndef AMLI_TILE_COLS
#define AMLI_TILE_COLS ((size_t)256)	/* columns of a tile, at most */
#define AMLI_TILE_PART (3 * AMLI_LINE)	/* bytes of a row that go to the stage at a time */
#define AMLI_TILE_STAGE ((size_t)40960) /* bytes */
#define AMLI_NEAR_ROWS ((size_t)64)

/* The lines of rows that will be read next.  Rows that lie in one page come one after the
 * other: every step-th. */
struct amli_asked {
	uintptr_t base;
	const ptrdiff_t *row;
	size_t rows; /* 0: there is none after the present one */
	size_t step, bytes;
	size_t i;	   /* the one after it */
	uintptr_t at, end; /* of the present one */
	size_t rate, due;  /* so many for each line that leaves, in sixteenths; 0: none is left */
};

/* What all tiles of a block have in common. */
struct amli_tiles {
	amli_kernel_fn *run;
	size_t least; /* columns that run() wants at a time */
	size_t rows;  /* of a tile */
	size_t cols;  /* of a part, at most */
	size_t pitch; /* bytes from column to column of the stage: in different cache sets */
	char *carry;  /* a line for each column of a tile */
	struct amli_asked asked;
};

static inline void amli_asked_row(struct amli_asked *a)
{
	a->at = (a->base + (uintptr_t)a->row[a->i]) & -(uintptr_t)AMLI_LINE;
	a->end = a->base + (uintptr_t)a->row[a->i] + a->bytes;
	a->i += a->step;
	if (a->i < a->rows)
		return;
	a->i = a->i % a->step + 1;
	if (a->i == a->step)
		a->rows = 0;
}

/* How many rows on there is one in the page of the first. */
static inline size_t amli_page_step(const ptrdiff_t *row, size_t rows)
{
	for (size_t i = 1; i < rows; i++)
		if ((size_t)(row[i] - row[0]) + 4096 < 8192)
			return i;
	return 1;
}

/* lines: that will leave meanwhile.  base may be NULL: there is nothing to ask for. */
static inline void amli_asked_init(struct amli_asked *a, const char *base, const ptrdiff_t *row,
				   size_t rows, size_t bytes, size_t lines)
{
	a->rate = a->due = 0;
	if (!base)
		return;
	a->base = (uintptr_t)base;
	a->row = row;
	a->rows = rows;
	a->step = amli_page_step(row, rows);
	a->bytes = bytes;
	a->i = 0;
	a->rate = rows * (bytes + AMLI_LINE - 1) / (4 * lines + 1) + 1;
	amli_asked_row(a);
}

AMLI_INLINE void amli_ask_rows(struct amli_asked *a)
{
	for (a->due += a->rate; a->due >= 16; a->due -= 16) {
		prefetch_line((const char *)a->at);
		a->at += AMLI_LINE;
		if (a->at < a->end)
			continue;
		if (a->rows == 0) {
			a->rate = a->due = 0;
			return;
		}
		amli_asked_row(a);
	}
}

/* Columns of a tile, if so many are left: the last two share what is left. */
static inline size_t amli_tile_cols(size_t left)
{
	return left <= AMLI_TILE_COLS	   ? left
	       : left < 2 * AMLI_TILE_COLS ? (left + 1) / 2
					   : AMLI_TILE_COLS;
}

static inline void amli_tiles_init(struct amli_tiles *t, const struct amli_block *b)
{
	size_t e = b->element, most = (e == 3 ? 3 : 2) * AMLI_LINE / e, n = b->n[0], steps;

	t->cols = b->n[1] > most ? most : b->n[1] < t->least ? t->least : b->n[1];
	t->pitch = ((AMLI_TILE_STAGE / t->cols / AMLI_LINE - 1) | 1) * AMLI_LINE;
	t->rows = (t->pitch - AMLI_LINE) / e / AMLI_LINE * AMLI_LINE;
	steps = (n + t->rows - 1) / t->rows; /* of about the same size, and of whole lines */
	t->rows = ((n + steps - 1) / steps + AMLI_LINE - 1) / AMLI_LINE * AMLI_LINE;
	t->rows = t->rows < n ? t->rows : n;
}

/* What is read after the tile at row i and column j: the one below, or beside it, or the next
 * block's first. */
static inline void amli_tiles_ask(struct amli_tiles *t, const char *src, const char *next,
				  const struct amli_block *b, const struct amli_block *tile,
				  size_t i, size_t j)
{
	size_t e = b->element, below = b->n[0] - i - tile->n[0], beside = j + tile->n[1];
	size_t lines = tile->n[1] * (tile->n[0] * e / AMLI_LINE);

	if (below)
		amli_asked_init(&t->asked, src + j * e, tile->row + tile->n[0],
				below < t->rows ? below : t->rows, tile->n[1] * e, lines);
	else if (beside < b->n[1])
		amli_asked_init(&t->asked, src + beside * e, b->row, t->rows,
				amli_tile_cols(b->n[1] - beside) * e, lines);
	else
		amli_asked_init(&t->asked, next, b->row, t->rows, amli_tile_cols(b->n[1]) * e,
				lines);
}
#endif

/* n bytes of a column from s in the stage to d.  carry: what comes before them in d's line, and
 * afterwards what is left over; before the first tile nothing, after the last all is written. */
AMLI_INLINE TARGET void ON(flush_column)(char *d, char *s, size_t n, char *carry, bool first,
					 bool last, struct amli_asked *asked)
{
	size_t phase = (uintptr_t)d % AMLI_LINE, head = -phase % AMLI_LINE;

	if (first) {
		head = head < n ? head : n;
		amli_move_63(d, s, head);
		d += head, s += head, n -= head;
	} else {
		for (size_t o = 0; o < AMLI_LINE; o += W)
			ON(put)(s - AMLI_LINE + o, ON(load)(carry + o));
		d -= phase, s -= phase, n += phase;
	}
	for (; n >= AMLI_LINE; n -= AMLI_LINE, d += AMLI_LINE, s += AMLI_LINE) {
		for (size_t o = 0; o < AMLI_LINE; o += W)
			ON(stream)(d + o, ON(load)(s + o));
		amli_ask_rows(asked);
	}
	if (last)
		amli_move_63(d, s, n);
	for (size_t o = 0; !last && o < AMLI_LINE; o += W)
		ON(put)(carry + o, ON(load)(s + n - AMLI_LINE + o));
}

/* run() on rows that are put side by side first: because all fall into the same cache sets, or
 * because they are shorter than it takes.  Then what it makes of the rest goes nowhere. */
static TARGET void ON(run_near)(char *dst, const char *src, const struct amli_block *part,
				const struct amli_tiles *t)
{
	_Alignas(64) char near[AMLI_NEAR_ROWS * AMLI_TILE_PART];
	ptrdiff_t row[AMLI_NEAR_ROWS];
	struct amli_block few = *part;
	size_t bytes = part->n[1] * part->element;

	few.n[1] = part->n[1] < t->least ? t->least : part->n[1];
	for (size_t k = 0; k < AMLI_NEAR_ROWS; k++)
		row[k] = (ptrdiff_t)(k * few.n[1] * few.element);
	few.row = row;
	for (size_t i = 0; i < part->n[0]; i += few.n[0]) {
		size_t left = part->n[0] - i;

		few.n[0] = left < AMLI_NEAR_ROWS ? left : AMLI_NEAR_ROWS;
		for (size_t k = 0; k < few.n[0]; k++) {
			const char *s = src + part->row[i + k];
			size_t o = 0;

			for (; o + W <= bytes; o += W)
				ON(put)(near + row[k] + o, ON(load)(s + o));
			amli_move_63(near + row[k] + o, s + o, bytes - o);
		}
		t->run(dst + i * part->element, near, NULL, &few);
	}
}

/* first, last: of the tiles of these columns */
static TARGET void ON(tile)(char *dst, const char *src, const struct amli_block *tile,
			    struct amli_tiles *t, bool first, bool last)
{
	_Alignas(64) char stage[AMLI_LINE + AMLI_TILE_STAGE];
	size_t bytes = tile->n[0] * tile->element, parts = (tile->n[1] + t->cols - 1) / t->cols;
	size_t cols = (tile->n[1] + parts - 1) / parts;
	size_t look = tile->n[0] < AMLI_NEAR_ROWS ? tile->n[0] : AMLI_NEAR_ROWS;
	bool near = cols < t->least || amli_table_aliased(tile->row, look, bytes * tile->n[1]);
	ptrdiff_t col[AMLI_TILE_PART];
	struct amli_asked asked = t->asked; /* in registers */
	struct amli_block part = *tile;

	part.col = col;
	for (size_t k = 0; k < t->cols; k++)
		col[k] = (ptrdiff_t)(k * t->pitch);
	for (size_t j = 0; j < tile->n[1]; j += part.n[1]) {
		part.n[1] = tile->n[1] - j < cols ? tile->n[1] - j : cols;
		for (size_t k = j; k < j + part.n[1]; k++) { /* lines written in part */
			const char *to = dst + tile->col[k];

			if (first && (uintptr_t)to % AMLI_LINE)
				prefetch_line(to);
			if (last && (uintptr_t)(to + bytes) % AMLI_LINE)
				prefetch_line(to + bytes);
		}
		if (near)
			ON(run_near)(stage + AMLI_LINE, src + j * tile->element, &part, t);
		else
			t->run(stage + AMLI_LINE, src + j * tile->element, NULL, &part);
		for (size_t k = 0; k < part.n[1]; k++)
			ON(flush_column)
		(dst + tile->col[j + k], stage + AMLI_LINE + col[k], bytes,
		 t->carry + (j + k) * AMLI_LINE, first, last, &asked);
	}
}

/* Columns that are apart from each other.  least: run() wants so many at a time. */
TARGET void AMLI_CAT(amli_fused_tiled_, ISA)(char *dst, const char *src, const char *next,
					     const struct amli_block *b, amli_kernel_fn *run,
					     size_t least)
{
	_Alignas(64) char carry[AMLI_TILE_COLS * AMLI_LINE];
	struct amli_tiles t = {.run = run, .least = least, .carry = carry};
	struct amli_block tile = *b;

	amli_tiles_init(&t, b);
	for (size_t j = 0; j < b->n[1]; j += tile.n[1]) {
		tile.n[1] = amli_tile_cols(b->n[1] - j);
		tile.col = b->col + j;
		for (size_t i = 0; i < b->n[0]; i += tile.n[0]) {
			tile.n[0] = b->n[0] - i < t.rows ? b->n[0] - i : t.rows;
			tile.row = b->row + i;
			amli_tiles_ask(&t, src, next, b, &tile, i, j);
			ON(tile)
			(dst + i * b->element, src + j * b->element, &tile, &t, i == 0,
			 i + tile.n[0] == b->n[0]);
		}
	}
}
