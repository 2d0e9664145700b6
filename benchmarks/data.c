/* SPDX-License-Identifier: BSD-3-Clause */
#include "data.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "complain.h"
#include "pattern.h"

/* Around each array.  Sources and destinations start at different offsets in a page,
 * as most programs' arrays do. */
#define ZONE 192
#define PAGE 4096

static size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

int data_reserve(struct data *d, const struct bench_case *c)
{
	size_t src = round_up(c->src.count * c->elem, 64) + 2 * ZONE;
	size_t dst = round_up(c->dst.count * c->elem, 64) + 2 * ZONE;
	size_t bytes = round_up(src, PAGE) + round_up(dst, PAGE) + PAGE;
	bool huge = d->huge;

	if (bytes > d->map_bytes) {
		data_release(d);
		d->huge = huge;
		d->map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			      0);
		if (d->map == MAP_FAILED) {
			d->map = NULL;
			complain("no memory for the %zu bytes of %s: %s", bytes, c->name,
				 strerror(errno));
			return -1;
		}
		d->map_bytes = bytes;
		if (huge && madvise(d->map, bytes, MADV_HUGEPAGE))
			complain("no huge pages: %s", strerror(errno));
		memset(d->map, 0, bytes);
	}
	d->src = d->map + ZONE;
	d->dst = d->map + round_up(src, PAGE) + 64 + ZONE;
	return 0;
}

void data_release(struct data *d)
{
	if (d->map)
		munmap(d->map, d->map_bytes);
	memset(d, 0, sizeof(*d));
}

void data_fill_src(const struct data *d, const struct bench_case *c)
{
	pattern_fill(d->src, c->elem, c->src.count);
}

void data_fill_dst(const struct data *d, const struct bench_case *c)
{
	memset(d->dst - ZONE, PATTERN_GUARD, c->dst.count * c->elem + 2 * ZONE);
}

/* A walk through the destination's array. */
struct walk {
	const struct bench_case *c;
	const char *at;		       /* what is checked next */
	size_t src_stride[CASE_NDIMS]; /* elements, in the destination's order */
	const char *bad;	       /* the first wrong byte, or NULL */
};

static void walk_guard(struct walk *w, size_t elements)
{
	size_t bytes = elements * w->c->elem;

	if (!w->bad)
		w->bad = pattern_find_unguarded(w->at, bytes);
	w->at += bytes;
}

/* The innermost dimension: n elements that should hold what the source has from
 * element k on. */
static void walk_elements(struct walk *w, size_t n, size_t step, size_t k, size_t k_step)
{
	if (step == 1) {
		if (!w->bad)
			w->bad = pattern_find_wrong(w->at, w->c->elem, n, k, k_step);
		w->at += n * w->c->elem;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (i)
			walk_guard(w, step - 1);
		if (!w->bad)
			w->bad = pattern_find_wrong(w->at, w->c->elem, 1, k + i * k_step, 0);
		w->at += w->c->elem;
	}
}

/* One index after the other of dimension `dim`, guards before, between and after;
 * `inner` is how many elements of the array one index has. */
static void walk_dim(struct walk *w, size_t dim, size_t inner, size_t k)
{
	const struct side *s = &w->c->dst;
	size_t n = s->dims[dim], step = s->step[dim];
	size_t used = s->offset[dim] + (n - 1) * step + 1;

	walk_guard(w, s->offset[dim] * inner);
	if (dim + 1 == w->c->ndims) {
		walk_elements(w, n, step, k, w->src_stride[dim]);
	} else {
		for (size_t i = 0; i < n && !w->bad; i++) {
			if (i)
				walk_guard(w, (step - 1) * inner);
			walk_dim(w, dim + 1, inner / s->array[dim + 1], k + i * w->src_stride[dim]);
		}
	}
	if (!w->bad)
		walk_guard(w, (s->array[dim] - used) * inner);
}

bool data_verify(const struct data *d, const struct bench_case *c, char *why, size_t size)
{
	struct walk w = {.c = c, .at = d->dst};
	size_t bytes = c->dst.count * c->elem;
	const char *bad;

	for (size_t i = 0; i < c->ndims; i++)
		w.src_stride[i] = c->src.stride[c->perm[i]];
	walk_dim(&w, 0, c->dst.count / c->dst.array[0], c->src.first);
	bad = w.bad;
	if (!bad)
		bad = pattern_find_unguarded(d->dst - ZONE, ZONE);
	if (!bad)
		bad = pattern_find_unguarded(d->dst + bytes, ZONE);
	if (bad) {
		snprintf(why, size, "byte %td of the destination's %zu is wrong", bad - d->dst,
			 bytes);
		return false;
	}
	bad = pattern_find_wrong(d->src, c->elem, c->src.count, 0, 1);
	if (bad) {
		snprintf(why, size, "byte %td of the source was changed", bad - d->src);
		return false;
	}
	return true;
}
