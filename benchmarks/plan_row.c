/* SPDX-License-Identifier: BSD-3-Clause */
#include "plan_row.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "aml/error.h"
#include "aml/layout/dense.h"
#include "aml/layout/native.h"
#include "aml/plan.h"
#include "complain.h"
#include "measure.h"

#define NDIMS 6

static const size_t shape[NDIMS] = {18, 20, 16, 20, 18, 16}, perm[NDIMS] = {5, 3, 0, 4, 1, 2};
#define ELEMENTS ((size_t)18 * 20 * 16 * 20 * 18 * 16)
#define BYTES (ELEMENTS * sizeof(uint32_t))

struct sides {
	struct aml_layout *dst, *src;
};

static int make_plan(void *arg)
{
	const struct sides *s = arg;
	struct aml_plan *plan;
	int rc = aml_plan_create(&plan, s->dst, s->src, AML_PLAN_DEFAULT);

	aml_plan_destroy(&plan);
	return rc;
}

static struct aml_layout *dense(char *at, const size_t *dims)
{
	struct aml_layout *out;

	aml_layout_dense_create(&out, at, AML_LAYOUT_ORDER_FORTRAN, sizeof(uint32_t), NDIMS, dims,
				NULL, NULL);
	return out;
}

static int sides_init(struct sides *s, char *memory)
{
	struct aml_layout *straight = dense(memory + BYTES, shape);
	size_t dims[NDIMS];

	for (size_t i = 0; i < NDIMS; i++)
		dims[i] = shape[perm[i]];
	s->src = NULL;
	s->dst = dense(memory, dims);
	if (straight)
		aml_layout_permute(straight, &s->src, perm);
	aml_layout_destroy(&straight);
	return s->dst && s->src ? 0 : -1;
}

/* Where in the source the element is that comes to place i of the destination. */
static size_t origin(size_t i)
{
	size_t stride[NDIMS], at = 0;

	for (size_t k = 0, all = 1; k < NDIMS; all *= shape[k++])
		stride[k] = all;
	for (size_t k = 0; k < NDIMS; i /= shape[perm[k++]])
		at += i % shape[perm[k]] * stride[perm[k]];
	return at;
}

/* Whether the plan moves what it should. */
static bool is_right(const struct aml_plan *plan, uint32_t *dst, uint32_t *src, bool spoil)
{
	for (size_t i = 0; i < ELEMENTS; i++)
		src[i] = (uint32_t)i;
	if (aml_plan_run(plan))
		return false;
	if (spoil)
		dst[ELEMENTS / 2]++;
	for (size_t i = 0; i < ELEMENTS; i++)
		if (dst[i] != origin(i))
			return false;
	return true;
}

static void put(const struct sides *s, const struct contender *c, bool spoil, struct output *out)
{
	struct row row = {.name = "plan of 6 dims", .engine = "none", .state = ROW_FAILED};
	struct aml_plan *plan;
	int rc = c->rc ? c->rc : aml_plan_create(&plan, s->dst, s->src, AML_PLAN_DEFAULT);

	row.median_ns = c->ns.median;
	row.p10_ns = c->ns.p10;
	row.p90_ns = c->ns.p90;
	row.gbps = row.memcpy_gbps = row.stream_gbps = row.of_stream = NAN;
	if (rc) {
		snprintf(row.plan, sizeof(row.plan), "%s", aml_strerror(-rc));
	} else {
		aml_plan_describe(plan, row.plan, sizeof(row.plan));
		row.state =
			is_right(plan, aml_layout_rawptr(s->dst), aml_layout_rawptr(s->src), spoil)
				? ROW_VERIFIED
				: ROW_WRONG;
		aml_plan_destroy(&plan);
	}
	output_row(out, &row);
}

int plan_row(const struct options *o, struct output *out)
{
	const struct measure_options how = {.reps = o->reps, .batch = true, .budget_ns = 1e8};
	char *memory = malloc(2 * BYTES);
	struct sides sides = {NULL, NULL};
	struct contender c = {.run = make_plan, .arg = &sides};
	int rc = memory ? sides_init(&sides, memory) : -1;

	if (rc)
		complain("no memory for the layouts of a plan");
	else
		rc = measure(&c, 1, &how);
	if (!rc)
		put(&sides, &c, o->spoil, out);
	aml_layout_destroy(&sides.dst);
	aml_layout_destroy(&sides.src);
	free(memory);
	return rc;
}
