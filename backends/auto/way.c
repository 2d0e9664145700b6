/* SPDX-License-Identifier: BSD-3-Clause */
/* The way of a request: made at once, or on to the engine for it, and its end. */
#include "auto.h"

/* Nobody looks at the inner request any more: let go of it and of its engine, and end. */
static void auto_end(struct amli_auto_job *job)
{
	struct amli_auto *self = job->self;
	struct aml_request *req = job->req;
	bool asked = atomic_load(&job->state) & AMLI_AUTO_ASKED;
	int status = job->status;

	aml_request_forward_forget(req);
	if (job->guest)
		amli_auto_leave(self, job->guest);
	else
		atomic_fetch_sub(&self->nhost, 1);
	if (job->guest && status == -AML_ECANCELED && !asked)
		status = aml_engine_refuse(AML_EIO,
					   "auto: the engine that moved the data was closed");
	amli_auto_wake(self); /* a thread may sleep on the descriptor */
	aml_request_complete(req, status);
}

static void auto_let_go(struct amli_auto_job *job)
{
	unsigned before = atomic_fetch_sub(&job->state, AMLI_AUTO_HOLD);

	if (before & AMLI_AUTO_ENDED && before < 2 * AMLI_AUTO_HOLD)
		auto_end(job);
}

static void auto_done(struct aml_request *req, int status)
{
	struct amli_auto_job *job = aml_request_private(req);

	job->status = status;
	if (atomic_fetch_or(&job->state, AMLI_AUTO_ENDED) < AMLI_AUTO_HOLD)
		auto_end(job);
}

/* To the host engine, or, as a guest, to another. */
static int auto_forward(struct amli_auto_job *job)
{
	struct amli_auto *self = job->self;
	struct amli_auto_guest *guest = job->guest;
	struct aml_request *req = job->req;
	int rc;

	atomic_store(&job->state, AMLI_AUTO_HOLD);
	if (!guest)
		atomic_fetch_add(&self->nhost, 1);
	else if (guest->fd < 0)
		amli_auto_wake(self); /* who sleeps shall drive it from time to time */
	rc = aml_request_forward(req, guest ? guest->dma : self->host, auto_done);
	if (rc == 0) {
		atomic_fetch_add(&self->done[guest ? AMLI_AUTO_GUEST : AMLI_AUTO_HOST], 1);
		auto_let_go(job);
		return 0;
	}
	aml_request_forward_forget(req);
	atomic_store(&job->state, AMLI_AUTO_ENDED);
	if (guest)
		amli_auto_leave(self, guest);
	else
		atomic_fetch_sub(&self->nhost, 1);
	return rc;
}

/* It is made at once if it is short, and no other is under way before it. */
static bool auto_is_small(const struct amli_auto *self, const struct aml_plan *plan)
{
	return aml_plan_bytes(plan) <= self->small && !aml_plan_is_operator(plan) &&
	       !atomic_load_explicit(&self->nhost, memory_order_relaxed);
}

int amli_auto_submit(struct aml_engine *e, struct aml_request *req)
{
	struct amli_auto *self = e->state;
	struct amli_auto_job *job = aml_request_private(req);
	const struct aml_area *dst = aml_request_area(req, AML_DMA_SIDE_DST);
	const struct aml_area *src = aml_request_area(req, AML_DMA_SIDE_SRC);
	int rc;

	job->self = self;
	job->req = req;
	job->guest = NULL;
	atomic_init(&job->state, AMLI_AUTO_ENDED); /* for a cancel that comes late */
	if (dst || src) {
		rc = amli_auto_enter(self, &job->guest, dst, src);
		return rc ? rc : auto_forward(job);
	}
	if (!auto_is_small(self, aml_request_plan(req)))
		return auto_forward(job);
	atomic_fetch_add_explicit(&self->done[AMLI_AUTO_AT_ONCE], 1, memory_order_relaxed);
	aml_request_complete(req, aml_request_run(req, 0, 1));
	return 0;
}

int amli_auto_progress(struct aml_engine *e, struct aml_request *req)
{
	struct amli_auto *self = e->state;
	int moved = 0;

	(void)req;
	amli_auto_awake(self); /* before: what comes after it is seen by the next */
	if (atomic_load(&self->nhost))
		moved = aml_engine_progress(self->host) > 0;
	return amli_auto_help(self) || moved;
}

int amli_auto_cancel(struct aml_engine *e, struct aml_request *req)
{
	struct amli_auto_job *job = aml_request_private(req);
	unsigned state = atomic_load(&job->state);
	int rc;

	(void)e;
	do {
		if (state & AMLI_AUTO_ENDED)
			return -AML_EBUSY;
	} while (!atomic_compare_exchange_weak(&job->state, &state,
					       (state | AMLI_AUTO_ASKED) + AMLI_AUTO_HOLD));
	rc = aml_request_forward_cancel(req);
	auto_let_go(job);
	return rc;
}
