/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One row of a pass.  What is not contiguous is gathered into walk->in first; what is to be
 * scattered or streamed is made in walk->out first.  Both stay in the first-level cache, so
 * that costs little beside the memory they come from and go to.
 */
#include <stdint.h>
#include <string.h>

#include "transform/pass.h"

#define LINE ((size_t)64)
#define PAGE ((size_t)4096)
#define STREAM_LEAST ((size_t)512) /* bytes of a row; shorter ones have too few whole lines */

/* The rest of a row, and what can be said of all of it. */
struct work {
	struct amli_row row;
	size_t dst_element, src_element;
	bool dst_flat, src_flat; /* contiguous */
	bool stream;
	bool direct; /* it goes to memory as it is made, and so in whole lines but for the two ends */
};

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void move_strided(const struct amli_kernel *kernel, char *dst, ptrdiff_t dst_stride,
			 const char *src, ptrdiff_t src_stride, size_t element, size_t n)
{
	const struct amli_block block = {.element = element,
					 .n = {n, 1},
					 .dst = {dst_stride, 0},
					 .src = {src_stride, 0},
					 .gap = AMLI_GAP_FAR};

	kernel->run(dst, src, NULL, &block);
}

static void put(const struct amli_walk *walk, const struct work *w, const char *from, size_t n)
{
	const struct amli_block block = {.element = n * w->dst_element, .n = {1, 1}};

	if (w->dst_flat && w->stream)
		walk->copy->stream(w->row.dst, from, NULL, &block);
	else if (w->dst_flat)
		memcpy(w->row.dst, from, n * w->dst_element);
	else
		move_strided(walk->scatter, w->row.dst, w->row.dst_stride, from,
			     (ptrdiff_t)w->dst_element, w->dst_element, n);
}

/* Lower the caller's index to @index, whoever else does. */
static void found(struct aml_difference *difference, size_t index)
{
	size_t best = __atomic_load_n(&difference->first, __ATOMIC_RELAXED);

	while (index < best && !__atomic_compare_exchange_n(&difference->first, &best, index, true,
							    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

/* Asks for the page after next of each side: its translation, and so that fetching ahead begins. */
static bool is_same(const char *a, const char *b, size_t bytes)
{
	__builtin_prefetch((const void *)((uintptr_t)a + 2 * PAGE));
	__builtin_prefetch((const void *)((uintptr_t)b + 2 * PAGE));
	return !memcmp(a, b, bytes);
}

/* Where two pieces of memory of so many bytes begin to differ; @bytes if they do not. */
static size_t differ_at(const char *a, const char *b, size_t bytes)
{
	size_t at = 0;

	for (size_t step = PAGE; step > 0; step /= 16) /* down to 1 */
		while (at < bytes && is_same(a + at, b + at, min_size(step, bytes - at)))
			at += min_size(step, bytes - at);
	return at;
}

static void compare(const struct amli_walk *walk, const struct work *w, const char *a,
		    const char *b, size_t n)
{
	size_t bytes = n * w->src_element, at;

	if (w->row.index >= __atomic_load_n(&walk->plan->pass.difference->first, __ATOMIC_RELAXED))
		return;
	at = differ_at(a, b, bytes);
	if (at < bytes)
		found(walk->plan->pass.difference, w->row.index + at / w->src_element);
}

/* The elements up to the next line, or those that fill lines, or the last ones. */
static size_t lines(const struct work *w, size_t n)
{
	size_t d = w->dst_element, over = (uintptr_t)w->row.dst % LINE;

	if (over)
		return min_size(n, (LINE - over) / d);
	return n * d >= LINE ? n - n % (LINE / d) : n;
}

/* How many elements to take at once: as many as the buffers hold, if they are needed, and
 * if the outcome is streamed as many as end with a line. */
static size_t portion(const struct amli_walk *walk, const struct work *w)
{
	const struct amli_pass *pass = &walk->plan->pass;
	size_t d = w->dst_element, s = w->src_element, left = w->row.n, n, over;
	bool twice = pass->kind->how == AMLI_PASS_SUM && w->row.dst; /* summed up, then copied */

	if (w->dst_flat && w->src_flat && (w->direct || (!w->stream && !twice)))
		return w->direct ? lines(w, left) : left;
	n = AMLI_PASS_STAGE / (d > s ? d : s);
	if (w->direct)
		return lines(w, min_size(n, left));
	if (n >= left)
		return left;
	if (n == 0)
		return 1;
	over = (uintptr_t)(w->row.dst + n * d) % LINE;
	if (w->stream && over % d == 0 && over / d < n)
		n -= over / d;
	return n;
}

/* The next n elements.  What is contiguous is used where it is, like single elements, which
 * may be too large for the buffers. */
static void operate(struct amli_walk *walk, const struct work *w, size_t n)
{
	const struct amli_pass *pass = &walk->plan->pass;
	bool dst_flat = w->dst_flat || n == 1;
	const char *in = w->row.src;
	char *out = dst_flat && (w->direct || !w->stream) ? w->row.dst : walk->out;
	bool whole = w->direct && (uintptr_t)out % LINE == 0 && n * w->dst_element % LINE == 0;

	if (!w->src_flat && n > 1) {
		move_strided(walk->gather, walk->in, (ptrdiff_t)w->src_element, in,
			     w->row.src_stride, w->src_element, n);
		in = walk->in;
	}
	switch (pass->kind->how) {
	case AMLI_PASS_FILL:
	case AMLI_PASS_MAP:
		pass->kind->map(pass, out, in, n, whole);
		if (out == walk->out)
			put(walk, w, out, n);
		break;
	case AMLI_PASS_COMPARE:
		if (!dst_flat)
			move_strided(walk->scatter, out, (ptrdiff_t)w->dst_element, w->row.dst,
				     w->row.dst_stride, w->dst_element, n);
		compare(walk, w, out, in, n);
		break;
	case AMLI_PASS_SUM:
		walk->crc = walk->sum(walk->crc, whole ? out : NULL, in, n * w->src_element);
		if (w->row.dst && !whole)
			put(walk, w, in, n);
		break;
	}
}

/* A sum does not ask where elements begin. */
static void take_bytes(struct work *w)
{
	w->row.n *= w->src_element;
	w->row.dst_stride = w->row.src_stride = 1;
	w->dst_element = w->src_element = 1;
}

void amli_pass_row(struct amli_walk *walk, const struct amli_row *row)
{
	const struct amli_pass *pass = &walk->plan->pass;
	struct work w = {
		.row = *row, .dst_element = pass->dst_element, .src_element = pass->src_element};

	w.dst_flat = !row->dst || row->n == 1 || row->dst_stride == (ptrdiff_t)w.dst_element;
	w.src_flat = pass->kind->how == AMLI_PASS_FILL || row->n == 1 ||
		     row->src_stride == (ptrdiff_t)w.src_element;
	w.stream = walk->plan->stream && row->dst && !row->staged && w.dst_flat &&
		   row->n * w.dst_element >= STREAM_LEAST;
	if (pass->kind->how == AMLI_PASS_SUM && w.src_flat && w.dst_flat)
		take_bytes(&w);
	w.direct = w.stream && pass->streams && LINE % w.dst_element == 0 &&
		   (uintptr_t)w.row.dst % w.dst_element == 0;
	while (w.row.n > 0) {
		size_t n = portion(walk, &w);

		operate(walk, &w, n);
		if (w.row.dst)
			w.row.dst += (ptrdiff_t)n * w.row.dst_stride;
		w.row.src += (ptrdiff_t)n * w.row.src_stride;
		w.row.index += n;
		w.row.n -= n;
	}
}
