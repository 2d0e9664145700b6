/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Do the bytes written and the bytes read have one in common?
 *
 * They do if some choice of loop indices makes
 *
 *	v = (dst - src) + sum of i[k] * dst stride[k] - sum of j[k] * src stride[k]
 *
 * fall inside (-element, element).  Loops of equal stride count as one.  From the
 * largest stride down, only those indices are tried from which the smaller strides can
 * still reach that interval, and a branch ends when v is too far from every multiple of
 * what the remaining strides have in common (members of one array of structs).  The
 * search visits a bounded number of nodes; real layouts need a handful.
 */
#include <stdlib.h>

#include "base/hot.h"
#include "transform/nest.h"

#define BUDGET 512 /* nodes */

struct term {
	ptrdiff_t stride; /* > 0 */
	ptrdiff_t lo, hi; /* range of its index */
};

struct search {
	ptrdiff_t element;
	size_t n;
	struct term term[2 * AML_NDIMS_MAX]; /* largest stride first */
	/* what terms k and up can add at least and at most, and their common divisor */
	ptrdiff_t min[2 * AML_NDIMS_MAX + 1], max[2 * AML_NDIMS_MAX + 1];
	ptrdiff_t gcd[2 * AML_NDIMS_MAX + 1];
	int budget;
};

static void add_term(struct search *s, ptrdiff_t stride, size_t n)
{
	ptrdiff_t last = (ptrdiff_t)(n - 1);
	struct term t = {labs(stride), stride < 0 ? -last : 0, stride < 0 ? 0 : last};
	size_t at = s->n;

	if (stride == 0)
		return;
	for (size_t i = 0; i < s->n; i++)
		if (s->term[i].stride == t.stride) {
			s->term[i].lo += t.lo;
			s->term[i].hi += t.hi;
			return;
		}
	for (; at > 0 && s->term[at - 1].stride < t.stride; at--)
		s->term[at] = s->term[at - 1];
	s->term[at] = t;
	s->n++;
}

static ptrdiff_t gcd(ptrdiff_t a, ptrdiff_t b)
{
	while (b) {
		ptrdiff_t r = a % b;

		a = b;
		b = r;
	}
	return a;
}

static void sum_up(struct search *s)
{
	s->min[s->n] = s->max[s->n] = s->gcd[s->n] = 0;
	for (size_t k = s->n; k-- > 0;) {
		s->min[k] = s->min[k + 1] + s->term[k].lo * s->term[k].stride;
		s->max[k] = s->max[k + 1] + s->term[k].hi * s->term[k].stride;
		s->gcd[k] = gcd(s->term[k].stride, s->gcd[k + 1]);
	}
}

/* Distance from v to the nearest multiple of g is at least e. */
static bool misses(ptrdiff_t v, ptrdiff_t g, ptrdiff_t e)
{
	ptrdiff_t r = labs(v) % g;

	return r >= e && g - r >= e;
}

static ptrdiff_t floor_div(ptrdiff_t a, ptrdiff_t b)
{
	return a / b - (a % b < 0);
}

static bool hits(struct search *s, size_t k, ptrdiff_t v)
{
	const struct term *t = &s->term[k];
	ptrdiff_t e = s->element, first, last;

	if (--s->budget < 0 || v + s->max[k] <= -e || v + s->min[k] >= e)
		return false;
	if (k == s->n)
		return true;
	if (misses(v, s->gcd[k], e))
		return false;
	first = -floor_div(v + s->max[k + 1] + e - 1, t->stride);
	last = floor_div(e - 1 - v - s->min[k + 1], t->stride);
	if (first < t->lo)
		first = t->lo;
	if (last > t->hi)
		last = t->hi;
	for (ptrdiff_t i = first; i <= last && s->budget > 0; i++)
		if (hits(s, k + 1, v + i * t->stride))
			return true;
	return false;
}

/* The address ranges are apart: the common case, without a search. */
static bool ranges_apart(const struct aml_nest *nest)
{
	const char *dst_end = nest->dst + nest->element;
	const char *src = nest->src, *src_end = src + nest->element;

	for (size_t i = 0; i < nest->nloops; i++) {
		ptrdiff_t steps = (ptrdiff_t)(nest->loop[i].n - 1);

		dst_end += steps * nest->loop[i].dst;
		if (nest->loop[i].src < 0)
			src += steps * nest->loop[i].src;
		else
			src_end += steps * nest->loop[i].src;
	}
	return dst_end <= src || src_end <= nest->dst;
}

AMLI_HOT bool amli_nest_overlaps(const struct aml_nest *nest)
{
	struct search s;

	if (ranges_apart(nest))
		return false;
	s.element = (ptrdiff_t)nest->element;
	s.n = 0;
	s.budget = BUDGET;
	for (size_t i = 0; i < nest->nloops; i++) {
		add_term(&s, nest->loop[i].dst, nest->loop[i].n);
		add_term(&s, -nest->loop[i].src, nest->loop[i].n);
	}
	sum_up(&s);
	return hits(&s, 0, nest->dst - nest->src);
}
