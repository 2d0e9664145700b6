/* SPDX-License-Identifier: BSD-3-Clause */
#include "axis_run.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "aml/error.h"
#include "axis_options.h"

#define SLICE 0.1

static volatile sig_atomic_t interrupted;
static pthread_mutex_t speaking = PTHREAD_MUTEX_INITIALIZER; /* listeners complain, too */
static bool progress_shown;

bool progress_is_seen(void)
{
	return isatty(STDERR_FILENO);
}

static void progress_clear(void)
{
	if (progress_shown)
		fputs("\r\033[K", stderr);
	progress_shown = false;
}

void progress(const char *fmt, ...)
{
	va_list args;

	if (!progress_is_seen())
		return;
	pthread_mutex_lock(&speaking);
	progress_clear();
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	progress_shown = true;
	fflush(stderr);
	pthread_mutex_unlock(&speaking);
}

void complain(const char *fmt, ...)
{
	va_list args;

	pthread_mutex_lock(&speaking);
	progress_clear();
	fputs("aml-axis: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	pthread_mutex_unlock(&speaking);
}

void complain_of(const char *what, int rc)
{
	const char *detail = aml_error_detail();

	complain("%s: %s", what, *detail ? detail : aml_strerror(-rc));
}

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

	/* A second one ends the program at once, should the first be of no use. */
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

bool is_interrupted(void)
{
	return interrupted;
}

double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

struct timespec to_timespec(double time)
{
	return (struct timespec){
		.tv_sec = (time_t)time,
		.tv_nsec = (long)((time - (double)(time_t)time) * 1e9),
	};
}

void sleep_until(double time)
{
	/* In short pieces: a signal may come after the look at it, or to another thread. */
	for (double at = now(); !interrupted && at < time; at = now()) {
		struct timespec ts = to_timespec(time - at < SLICE ? time : at + SLICE);

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
	}
}

int64_t to_us(double seconds)
{
	return (int64_t)(seconds * 1e6);
}

struct until until_begin(const struct options *options)
{
	struct until until = {.start = now()};

	if (options->seconds > 0)
		until.end = until.start + options->seconds;
	return until;
}

bool until_is_over(const struct until *until)
{
	return interrupted || (until->end > 0 && now() >= until->end);
}

struct aml_axis *open_device(const struct options *options, const uint32_t *dests, size_t n)
{
	struct aml_axis_options how = {
		.size = sizeof(how), .ssi = options->ssi, .copies = options->copies};
	struct aml_axis *axis;
	int rc = aml_axis_open(&axis, options->path, &how);

	if (!rc && n > 0)
		rc = aml_axis_claim(axis, dests, n);
	if (rc) {
		complain_of("open", rc);
		aml_axis_close(&axis);
	}
	return axis;
}

/* ---- the last line ---- */

static bool as_json;

void result_begin(const struct options *options, const char *command)
{
	pthread_mutex_lock(&speaking);
	progress_clear();
	pthread_mutex_unlock(&speaking);
	as_json = options->json;
	printf(as_json ? "{\"command\": \"%s\"" : "%s:", command);
}

void result_number(const char *key, uint64_t value)
{
	printf(as_json ? ", \"%s\": %llu" : " %s=%llu", key, (unsigned long long)value);
}

void result_real(const char *key, double value)
{
	printf(as_json ? ", \"%s\": %.3f" : " %s=%.3f", key, isfinite(value) ? value : 0.0);
}

void result_text(const char *key, const char *value)
{
	printf(as_json ? ", \"%s\": \"%s\"" : " %s=%s", key, value);
}

void result_end(void)
{
	puts(as_json ? "}" : "");
	fflush(stdout);
}
