/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From ticks to nanoseconds: a chain of straight pieces.
 *
 * The rate is measured, never taken from CPUID or firmware: what they tell is nominal, and
 * CLOCK_MONOTONIC is steered by NTP besides.  A piece is drawn ahead of now with the rate
 * seen last, no longer than that was measured over, so that the error stays that of one
 * reading.  It is not changed any more, since it may have been used: the next one begins
 * where it ends and leads to the real time.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "base/clock.h"

#define KNOTS 256u
#define MEASURE_NS 20000u   /* the least to tell a rate from */
#define AHEAD_NS 100000000u /* the most to draw ahead */

/* One moment on both clocks. */
struct moment {
	uint64_t ticks, ns;
};

/* A piece of the chain; it ends where the next begins. */
struct knot {
	struct moment at;
	double rate; /* nanoseconds per tick */
};

struct chain {
	struct moment seen; /* the latest reading of both clocks */
	uint64_t end;	    /* in ticks: where the last piece should end */
	double rate;	    /* as measured last, nanoseconds per tick */
	size_t n;	    /* 0 until a rate is known */
	struct knot knot[KNOTS];
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the chain */
static struct chain chain;

#if defined(__x86_64__)
bool amli_clock_is_tsc;

/* The kernel watches the counter, and leaves it for one of these if it cannot be trusted. */
static bool kernel_avoids_tsc(void)
{
	static const char path[] =
		"/sys/devices/system/clocksource/clocksource0/current_clocksource";
	FILE *file = fopen(path, "re");
	char name[32] = "";
	bool avoids;

	if (!file)
		return false;
	avoids = fgets(name, sizeof(name), file) &&
		 (!strncmp(name, "hpet", 4) || !strncmp(name, "acpi_pm", 7) ||
		  !strncmp(name, "jiffies", 7) || !strncmp(name, "refined-jiffies", 15));
	fclose(file);
	return avoids;
}

/* One rate on all cores, in all power states. */
static bool tsc_is_invariant(void)
{
	unsigned a, b, c, d;

	return __get_cpuid(0x80000007, &a, &b, &c, &d) && (d & 1u << 8);
}
#endif

/* Whether stamps are nanoseconds already. */
static bool ticks_are_ns(void)
{
#if defined(__x86_64__)
	return !amli_clock_is_tsc;
#elif defined(__aarch64__)
	return false;
#else
	return true;
#endif
}

/* The tightest of a few readings: one that was interrupted is far off. */
static struct moment read_both(void)
{
	struct moment best = {0, 0};
	uint64_t width = UINT64_MAX;

	for (int i = 0; i < 4; i++) {
		uint64_t before = amli_ticks();
		uint64_t ns = amli_now_ns();
		uint64_t after = amli_ticks();

		if (after - before < width) {
			width = after - before;
			best = (struct moment){before + width / 2, ns};
		}
	}
	return best;
}

static double rate_between(struct moment from, struct moment to)
{
	if (to.ns <= from.ns || to.ticks <= from.ticks)
		return 0; /* time stands still rather than run back */
	return (double)(to.ns - from.ns) / (double)(to.ticks - from.ticks);
}

static uint64_t value_at(const struct knot *knot, uint64_t ticks)
{
	double ns = (double)(int64_t)(ticks - knot->at.ticks) * knot->rate;

	if (ns >= 0)
		return knot->at.ns + (uint64_t)ns;
	return (double)knot->at.ns + ns > 0 ? knot->at.ns - (uint64_t)-ns : 0;
}

/* The piece that the moment is on; the first one reaches back without end. */
static const struct knot *find(const struct chain *c, uint64_t ticks)
{
	size_t i = c->n - 1;

	while (i > 0 && c->knot[i].at.ticks > ticks)
		i--;
	return &c->knot[i];
}

/* When there is no room the two oldest pieces become one. */
static void add(struct chain *c, struct moment at, double rate)
{
	if (c->n == KNOTS) {
		memmove(&c->knot[1], &c->knot[2], (KNOTS - 2) * sizeof(c->knot[0]));
		c->knot[0].rate = rate_between(c->knot[0].at, c->knot[1].at);
		c->n--;
	}
	c->knot[c->n++] = (struct knot){at, rate};
}

/* Both clocks were read after the end of the chain: draw it past that moment, as far as
 * the time that the rate was measured over. */
static void extend(struct chain *c, struct moment now)
{
	uint64_t ahead = now.ticks - c->seen.ticks;
	struct moment from = c->seen, aim;

	c->rate = rate_between(c->seen, now);
	if (c->rate * (double)ahead > AHEAD_NS)
		ahead = (uint64_t)(AHEAD_NS / c->rate);
	if (c->n)
		from = (struct moment){c->end, value_at(find(c, c->end), c->end)};
	add(c, from, rate_between(from, now));
	from.ticks = now.ticks;
	if (now.ns > from.ns)
		from.ns = now.ns;
	c->seen = now;
	c->end = now.ticks + ahead;
	aim = (struct moment){c->end, now.ns + (uint64_t)(c->rate * (double)ahead)};
	add(c, from, rate_between(from, aim));
}

/* With the lock: a chain that reaches to this moment. */
static const struct chain *chain_until(uint64_t ticks)
{
	struct moment now;

	if (chain.n && ticks <= chain.end)
		return &chain;
	do
		now = read_both();
	while (chain.n == 0 && now.ns - chain.seen.ns < MEASURE_NS);
	if (chain.n == 0 || now.ticks > chain.end)
		extend(&chain, now);
	return &chain;
}

uint64_t amli_ticks_to_ns(uint64_t ticks)
{
	const struct chain *c;
	uint64_t ns;

	if (ticks_are_ns())
		return ticks;
	pthread_mutex_lock(&lock);
	c = chain_until(ticks);
	ns = value_at(find(c, ticks), ticks);
	pthread_mutex_unlock(&lock);
	return ns;
}

uint64_t amli_ticks_span_ns(uint64_t span)
{
	double ns;

	if (ticks_are_ns())
		return span;
	pthread_mutex_lock(&lock);
	ns = (double)span * chain_until(amli_ticks())->rate;
	pthread_mutex_unlock(&lock);
	return ns < 0x1p64 ? (uint64_t)ns : UINT64_MAX;
}

static void take_lock(void)
{
	pthread_mutex_lock(&lock);
}

static void drop_lock(void)
{
	pthread_mutex_unlock(&lock);
}

static void init(void)
{
#if defined(__x86_64__)
	amli_clock_is_tsc = tsc_is_invariant() && !kernel_avoids_tsc();
#endif
	chain.seen = read_both();
	pthread_atfork(take_lock, drop_lock, drop_lock); /* so that the child finds it free */
}

void amli_clock_init(void)
{
	pthread_once(&once, init);
}
