/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Each operator of aml/operator.h, beside the plain copy by the same engine of as many
 * bytes as its larger side has, memcpy and the streaming limit.
 *
 * The numbers are those from 0 to 100, which every type holds.
 */
#include "case_fused.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aml/error.h"
#include "aml/layout/dense.h"
#include "aml/operator.h"
#include "aml/plan.h"
#include "complain.h"
#include "measure.h"
#include "stream.h"

#define SIDE ((size_t)64 << 20) /* bytes of the larger side */
#define NUMBERS 101

struct what {
	const char *name;
	aml_dma_operator op; /* NULL: the copy */
	enum aml_type to, from;
};

#define CONVERT(to_name, to, from_name, from)                                            \
	{                                                                                \
		from_name " to " to_name, aml_op_convert, AML_TYPE_##to, AML_TYPE_##from \
	}

static const struct what all[] = {
	{"copy", NULL, AML_TYPE_FLOAT, AML_TYPE_FLOAT},
	{"byteswap 2", aml_op_byteswap, AML_TYPE_INT16, AML_TYPE_INT16},
	{"byteswap 4", aml_op_byteswap, AML_TYPE_INT32, AML_TYPE_INT32},
	{"byteswap 8", aml_op_byteswap, AML_TYPE_INT64, AML_TYPE_INT64},
	{"fill 4", aml_op_fill, AML_TYPE_FLOAT, AML_TYPE_FLOAT},
	{"compare 4", aml_op_compare, AML_TYPE_FLOAT, AML_TYPE_FLOAT},
	{"crc32c", aml_op_crc32c, AML_TYPE_FLOAT, AML_TYPE_FLOAT},
	CONVERT("float16", FLOAT16, "float", FLOAT),
	CONVERT("float", FLOAT, "float16", FLOAT16),
	CONVERT("bfloat16", BFLOAT16, "float", FLOAT),
	CONVERT("float", FLOAT, "bfloat16", BFLOAT16),
	CONVERT("float", FLOAT, "double", DOUBLE),
	CONVERT("double", DOUBLE, "float", FLOAT),
	CONVERT("float16", FLOAT16, "double", DOUBLE),
	CONVERT("float", FLOAT, "int8", INT8),
	CONVERT("uint8", UINT8, "float", FLOAT),
	CONVERT("float", FLOAT, "int16", INT16),
	CONVERT("int16", INT16, "float", FLOAT),
	CONVERT("float", FLOAT, "int32", INT32),
	CONVERT("int32", INT32, "float", FLOAT),
	CONVERT("int32", INT32, "double", DOUBLE),
	CONVERT("double", DOUBLE, "int64", INT64),
	CONVERT("int64", INT64, "double", DOUBLE),
	CONVERT("int16", INT16, "int8", INT8),
	CONVERT("int8", INT8, "int32", INT32),
	CONVERT("int32", INT32, "int64", INT64),
	CONVERT("int64", INT64, "int32", INT32),
	CONVERT("uint32", UINT32, "int32", INT32),
	CONVERT("int64", INT64, "uint64", UINT64),
	CONVERT("uint8", UINT8, "int8", INT8),
	CONVERT("int16", INT16, "float16", FLOAT16),
	CONVERT("bfloat16", BFLOAT16, "int16", INT16),
	CONVERT("bfloat16", BFLOAT16, "float16", FLOAT16),
};

/* One operator with one engine. */
struct job {
	struct aml_dma *dma;
	const struct what *what;
	struct aml_layout *dst, *src;
	struct aml_convert types;
	struct aml_crc32c crc;
	struct aml_difference difference;
	char value[AML_OP_FILL_MAX];
	void *arg;
	size_t n; /* elements */
	char *to, *from;
};

static struct aml_layout *array(char *at, size_t element, size_t n)
{
	struct aml_layout *out;

	if (aml_layout_dense_create(&out, at, AML_LAYOUT_ORDER_C, element, 1, &n, NULL, NULL))
		return NULL;
	return out;
}

/* n numbers at @at become others at @to, in this thread. */
static int convert(char *to, enum aml_type to_type, char *at, enum aml_type type, size_t n)
{
	struct aml_convert how = {.to = to_type, .from = type};
	struct aml_layout *dst = array(to, aml_type_size(to_type), n);
	struct aml_layout *src = array(at, aml_type_size(type), n);
	int rc = dst && src ? aml_op_convert(dst, src, &how) : -AML_ENOMEM;

	aml_layout_destroy(&dst);
	aml_layout_destroy(&src);
	return rc;
}

/* The numbers from 0 to 100, again and again. */
static int fill(char *at, enum aml_type type, size_t n)
{
	uint8_t small[NUMBERS * 32];
	int rc = 0;

	for (size_t i = 0; i < sizeof(small); i++)
		small[i] = (uint8_t)(i % NUMBERS);
	for (size_t i = 0; i < n && !rc; i += sizeof(small))
		rc = convert(at + i * aml_type_size(type), type, (char *)small, AML_TYPE_UINT8,
			     n - i < sizeof(small) ? n - i : sizeof(small));
	return rc;
}

static int job_init(struct job *j, struct aml_dma *dma, const struct what *what, char *to,
		    char *from)
{
	size_t d = aml_type_size(what->to), s = aml_type_size(what->from);

	*j = (struct job){.dma = dma, .what = what, .n = SIDE / (d > s ? d : s), .to = to};
	j->from = from;
	j->types = (struct aml_convert){.to = what->to, .from = what->from};
	j->dst = array(to, d, j->n);
	j->src = array(from, s, j->n);
	j->arg = what->op == aml_op_convert   ? (void *)&j->types
		 : what->op == aml_op_crc32c  ? (void *)&j->crc
		 : what->op == aml_op_compare ? (void *)&j->difference
					      : j->value;
	return j->dst && j->src ? fill(from, what->from, j->n) : -AML_ENOMEM;
}

static void job_fini(struct job *j)
{
	aml_layout_destroy(&j->dst);
	aml_layout_destroy(&j->src);
}

static int job_run(void *arg)
{
	struct job *j = arg;

	return aml_dma_copy_custom(j->dma, j->dst, j->src, j->what->op, j->arg);
}

/* Numbers that came out as they should. */
static bool numbers_arrived(const struct job *j)
{
	double v[NUMBERS * 8];

	for (size_t i = 0; i < j->n; i += NUMBERS * 8) {
		size_t n = j->n - i < NUMBERS * 8 ? j->n - i : NUMBERS * 8;

		if (convert((char *)v, AML_TYPE_DOUBLE, j->to + i * aml_type_size(j->what->to),
			    j->what->to, n))
			return false;
		for (size_t k = 0; k < n; k++)
			if (v[k] != (double)(k % NUMBERS))
				return false;
	}
	return true;
}

static bool is_swapped(const struct job *j)
{
	size_t e = aml_type_size(j->what->to);

	for (size_t i = 0; i < j->n * e; i++)
		if (j->to[i] != j->from[i - i % e + e - 1 - i % e])
			return false;
	return true;
}

/* Runs it once, and looks at what came out. */
static bool is_right(struct job *j, struct row *row, bool spoil)
{
	size_t bytes = j->n * aml_type_size(j->what->to);
	struct aml_crc32c again;
	int rc;

	memset(j->to, 0xa5, bytes);
	if (j->what->op == aml_op_compare)
		memcpy(j->to, j->from, bytes);
	rc = job_run(j);
	if (rc) {
		row->state = rc == -AML_ENOTSUP ? ROW_NOT_APPLICABLE : ROW_FAILED;
		snprintf(row->plan, sizeof(row->plan), "%s", aml_strerror(-rc));
		return false;
	}
	if (spoil)
		j->to[0] ^= 1;
	row->state = ROW_WRONG;
	if (j->what->op == aml_op_byteswap)
		return is_swapped(j);
	if (j->what->op == aml_op_fill)
		return j->to[0] == j->value[0] && !memcmp(j->to, j->to + 4, bytes - 4);
	if (j->what->op == aml_op_crc32c &&
	    (aml_op_crc32c(j->dst, j->dst, &again) || again.crc != j->crc.crc))
		return false;
	return numbers_arrived(j) &&
	       (j->what->op != aml_op_compare || j->difference.first == SIZE_MAX);
}

static int run_memcpy(void *arg)
{
	struct job *j = arg;

	memcpy(j->to, j->from, SIDE);
	return 0;
}

static int run_stream(void *arg)
{
	struct job *j = arg;

	stream_copy(j->to, j->from, SIDE);
	return 0;
}

/* "0.98 of a copy's time: " and the plan. */
static void describe(struct row *row, const struct job *j, double of_copy)
{
	struct aml_plan *plan;
	int used = snprintf(row->plan, sizeof(row->plan), "%.2f copies: ", of_copy);

	if (aml_plan_create_op(&plan, j->dst, j->src, j->what->op, j->arg, AML_PLAN_DEFAULT))
		return;
	aml_plan_describe(plan, row->plan + used, sizeof(row->plan) - (size_t)used);
	aml_plan_destroy(&plan);
}

/* All four take turns. */
static int time_it(struct row *row, struct job *j, struct job *copy, const struct options *o)
{
	struct contender c[] = {{.run = job_run, .arg = j},
				{.run = job_run, .arg = copy},
				{.run = run_memcpy, .arg = copy},
				{.run = run_stream, .arg = copy}};
	const struct measure_options how = {.reps = o->reps};

	if (measure(c, 4, &how))
		return -1;
	row->state = c[0].rc ? ROW_FAILED : ROW_VERIFIED;
	row->median_ns = c[0].ns.median;
	row->p10_ns = c[0].ns.p10;
	row->p90_ns = c[0].ns.p90;
	row->gbps = (double)row->bytes / c[0].ns.median;
	row->memcpy_gbps = (double)row->bytes / c[2].ns.median;
	row->stream_gbps = (double)row->bytes / c[3].ns.median;
	row->of_stream = row->gbps / row->stream_gbps;
	describe(row, j, c[0].ns.median / c[1].ns.median);
	return 0;
}

static int one(const struct options *o, const struct engine *engine, const struct what *what,
	       char *memory, struct output *out)
{
	struct row row = {.bytes = 2 * SIDE};
	struct job j, copy;
	int rc = job_init(&j, engine->dma, what, memory, memory + SIDE);

	copy = j;
	copy.what = &all[0];
	copy.dst = array(memory, 4, SIDE / 4);
	copy.src = array(memory + SIDE, 4, SIDE / 4);
	snprintf(row.name, sizeof(row.name), "%s", what->name);
	snprintf(row.engine, sizeof(row.engine), "%s", engine->spec);
	row.median_ns = row.p10_ns = row.p90_ns = NAN;
	row.gbps = row.memcpy_gbps = row.stream_gbps = row.of_stream = NAN;
	if (rc || !copy.dst || !copy.src) {
		complain("%s: no memory for its layouts", what->name);
		rc = -1;
	} else if (is_right(&j, &row, o->spoil)) {
		rc = time_it(&row, &j, &copy, o);
	} else if (row.state == ROW_WRONG) {
		complain("%s with %s: the result is wrong", row.name, row.engine);
	}
	if (!rc)
		output_row(out, &row);
	aml_layout_destroy(&copy.dst);
	aml_layout_destroy(&copy.src);
	job_fini(&j);
	return rc;
}

int fused(const struct options *o, struct engines *engines, struct output *out)
{
	const size_t n = sizeof(all) / sizeof(all[0]);
	char *memory = aligned_alloc(4096, 2 * SIDE);
	int rc = 0;

	if (!memory) {
		complain("no memory for two sides of %zu bytes", SIDE);
		return -1;
	}
	memset(memory, 0, 2 * SIDE);
	for (size_t i = 0; i < n * engines->n && !rc; i++) {
		progress(i + 1, n * engines->n, all[i % n].name);
		rc = one(o, &engines->at[i / n], &all[i % n], memory, out);
	}
	progress_clear();
	free(memory);
	return rc;
}
