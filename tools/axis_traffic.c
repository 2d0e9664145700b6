/* SPDX-License-Identifier: BSD-3-Clause */
#include "axis_traffic.h"

#include "axis_options.h"
#include "axis_run.h"

void traffic_add(struct traffic *traffic, uint64_t frames, uint64_t bytes, uint64_t errors)
{
	__atomic_fetch_add(&traffic->frames, frames, __ATOMIC_RELAXED);
	__atomic_fetch_add(&traffic->bytes, bytes, __ATOMIC_RELAXED);
	__atomic_fetch_add(&traffic->errors, errors, __ATOMIC_RELAXED);
}

struct traffic traffic_now(const struct traffic *traffic)
{
	return (struct traffic){
		.frames = __atomic_load_n(&traffic->frames, __ATOMIC_RELAXED),
		.bytes = __atomic_load_n(&traffic->bytes, __ATOMIC_RELAXED),
		.errors = __atomic_load_n(&traffic->errors, __ATOMIC_RELAXED),
	};
}

void pace_begin(struct pace *pace, const struct options *options, const char *what)
{
	*pace = (struct pace){.what = what, .period = 1, .start = now()};
	if (options->period > 0 && options->period > pace->period)
		pace->period = options->period;
	pace->next = pace->start + pace->period;
}

void pace_show(struct pace *pace, const struct traffic *total)
{
	double time = now(), seconds;

	if (!progress_is_seen() || time < pace->next)
		return;
	seconds = time - pace->next + pace->period;
	progress("%s: %.0f s, %.0f frames/s, %.1f MB/s, %llu frames, %llu errors", pace->what,
		 time - pace->start, (double)(total->frames - pace->last.frames) / seconds,
		 (double)(total->bytes - pace->last.bytes) / seconds / 1e6,
		 (unsigned long long)total->frames, (unsigned long long)total->errors);
	pace->last = *total;
	pace->next = time + pace->period;
}

void pace_result(const struct pace *pace, const struct options *options,
		 const struct traffic *total)
{
	double seconds = now() - pace->start;

	result_begin(options, pace->what);
	result_number("frames", total->frames);
	result_number("bytes", total->bytes);
	result_number("errors", total->errors);
	result_real("seconds", seconds);
	result_real("frames_per_second", (double)total->frames / seconds);
	result_real("mbytes_per_second", (double)total->bytes / seconds / 1e6);
}

static int64_t known(int64_t count)
{
	return count > 0 ? count : 0;
}

int64_t buffers_away(struct aml_axis *axis)
{
	struct aml_axis_counters counters = {.size = sizeof(counters)};

	if (aml_axis_counters(axis, &counters))
		return 0;
	return known(counters.tx.user) + known(counters.tx.missing) + known(counters.rx.user) +
	       known(counters.rx.missing);
}

uint64_t buffers_leaked(struct aml_axis *axis, int64_t before)
{
	int64_t away = 0;

	for (int i = 0; i < 10; i++) {
		away = buffers_away(axis) - before;
		if (away <= 0)
			return 0;
		sleep_until(now() + 0.05);
	}
	return (uint64_t)away;
}
