/* SPDX-License-Identifier: BSD-3-Clause */
/* Plans by timing: other ways than the estimate's are tried on the memory itself. */
#ifndef AMLI_TRANSFORM_MEASURE_H
#define AMLI_TRANSFORM_MEASURE_H

#include "transform/plan.h"

/* From so many bytes on a copy is measured, and wisdom looked at. */
#define AMLI_MEASURE_LEAST ((size_t)4096)

/* One that was timed. */
struct amli_trial {
	struct amli_choice choice;
	struct amli_plan_shape {
		const struct amli_strategy *strategy;
		const struct amli_kernel *kernel;
		size_t rows, cols, group, blocks; /* as they came out */
		bool stream;
		uint64_t digits; /* a hash of them */
	} shape;
	double ns; /* of one run of the whole plan; the best of several */
};

#define AMLI_TRIALS 64
struct amli_trials {
	size_t n, best;
	struct amli_trial at[AMLI_TRIALS]; /* the estimate first */
	double estimate_ns, best_ns;	   /* in the last comparison */
};

/* Try ways to run a plan that was estimated, and leave it with the best of them, which
 * wisdom keeps.  Writes dst.  -AML_ENOMEM: nothing was tried. */
int amli_plan_measure(struct aml_plan *plan, unsigned flags);

/* candidates.c: the choices to try after so many others, of which `best` was the fastest.
 * How many were added to @list, which has room for AMLI_STEP_MOST; 0 when `step` is the last. */
#define AMLI_STEP_MOST 12
size_t amli_candidates(const struct aml_plan *plan, const struct amli_trial *best, unsigned flags,
		       unsigned step, struct amli_choice list[AMLI_STEP_MOST]);
#define AMLI_STEPS 6

#endif
