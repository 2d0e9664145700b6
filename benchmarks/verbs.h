/* SPDX-License-Identifier: BSD-3-Clause */
/* The verbs of aml/request.h, as bursts run them; lists end with one without a name. */
#ifndef BENCH_VERBS_H
#define BENCH_VERBS_H

#include "burst.h"

extern const struct verb verbs_wait[];	   /* to submit, and to see it end */
extern const struct verb verbs_prepared[]; /* requests that are started again and again */
extern const struct verb verbs_held[];	   /* that need requests which do not start */
extern const struct verb verbs_fd[];	   /* of a descriptor: every end is noted from then on */
extern const struct verb verbs_copy[];	   /* of copies that have layouts */
extern const struct verb verbs_flight[];   /* many at once */
extern const struct verb verbs_batch[];	   /* many as one */

/* Steps that several of them have. */
int verb_submit_wait(struct burst *b, size_t i);
int verb_submit_operator(struct burst *b, size_t i); /* which engines do not run at once */

#endif
