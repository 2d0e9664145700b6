/* SPDX-License-Identifier: BSD-3-Clause */
/* The fault engine: lets another engine do the work, but fails, delays or spoils requests on
 * command.  For testing what programs do then. */
#include <stdlib.h>

#include "fault.h"

static const struct aml_engine_key fault_keys[] = {
	{"engine", "the spec of the engine that works, in parentheses if it has commas; "
		   "default memcpy"},
	{"fail_at", "the number of the one request that is a victim, from 1; default none"},
	{"fail_every", "each request whose number this divides is one; default none"},
	{"rate", "percent of requests that are, chosen by seed and number; default 0"},
	{"seed", "for all that is chosen; default 1"},
	{"fail", "victims fail before anything moves; the default.  If several of these words are "
		 "given the seed chooses"},
	{"short", "victims fail after half of their data moved"},
	{"stuck", "half of their data moves, and then nothing until they are cancelled"},
	{"stall", "nothing moves until they are cancelled"},
	{"corrupt", "they succeed, with one byte wrong"},
	{"late", "they fail after all of their data moved"},
	{"refuse", "submit refuses them with -AML_EAGAIN"},
	{"delay_us", "microseconds that each request is held before it goes on; default 0"},
	{"jitter_us", "up to so many more, chosen by seed and number; default 0"},
	{"thread", "1: a thread of the engine's own lets held requests go; default 0: threads that "
		   "wait do"},
	{NULL, NULL},
};

static bool fault_chooses(const struct amli_fault *fault)
{
	return fault->choice.fail_at || fault->choice.fail_every || fault->choice.rate;
}

/* Whether some victims are of these kinds, given as bits. */
static bool fault_has(const struct amli_fault *fault, unsigned kinds)
{
	return fault_chooses(fault) && (fault->choice.kinds & kinds);
}

/* ---- open and close ---- */

static int fault_read(struct amli_fault *fault, const struct aml_spec *spec)
{
	const size_t most_us = 1000000000;
	int rc = amli_fault_choice_read(&fault->choice, spec);

	if (rc == 0)
		rc = aml_spec_size(spec, "delay_us", 0, most_us, &fault->delay_us);
	if (rc == 0)
		rc = aml_spec_size(spec, "jitter_us", 0, most_us, &fault->jitter_us);
	if (rc == 0)
		rc = aml_spec_size(spec, "thread", 0, 1, &fault->threads);
	return rc;
}

static int fault_open_parts(struct amli_fault *fault, const struct aml_spec *spec)
{
	const char *inner = aml_spec_text(spec, "engine");
	int rc = aml_dma_open(&fault->inner, inner ? inner : "memcpy");

	if (rc)
		return rc;
	aml_dma_caps(fault->inner, &fault->caps);
	rc = amli_fault_hold_init(&fault->hold, amli_fault_delays(fault) && !fault->threads);
	if (rc)
		goto fail_inner;
	rc = amli_fault_wake_init(fault);
	if (rc)
		goto fail_hold;
	rc = fault->threads ? amli_fault_thread_start(fault) : 0;
	if (rc)
		goto fail_wake;
	return 0;

fail_wake:
	amli_fault_wake_fini(fault);
fail_hold:
	amli_fault_hold_fini(&fault->hold);
fail_inner:
	aml_dma_close(&fault->inner);
	return rc;
}

/* What the inner engine can, less what delays and victims take away. */
static unsigned fault_flags(const struct amli_fault *fault)
{
	unsigned flags = fault->caps.flags;

	if (amli_fault_delays(fault) ||
	    fault_has(fault, 1u << AMLI_FAULT_STALL | 1u << AMLI_FAULT_STUCK))
		flags &= ~(unsigned)(AML_DMA_INLINE | AML_DMA_ORDERED);
	if (fault_chooses(fault) && !(flags & AML_DMA_INLINE))
		flags &= ~(unsigned)AML_DMA_ORDERED;
	if (fault->hold.timer >= 0)
		flags |= AML_DMA_PROGRESS;
	return flags;
}

static int fault_open(struct aml_engine *e, const struct aml_spec *spec)
{
	struct amli_fault *fault = calloc(1, sizeof(*fault));
	int rc;

	if (!fault)
		return aml_engine_refuse(AML_ENOMEM, "fault: no memory");
	rc = fault_read(fault, spec);
	if (rc == 0)
		rc = fault_open_parts(fault, spec);
	if (rc) {
		free(fault);
		return rc;
	}
	e->state = fault;
	e->caps.flags = fault_flags(fault);
	e->caps.box_rank = fault->caps.box_rank;
	e->caps.threads = fault->caps.threads + (unsigned)fault->threads;
	e->caps.capacity = fault->caps.capacity;
	e->fd = fault->wake;
	return 0;
}

static void fault_close(struct aml_engine *e)
{
	struct amli_fault *fault = e->state;

	if (fault->threads)
		amli_fault_thread_stop(fault);
	amli_fault_wake_fini(fault);
	aml_dma_close(&fault->inner);
	amli_fault_hold_fini(&fault->hold);
	free(fault);
}

/* ---- what it is ---- */

/* Data that the CPU is to spoil must be where it can. */
static bool fault_reaches(const struct aml_engine *e, const struct aml_area *area)
{
	const struct amli_fault *fault = e->state;

	if (fault_has(fault,
		      1u << AMLI_FAULT_SHORT | 1u << AMLI_FAULT_STUCK | 1u << AMLI_FAULT_CORRUPT))
		return false;
	return aml_engine_reaches(fault->inner, area);
}

static int fault_fprintf(const struct aml_engine *e, FILE *stream, const char *prefix)
{
	const struct amli_fault *fault = e->state;
	const struct amli_fault_choice *choice = &fault->choice;

	fprintf(stream, "%s: inner: %s\n", prefix, fault->caps.spec);
	fprintf(stream, "%s: victims: at %zu, every %zu, %zu %% of seed %zu\n", prefix,
		choice->fail_at, choice->fail_every, choice->rate, choice->seed);
	fprintf(stream, "%s: delay: %zu us, and up to %zu more\n", prefix, fault->delay_us,
		fault->jitter_us);
	fprintf(stream, "%s: submitted: %zu\n", prefix, atomic_load(&fault->submitted));
	fprintf(stream, "%s: delayed: %zu\n", prefix, atomic_load(&fault->held));
	for (int i = 0; i < AMLI_FAULT_KINDS; i++)
		if (choice->kinds >> i & 1)
			fprintf(stream, "%s: %s: %zu\n", prefix, amli_fault_names[i],
				atomic_load(&fault->done[i]));
	return 0;
}

static const struct aml_engine_ops fault_ops = {
	.size = sizeof(fault_ops),
	.open = fault_open,
	.close = fault_close,
	.submit = amli_fault_submit,
	.progress = amli_fault_progress,
	.cancel = amli_fault_cancel,
	.reaches = fault_reaches,
	.fprintf = fault_fprintf,
};

AML_BACKEND(fault) = {
	.abi = AML_ENGINE_ABI,
	.name = "fault",
	.summary = "lets another engine work, and fails, delays or spoils requests on command",
	.flags = AML_DMA_HOST,
	.only_by_name = true,
	.keys = fault_keys,
	.engine = &fault_ops,
};
