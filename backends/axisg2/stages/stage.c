/* SPDX-License-Identifier: BSD-3-Clause */
/* The stages of a few lines each. */
#include "aml/axis/stage.h"

#include "backends/axisg2/stages/rate.h"
#include "backends/axisg2/stages/wait.h"
#include "backends/axisg2/stages/wire.h"

int aml_axis_stage_accept(struct aml_axis_stage *stage, struct aml_axis_frame *frame)
{
	return stage ? stage->accept(stage, frame) : 0;
}

void aml_axis_stage_feed(struct aml_axis_frame *frame, void *stage)
{
	aml_axis_stage_accept(stage, frame);
}

static int tee_accept(struct aml_axis_stage *stage, struct aml_axis_frame *frame)
{
	int rc = aml_axis_stage_accept(((struct aml_axis_tee *)stage)->other, frame);

	return rc ? rc : aml_axis_stage_accept(stage->next, frame);
}

void aml_axis_tee_init(struct aml_axis_tee *tee, struct aml_axis_stage *other)
{
	*tee = (struct aml_axis_tee){.stage.accept = tee_accept, .other = other};
}

static int filter_accept(struct aml_axis_stage *stage, struct aml_axis_frame *frame)
{
	struct aml_axis_filter *filter = (struct aml_axis_filter *)stage;

	if ((!filter->any_dest && frame->dest != filter->dest) ||
	    (filter->drop_errors && frame->error)) {
		amli_axis_count(&filter->dropped, 1);
		return 0;
	}
	amli_axis_count(&filter->passed, 1);
	return aml_axis_stage_accept(stage->next, frame);
}

void aml_axis_filter_init(struct aml_axis_filter *filter, uint32_t dest, bool drop_errors)
{
	*filter = (struct aml_axis_filter){
		.stage.accept = filter_accept, .dest = dest, .drop_errors = drop_errors};
}

bool amli_axis_rate_passes(struct aml_axis_rate *rate, uint64_t now_ns)
{
	if (rate->period_ns) {
		if (now_ns <= rate->next_ns)
			return false;
		rate->next_ns = now_ns + rate->period_ns;
		return true;
	}
	if (rate->left > 0) {
		rate->left--;
		return false;
	}
	rate->left = rate->skip;
	return true;
}

static int rate_accept(struct aml_axis_stage *stage, struct aml_axis_frame *frame)
{
	struct aml_axis_rate *rate = (struct aml_axis_rate *)stage;

	if (!amli_axis_rate_passes(rate, rate->period_ns ? amli_axis_now_ns() : 0)) {
		amli_axis_count(&rate->dropped, 1);
		return 0;
	}
	amli_axis_count(&rate->passed, 1);
	return aml_axis_stage_accept(stage->next, frame);
}

void aml_axis_rate_init_count(struct aml_axis_rate *rate, uint64_t skip)
{
	*rate = (struct aml_axis_rate){.stage.accept = rate_accept, .skip = skip};
}

void aml_axis_rate_init_period(struct aml_axis_rate *rate, uint64_t period_us)
{
	*rate = (struct aml_axis_rate){.stage.accept = rate_accept};
	if (__builtin_mul_overflow(period_us, 1000, &rate->period_ns))
		rate->period_ns = UINT64_MAX / 2;
	if (period_us)
		rate->next_ns = amli_axis_now_ns() + rate->period_ns;
}
