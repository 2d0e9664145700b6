/* SPDX-License-Identifier: BSD-3-Clause */
/* The tables of kernels and the choice among them. */
#include "aml/plan.h"
#include "base/cpu.h"
#include "base/error.h"
#include "base/hot.h"
#include "kernel/move.h"
#include "kernel/rows.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

/* tile: see KERNEL-HOWTO.md; a line of the destination one way, a line of the source
 * the other */
#define TRANSPOSE(bits, isa, cpu)                                                           \
	{                                                                                   \
		"transpose" #bits "_" #isa, cpu, bits / 8, 512 / bits,                      \
			amli_transpose##bits##_##isa##_run, STREAM(transpose##bits##_##isa) \
	}
#define TRANSPOSES(isa, cpu)                                                      \
	TRANSPOSE(8, isa, cpu), TRANSPOSE(16, isa, cpu), TRANSPOSE(32, isa, cpu), \
		TRANSPOSE(64, isa, cpu), TRANSPOSE(128, isa, cpu)
#define FUSED(bits, isa, cpu)                                                                      \
	{                                                                                          \
		"fused" #bits "_" #isa, cpu, bits / 8, 512 / bits, amli_fused##bits##_##isa##_run, \
			STREAM(fused##bits##_##isa)                                                \
	}
#define FUSEDS(isa, cpu)                                                                   \
	FUSED(8, isa, cpu), FUSED(16, isa, cpu), FUSED(32, isa, cpu), FUSED(64, isa, cpu), \
		FUSED(128, isa, cpu)
#define FUSED_ANY(isa, cpu)                                                                       \
	{                                                                                         \
		"fused_any_" #isa, cpu, 0, 1, amli_fused_any_##isa##_run, STREAM(fused_any_##isa) \
	}
#define SQUEEZED(bits, isa, cpu)                                                      \
	{                                                                             \
		"fused" #bits "_" #isa, cpu, bits / 8, 1, amli_fused_any_##isa##_run, \
			STREAM(fused##bits##_##isa)                                   \
	}
#define STRIDED(bits)                                                           \
	{                                                                       \
		"strided" #bits, 0, bits / 8, 1, amli_strided##bits##_run, NULL \
	}
/* elements of other sizes: short runs */
#define ANY(name, isa, cpu)                                                \
	{                                                                  \
		name "_runs_" #isa, cpu, 0, 1, amli_runs_##isa##_run, NULL \
	}
/* through a list of indices */
#define INDEX(op, bits)                                                \
	{                                                              \
#op #bits, 0, bits / 8, 1, amli_##op##bits##_run, NULL \
	}
#define INDEXES(op)                                                                               \
	INDEX(op, 8), INDEX(op, 16), INDEX(op, 32), INDEX(op, 64), INDEX(op, 96), INDEX(op, 128), \
		INDEX(op, 192), INDEX(op, 256), INDEX(op, 512),                                   \
	{                                                                                         \
#op "_any", 0, 0, 1, amli_##op##_any_run, NULL                                    \
	}
#define REFERENCE(name)                                  \
	{                                                \
		name "_ref", 0, 0, 1, amli_ref_run, NULL \
	}

static const struct amli_kernel copies[] = {
#if defined(__x86_64__)
	{"copy_avx512", AMLI_CPU_AVX512, 0, 1, amli_copy_any_run, amli_copy_avx512_stream},
	{"copy_avx2", AMLI_CPU_AVX2, 0, 1, amli_copy_any_run, amli_copy_avx2_stream},
	{"copy_sse2", AMLI_CPU_SSE2, 0, 1, amli_copy_any_run, amli_copy_sse2_stream},
#endif
	{"copy_any", 0, 0, 1, amli_copy_any_run, NULL},
	REFERENCE("copy"),
};

static const struct amli_kernel runs[] = {
#if defined(__x86_64__)
	{"runs_avx512", AMLI_CPU_AVX512, 0, 1, amli_runs_avx512_run, amli_runs_avx512_stream},
	{"runs_avx2", AMLI_CPU_AVX2, 0, 1, amli_runs_avx2_run, amli_runs_avx2_stream},
	{"runs_sse2", AMLI_CPU_SSE2, 0, 1, amli_runs_sse2_run, amli_runs_sse2_stream},
#elif defined(__aarch64__)
	{"runs_neon", AMLI_CPU_NEON, 0, 1, amli_runs_neon_run, NULL},
#endif
	REFERENCE("runs"),
};

static const struct amli_kernel transposes[] = {
#if defined(__x86_64__)
#define STREAM(name) amli_##name##_stream
	TRANSPOSES(avx512, AMLI_CPU_AVX512),
	TRANSPOSES(avx2, AMLI_CPU_AVX2),
	TRANSPOSES(sse2, AMLI_CPU_SSE2),
	ANY("transpose", sse2, AMLI_CPU_SSE2),
#elif defined(__aarch64__)
#define STREAM(name) NULL
	TRANSPOSES(neon, AMLI_CPU_NEON),
	ANY("transpose", neon, AMLI_CPU_NEON),
#endif
	REFERENCE("transpose"),
};

static const struct amli_kernel fused[] = {
#if defined(__x86_64__)
	FUSEDS(avx512, AMLI_CPU_AVX512),
	FUSEDS(avx2, AMLI_CPU_AVX2),
	FUSEDS(sse2, AMLI_CPU_SSE2),
	SQUEEZED(24, avx512, AMLI_CPU_AVX512),
	SQUEEZED(48, avx512, AMLI_CPU_AVX512),
	SQUEEZED(96, avx512, AMLI_CPU_AVX512),
	SQUEEZED(24, avx2, AMLI_CPU_AVX2),
	SQUEEZED(48, avx2, AMLI_CPU_AVX2),
	SQUEEZED(96, avx2, AMLI_CPU_AVX2),
	FUSED_ANY(avx512, AMLI_CPU_AVX512),
	FUSED_ANY(avx2, AMLI_CPU_AVX2),
	FUSED_ANY(sse2, AMLI_CPU_SSE2),
#elif defined(__aarch64__)
	FUSEDS(neon, AMLI_CPU_NEON),
	FUSED_ANY(neon, AMLI_CPU_NEON),
#endif
	{"fused_ref", 0, 0, 1, amli_fused_ref_run, NULL},
};

static const struct amli_kernel strided[] = {
	STRIDED(8),
	STRIDED(16),
	STRIDED(32),
	STRIDED(64),
	STRIDED(128),
#if defined(__x86_64__)
	ANY("strided", sse2, AMLI_CPU_SSE2),
#elif defined(__aarch64__)
	ANY("strided", neon, AMLI_CPU_NEON),
#endif
	REFERENCE("strided"),
};

static const struct amli_kernel gathers[] = {
	INDEXES(gather),
	{"gather_ref", 0, 0, 1, amli_gather_ref_run, NULL},
};

static const struct amli_kernel scatters[] = {
	INDEXES(scatter),
	{"scatter_ref", 0, 0, 1, amli_scatter_ref_run, NULL},
};

static const struct amli_kernel pieces[] = {
#if defined(__x86_64__)
	{"pieces_avx512", AMLI_CPU_AVX512, 0, 1, amli_pieces_avx512_run, amli_pieces_avx512_stream},
	{"pieces_avx2", AMLI_CPU_AVX2, 0, 1, amli_pieces_avx2_run, amli_pieces_avx2_stream},
	{"pieces_sse2", AMLI_CPU_SSE2, 0, 1, amli_pieces_sse2_run, amli_pieces_sse2_stream},
#elif defined(__aarch64__)
	{"pieces_neon", AMLI_CPU_NEON, 0, 1, amli_pieces_neon_run, NULL},
#endif
	{"pieces_ref", 0, 0, 1, amli_pieces_ref_run, NULL},
};

#define TABLE(name, rows)                                    \
	{                                                    \
		name, rows, sizeof(rows) / sizeof((rows)[0]) \
	}

/* in the order of enum amli_op */
static const struct {
	const char *name;
	const struct amli_kernel *row;
	size_t n;
} tables[AMLI_NOPS] = {
	TABLE("copy", copies),	    TABLE("runs", runs),       TABLE("transpose", transposes),
	TABLE("fused", fused),	    TABLE("strided", strided), TABLE("gather", gathers),
	TABLE("scatter", scatters), TABLE("pieces", pieces),
};

bool amli_kernel_joins(const struct amli_kernel *kernel, size_t row)
{
	size_t e = kernel->element;

	if (!(kernel->cpu & AMLI_CPU_AVX512) || e == 0 || row == e || row % AMLI_LINE == 0)
		return false;
	return amli_interleaves(e, row / e) ||
	       (e > 1 && row / e >= AMLI_DENSE_ROWS(e) && row <= AMLI_DENSE_MOST);
}

bool amli_kernel_appends(const struct amli_kernel *kernel, size_t rows, size_t cols, bool whole)
{
	size_t e = kernel->element;

	if (!(kernel->cpu & AMLI_CPU_AVX512) || e == 0 || e > 16 || (e & (e - 1)) != 0 || rows < 2)
		return false;
	return amli_interleaves(e, rows) || amli_is_dense(e, rows, cols) ||
	       (whole && amli_permutes(e, rows, cols));
}

bool amli_kernel_shares(const struct amli_kernel *kernel, size_t run)
{
	return kernel->stream && run > AMLI_SHARED_RUN(kernel->cpu & AMLI_CPU_AVX512);
}

bool amli_kernel_tiles(const struct amli_kernel *kernel, const char *src,
		       const struct amli_block *b)
{
	return kernel->cpu & AMLI_CPU_AVX512 && amli_is_tiled(kernel->element, src, b);
}

bool amli_kernel_is_usable(const struct amli_kernel *kernel)
{
	return (kernel->cpu & ~amli_cpu()) == 0;
}

AMLI_HOT const struct amli_kernel *amli_kernel_select(enum amli_op op, size_t element)
{
	const struct amli_kernel *row = tables[op].row;

	while (!amli_kernel_is_usable(row) || (row->element && row->element != element))
		row++;
	return row;
}

AMLI_HOT const struct amli_kernel *amli_kernel_copy(void)
{
	static _Atomic(const struct amli_kernel *) known;
	const struct amli_kernel *kernel = atomic_load_explicit(&known, memory_order_relaxed);

	if (!kernel) { /* several threads may: all come to the same */
		kernel = amli_kernel_select(AMLI_COPY, 0);
		atomic_store_explicit(&known, kernel, memory_order_relaxed);
	}
	return kernel;
}

const struct amli_kernel *amli_kernel_row(enum amli_op op, size_t i)
{
	return i < tables[op].n ? &tables[op].row[i] : NULL;
}

const char *amli_op_name(enum amli_op op)
{
	return tables[op].name;
}

void amli_kernel_fence(void)
{
#if defined(__x86_64__)
	_mm_sfence();
#endif
}

int aml_kernel_info(size_t i, struct aml_kernel_info *info)
{
	size_t row = i;
	unsigned op = 0;

	if (!info)
		return amli_fail(AML_EINVAL, "info is NULL: pass the struct to fill in");
	while (op < AMLI_NOPS && row >= tables[op].n)
		row -= tables[op++].n;
	if (op == AMLI_NOPS)
		return -AML_EDOM; /* the end of a loop over the rows, nothing to explain */

	info->operation = tables[op].name;
	info->name = tables[op].row[row].name;
	info->element = tables[op].row[row].element;
	info->usable = amli_kernel_is_usable(&tables[op].row[row]);
	info->chosen = amli_kernel_select((enum amli_op)op, info->element) == &tables[op].row[row];
	return 0;
}

const char *aml_cpu_features(void)
{
	return amli_cpu_names();
}
