/* SPDX-License-Identifier: BSD-3-Clause */
/* OpenBLAS: ?omatcopy, a 2-D copy or transposition of numbers, scaled by 1. */
#include "peer.h"

#ifdef HAVE_PEER_OPENBLAS
#include <cblas.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct blas_job {
	enum CBLAS_TRANSPOSE trans;
	blasint rows, cols, lda, ldb; /* of the source, row-major */
	size_t elem;
	char *dst;
	const char *src;
};

/* As a matrix of the source; false if it is none. */
static bool as_matrix(struct blas_job *job, const struct peer_loops *l)
{
	struct peer_loop row = {1, 1, 1}, col = {1, 1, 1};

	if (l->n > 2)
		return false;
	if (l->n)
		col = l->loop[l->n - 1]; /* the destination's innermost */
	if (l->n == 2)
		row = l->loop[0];
	else
		row.src = row.dst = col.n;
	if (col.dst != 1)
		return false;
	if (col.src == 1) {
		job->trans = CblasNoTrans;
	} else if (row.src == 1 || l->n < 2) {
		struct peer_loop swap = row;

		/* the source's rows run along the destination's columns */
		job->trans = CblasTrans;
		row = col;
		col = swap;
	} else {
		return false;
	}
	if (row.n > INT_MAX || col.n > INT_MAX || row.src > INT_MAX)
		return false;
	job->rows = (blasint)row.n;
	job->cols = (blasint)col.n;
	job->lda = (blasint)row.src;
	job->ldb = (blasint)(job->trans == CblasTrans ? col.dst : row.dst);
	return true;
}

static void *blas_prepare(const struct peer_loops *l, char *plan, size_t size)
{
	struct blas_job *job;

	if (l->elem != 4 && l->elem != 8 && l->elem != 16) {
		snprintf(plan, size, "it moves numbers of 4, 8 and 16 bytes, not %zu", l->elem);
		return NULL;
	}
	job = calloc(1, sizeof(*job));
	if (!job) {
		snprintf(plan, size, "no memory");
		return NULL;
	}
	if (!as_matrix(job, l)) {
		snprintf(plan, size, "not a matrix: %zu loops", l->n);
		free(job);
		return NULL;
	}
	openblas_set_num_threads(1);
	job->elem = l->elem;
	job->dst = l->dst;
	job->src = l->src;
	snprintf(plan, size, "%comatcopy %s %d x %d",
		 l->elem == 4	? 's'
		 : l->elem == 8 ? 'd'
				: 'z',
		 job->trans == CblasTrans ? "trans" : "notrans", job->rows, job->cols);
	return job;
}

static void blas_run(void *arg)
{
	const struct blas_job *j = arg;
	const double one[2] = {1, 0};

	/* the headers of some releases lack a const for the source */
	if (j->elem == 4)
		cblas_somatcopy(CblasRowMajor, j->trans, j->rows, j->cols, 1,
				(float *)(uintptr_t)j->src, j->lda, (float *)(void *)j->dst,
				j->ldb);
	else if (j->elem == 8)
		cblas_domatcopy(CblasRowMajor, j->trans, j->rows, j->cols, 1,
				(double *)(uintptr_t)j->src, j->lda, (double *)(void *)j->dst,
				j->ldb);
	else
		cblas_zomatcopy(CblasRowMajor, j->trans, j->rows, j->cols, (double *)(uintptr_t)one,
				(double *)(uintptr_t)j->src, j->lda, (double *)(void *)j->dst,
				j->ldb);
}

const struct peer peer_openblas = {
	.name = "openblas",
	.summary = "OpenBLAS, omatcopy",
	.prepare = blas_prepare,
	.run = blas_run,
	.release = free,
};
#endif
