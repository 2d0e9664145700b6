/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * FFTW: a transform of rank 0 is a copy.  It measures what it can do within a second,
 * and prints what it chose.
 */
#include "peer.h"

#ifdef HAVE_PEER_FFTW
#include <ctype.h>
#include <fftw3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLANNING_SECONDS 1.0

struct fftw_job {
	fftw_plan plan_double; /* elements of 8 and 16 bytes */
	fftwf_plan plan_float; /* of 4 */
};

/* Its plan on one line. */
static void flatten(char *text, char *plan, size_t size)
{
	size_t n = 0;

	for (const char *s = text; s && *s && n + 1 < size; s++) {
		bool space = isspace((unsigned char)*s);

		if (!space || (n && plan[n - 1] != ' '))
			plan[n++] = space ? ' ' : *s;
	}
	plan[n] = '\0';
	free(text);
}

static bool plan_for(struct fftw_job *job, const struct peer_loops *l, char *dst, char *src)
{
	fftw_iodim64 dims[CASE_NDIMS];
	int n = (int)l->n;

	for (int i = 0; i < n; i++)
		dims[i] = (fftw_iodim64){(ptrdiff_t)l->loop[i].n, (ptrdiff_t)l->loop[i].src,
					 (ptrdiff_t)l->loop[i].dst};
	switch (l->elem) {
	case 4:
		/* both libraries have the same struct under two names */
		job->plan_float = fftwf_plan_guru64_r2r(0, NULL, n, (fftwf_iodim64 *)dims,
							(float *)(void *)src, (float *)(void *)dst,
							NULL, FFTW_MEASURE);
		return job->plan_float;
	case 8:
		job->plan_double = fftw_plan_guru64_r2r(0, NULL, n, dims, (double *)(void *)src,
							(double *)(void *)dst, NULL, FFTW_MEASURE);
		return job->plan_double;
	default:
		job->plan_double = fftw_plan_guru64_dft(0, NULL, n, dims,
							(fftw_complex *)(void *)src,
							(fftw_complex *)(void *)dst, FFTW_FORWARD,
							FFTW_MEASURE);
		return job->plan_double;
	}
}

static void *fftw_prepare(const struct peer_loops *l, char *plan, size_t size)
{
	struct fftw_job *job;

	if (l->elem != 4 && l->elem != 8 && l->elem != 16) {
		snprintf(plan, size, "it moves elements of 4, 8 and 16 bytes, not %zu", l->elem);
		return NULL;
	}
	job = calloc(1, sizeof(*job));
	if (!job) {
		snprintf(plan, size, "no memory");
		return NULL;
	}
	fftw_set_timelimit(PLANNING_SECONDS);
	fftwf_set_timelimit(PLANNING_SECONDS);
	/* its planner writes to both sides; that is what prepare allows */
	if (!plan_for(job, l, l->dst, (char *)(uintptr_t)l->src)) {
		snprintf(plan, size, "it has no plan for these loops");
		free(job);
		return NULL;
	}
	flatten(job->plan_float ? fftwf_sprint_plan(job->plan_float)
				: fftw_sprint_plan(job->plan_double),
		plan, size);
	return job;
}

static void fftw_run(void *arg)
{
	struct fftw_job *job = arg;

	if (job->plan_float)
		fftwf_execute(job->plan_float);
	else
		fftw_execute(job->plan_double);
}

static void fftw_release(void *arg)
{
	struct fftw_job *job = arg;

	if (job->plan_float)
		fftwf_destroy_plan(job->plan_float);
	if (job->plan_double)
		fftw_destroy_plan(job->plan_double);
	free(job);
}

const struct peer peer_fftw = {
	.name = "fftw",
	.summary = "FFTW, guru plans of rank 0, FFTW_MEASURE",
	.prepare = fftw_prepare,
	.run = fftw_run,
	.release = fftw_release,
};
#endif
