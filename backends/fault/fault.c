/* SPDX-License-Identifier: BSD-3-Clause */
/* The fault engine: lets another engine do the work, but fails or delays requests on
 * command.  For testing what programs do then. */
#include <stdatomic.h>
#include <stdlib.h>

#include "fault.h"

struct fault {
	struct aml_dma *inner;
	struct aml_dma_caps caps; /* of inner */
	atomic_size_t submitted;
	size_t fail_at, fail_every; /* 0 = never */
	size_t rate, seed;	    /* percent of requests that fail */
	size_t delay_us;	    /* 0 = hold is not in use */
	struct amli_fault_hold hold;
};

static const struct aml_engine_key fault_keys[] = {
	{"engine", "the spec of the engine that works, in parentheses if it has commas; "
		   "default memcpy"},
	{"fail_at", "the number of the one request that fails, from 1; default none"},
	{"fail_every", "each request whose number this divides fails; default none"},
	{"rate", "percent of requests that fail, chosen by seed and number; default 0"},
	{"seed", "for rate; default 1"},
	{"delay_us", "microseconds that each request is held before it goes on; default 0"},
	{NULL, NULL},
};

static int fault_read(struct fault *fault, const struct aml_spec *spec)
{
	const struct {
		const char *key;
		size_t max, *value;
	} numbers[] = {
		{"fail_at", SIZE_MAX, &fault->fail_at},
		{"fail_every", SIZE_MAX, &fault->fail_every},
		{"rate", 100, &fault->rate},
		{"seed", SIZE_MAX, &fault->seed},
		{"delay_us", 1000000000, &fault->delay_us},
	};

	fault->seed = 1;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		int rc = aml_spec_size(spec, numbers[i].key, 0, numbers[i].max, numbers[i].value);

		if (rc)
			return rc;
	}
	return 0;
}

static int fault_open_inner(struct fault *fault, const struct aml_spec *spec)
{
	const char *inner = aml_spec_text(spec, "engine");
	int rc = aml_dma_open(&fault->inner, inner ? inner : "memcpy");

	if (rc)
		return rc;
	aml_dma_caps(fault->inner, &fault->caps);
	if (fault->delay_us)
		rc = amli_fault_hold_init(&fault->hold, (uint64_t)fault->delay_us * 1000);
	if (rc)
		aml_dma_close(&fault->inner);
	return rc;
}

static int fault_open(struct aml_engine *e, const struct aml_spec *spec)
{
	struct fault *fault = calloc(1, sizeof(*fault));
	int rc;

	if (!fault)
		return aml_engine_refuse(AML_ENOMEM, "fault: no memory");
	rc = fault_read(fault, spec);
	if (rc == 0)
		rc = fault_open_inner(fault, spec);
	if (rc) {
		free(fault);
		return rc;
	}
	e->state = fault;
	e->caps.flags = fault->caps.flags;
	e->caps.box_rank = fault->caps.box_rank;
	e->caps.threads = fault->caps.threads;
	if (fault->delay_us) {
		e->caps.flags &= ~(unsigned)AML_DMA_INLINE;
		e->caps.flags |= AML_DMA_PROGRESS;
		e->fd = fault->hold.timer;
	}
	return 0;
}

static void fault_close(struct aml_engine *e)
{
	struct fault *fault = e->state;

	aml_dma_close(&fault->inner);
	if (fault->delay_us)
		amli_fault_hold_fini(&fault->hold);
	free(fault);
}

/* A number below 100 that looks random but follows from seed and n. */
static size_t fault_draw(size_t seed, size_t n)
{
	uint64_t x = seed * UINT64_C(0x9e3779b97f4a7c15) + n;

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return (x ^ x >> 31) % 100;
}

static bool fault_fails(const struct fault *fault, size_t n)
{
	return n == fault->fail_at || (fault->fail_every && n % fault->fail_every == 0) ||
	       fault_draw(fault->seed, n) < fault->rate;
}

static void fault_done(struct aml_dma_request *req, int status)
{
	aml_request_complete(req, status);
}

static int fault_submit(struct aml_engine *e, struct aml_dma_request *req)
{
	struct fault *fault = e->state;
	struct amli_fault_job *job = aml_request_private(req);
	size_t n = atomic_fetch_add(&fault->submitted, 1) + 1;

	job->req = req;
	job->held = false;
	job->fails = fault_fails(fault, n);
	if (fault->delay_us) {
		amli_fault_hold(&fault->hold, job);
		return 0;
	}
	if (!job->fails)
		return aml_request_forward(req, fault->inner, fault_done);
	aml_request_complete(req, -AML_EIO);
	return 0;
}

/* One that was held long enough. */
static void fault_release(struct fault *fault, struct amli_fault_job *job)
{
	struct aml_dma_request *req = job->req;
	int rc = -AML_EIO;

	if (!job->fails)
		rc = aml_request_forward(req, fault->inner, fault_done);
	if (rc)
		aml_request_complete(req, rc);
}

static int fault_progress(struct aml_engine *e, struct aml_dma_request *req)
{
	struct fault *fault = e->state;
	struct amli_fault_job *job;
	int moved = 0;

	(void)req;
	while (fault->delay_us && (job = amli_fault_due(&fault->hold))) {
		fault_release(fault, job);
		moved = 1;
	}
	return aml_engine_progress(fault->inner) || moved;
}

static int fault_cancel(struct aml_engine *e, struct aml_dma_request *req)
{
	struct fault *fault = e->state;

	if (!fault->delay_us || !amli_fault_recall(&fault->hold, aml_request_private(req)))
		return aml_request_forward_cancel(req);
	aml_request_complete(req, -AML_ECANCELED);
	return 0;
}

static bool fault_reaches(const struct aml_engine *e, const struct aml_area *area)
{
	const struct fault *fault = e->state;

	return aml_engine_reaches(fault->inner, area);
}

static int fault_fprintf(const struct aml_engine *e, FILE *stream, const char *prefix)
{
	const struct fault *fault = e->state;

	fprintf(stream, "%s: inner: %s\n", prefix, fault->caps.spec);
	fprintf(stream, "%s: fails: at %zu, every %zu, %zu %% of seed %zu\n", prefix,
		fault->fail_at, fault->fail_every, fault->rate, fault->seed);
	fprintf(stream, "%s: delay: %zu us\n", prefix, fault->delay_us);
	fprintf(stream, "%s: submitted: %zu\n", prefix, atomic_load(&fault->submitted));
	return 0;
}

static const struct aml_engine_ops fault_ops = {
	.size = sizeof(fault_ops),
	.open = fault_open,
	.close = fault_close,
	.submit = fault_submit,
	.progress = fault_progress,
	.cancel = fault_cancel,
	.reaches = fault_reaches,
	.fprintf = fault_fprintf,
};

AML_BACKEND(fault) = {
	.abi = AML_ENGINE_ABI,
	.name = "fault",
	.summary = "lets another engine work, and fails or delays requests on command",
	.flags = AML_DMA_HOST,
	.only_by_name = true,
	.keys = fault_keys,
	.engine = &fault_ops,
};
