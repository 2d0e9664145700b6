/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Several threads do random things with several engines for AML_TEST_SECONDS.
 *
 * Threads meet from time to time; then one of them may close an engine, with whatever is in
 * flight on it, and open it again.  In the end everything is ended and counted.
 * AML_TEST_SEED repeats what the threads draw, though not how they meet.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/engine/stress.h"
#include "tests/lib/engines.h"
#include "tests/lib/gate.h"

#define STUCK_S 30

static const char usual[] =
	"memcpy pool:threads=2 pool:threads=1,small=0 pool:threads=0 "
	"fault:engine=(pool:threads=2),delay_us=50 "
	"fault:engine=memcpy,rate=10 fault:engine=(pool:threads=1,small=0),rate=5 "
	"auto:host=(pool:threads=1,small=0)";

struct engine engines[ENGINES_MOST];
unsigned nengines;
unsigned seed;

static struct thread threads[THREADS_MOST];
static unsigned nthreads;
static pthread_barrier_t meeting;
static atomic_bool enough;
static bool over; /* as decided at the meeting */
static struct engine *closed;

/* ---- what went wrong ---- */

static void print_state(void)
{
	for (unsigned i = 0; i < nthreads; i++) {
		const char *op = atomic_load(&threads[i].op);
		const char *engine = atomic_load(&threads[i].op_engine);

		fprintf(stderr, "thread %u, operation %lu: %s, %s\n", i,
			atomic_load(&threads[i].ops), op ? op : "none", engine ? engine : "");
	}
	for (unsigned i = 0; i < nengines; i++)
		if (engines[i].dma)
			aml_dma_fprintf(stderr, engines[i].spec, engines[i].dma);
	fprintf(stderr, "AML_TEST_SEED=%u\n", seed);
}

void fail_at(const char *what, const char *fmt, ...)
{
	static pthread_mutex_t once = PTHREAD_MUTEX_INITIALIZER;
	va_list args;

	pthread_mutex_lock(&once);
	va_start(args, fmt);
	fprintf(stderr, "stress: expected %s: ", what);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
	print_state();
	abort();
}

/* ---- drawing ---- */

uint64_t draw(uint64_t *state)
{
	uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

size_t below(struct thread *t, size_t n)
{
	return draw(&t->random) % n;
}

bool one_in(struct thread *t, size_t n)
{
	return below(t, n) == 0;
}

struct engine *any_engine(struct thread *t)
{
	return &engines[below(t, nengines)];
}

void does(struct thread *t, const char *op, const struct engine *engine)
{
	atomic_store_explicit(&t->op_engine, engine ? engine->spec : NULL, memory_order_relaxed);
	atomic_store_explicit(&t->op, op, memory_order_relaxed);
	atomic_fetch_add_explicit(&t->ops, 1, memory_order_relaxed);
}

/* ---- engines ---- */

static void open_engine(struct engine *engine)
{
	atomic_store(&engine->started, 0);
	if (aml_dma_open(&engine->dma, engine->spec))
		fail_at("open", "%s: %s", engine->spec, aml_error_detail());
}

/* Nothing is in flight once barriers find nothing: callbacks may have submitted more. */
static void check_stats(struct engine *engine)
{
	struct aml_dma_stats stats = {.size = sizeof(stats)};
	unsigned long started;

	do {
		started = atomic_load(&engine->started);
		aml_dma_barrier(engine->dma);
	} while (started != atomic_load(&engine->started));
	EXPECT(aml_dma_stats(engine->dma, &stats) == 0, "%s", engine->spec);
	EXPECT(stats.in_flight == 0, "%s: %lu in flight", engine->spec,
	       (unsigned long)stats.in_flight);
	EXPECT(stats.submitted == started, "%s: %lu of %lu", engine->spec,
	       (unsigned long)stats.submitted, started);
	EXPECT(stats.submitted ==
		       stats.completed + stats.failed + stats.cancelled + stats.timed_out,
	       "%s", engine->spec);
}

/* Everything on it may be cancelled: the other engines' requests after those, too. */
static void cancel_is_fine(void)
{
	for (unsigned i = 0; i < nthreads; i++) {
		for (unsigned k = 0; k < ITEMS; k++)
			if (threads[i].item[k])
				atomic_store(&threads[i].item[k]->cancelled, true);
		for (unsigned k = 0; k < DETACHED; k++)
			if (threads[i].detached[k])
				atomic_store(&threads[i].detached[k]->cancelled, true);
	}
}

static void close_engine(struct thread *t, struct engine *engine)
{
	static const int64_t limits[] = {0, 100, AML_DMA_FOREVER};
	size_t how = below(t, 4);

	does(t, how == 3 ? "barrier before close" : "close", engine);
	cancel_is_fine();
	if (how == 3)
		check_stats(engine);
	EXPECT(aml_dma_close_for(&engine->dma, limits[how % 3]) == 0 && !engine->dma, "%s",
	       engine->spec);
}

/* ---- threads ---- */

/* One thread decides, while the others stand still. */
static void decide(struct thread *t)
{
	over = atomic_load(&enough);
	closed = over || one_in(t, 2) ? NULL : any_engine(t);
	if (closed)
		close_engine(t, closed);
}

static void meet(struct thread *t)
{
	does(t, "meeting", NULL);
	if (pthread_barrier_wait(&meeting) == PTHREAD_BARRIER_SERIAL_THREAD)
		decide(t);
	pthread_barrier_wait(&meeting);
	if (!closed)
		return;
	forget_engine(t, closed);
	detached_over(t, closed);
	if (pthread_barrier_wait(&meeting) == PTHREAD_BARRIER_SERIAL_THREAD)
		open_engine(closed);
	pthread_barrier_wait(&meeting);
}

static void do_one(struct thread *t)
{
	unsigned all = 0, drawn;

	for (size_t i = 0; i < nops; i++)
		all += ops[i].weight;
	drawn = (unsigned)below(t, all);
	for (size_t i = 0; i < nops; i++) {
		if (drawn < ops[i].weight) {
			ops[i].run(t);
			return;
		}
		drawn -= ops[i].weight;
	}
}

static void end(struct thread *t)
{
	end_all(t);
	for (unsigned i = 0; i < nengines; i++) {
		does(t, "last barrier", &engines[i]);
		aml_dma_barrier(engines[i].dma);
	}
	detached_sweep(t);
	quarantine_flush(t);
}

static void *work(void *arg)
{
	struct thread *t = arg;

	while (!over) {
		for (size_t n = 50 + below(t, 400); n > 0; n--)
			do_one(t);
		detached_sweep(t);
		meet(t);
	}
	end(t);
	return NULL;
}

/* Aborts the test when no thread gets anywhere. */
static void watch(unsigned seconds)
{
	unsigned long before = 0, now;
	unsigned still = 0, tenths = 0;

	for (unsigned left = nthreads; left > 0;) {
		sleep_us(100000);
		if (++tenths == seconds * 10)
			atomic_store(&enough, true);
		now = 0;
		for (unsigned i = 0; i < nthreads; i++)
			now += atomic_load(&threads[i].ops);
		still = now == before ? still + 1 : 0;
		before = now;
		if (still > STUCK_S * 10)
			fail_at("progress", "nothing happened for %d s", STUCK_S);
		while (left > 0 && pthread_tryjoin_np(threads[left - 1].id, NULL) == 0)
			left--;
	}
}

static unsigned long all_ops(void)
{
	unsigned long n = 0;

	for (unsigned i = 0; i < nthreads; i++)
		n += atomic_load(&threads[i].ops);
	return n;
}

int main(void)
{
	unsigned seconds = test_number("AML_TEST_SECONDS", 3);
	int n = engines_choose(usual);

	seed = test_seed();
	nthreads = test_number("AML_TEST_THREADS", 4);
	if (n == 0 || nthreads == 0 || nthreads > THREADS_MOST) {
		puts("skipped: no engine works here, or AML_TEST_THREADS is not 1 to 16");
		return 77;
	}
	for (int i = 0; i < n && i < ENGINES_MOST; i++, nengines++) {
		engines[i].spec = engines_spec(i);
		engines[i].fails = strstr(engines[i].spec, "rate=") != NULL;
		open_engine(&engines[i]);
	}
	pthread_barrier_init(&meeting, NULL, nthreads);
	for (unsigned i = 0; i < nthreads; i++) {
		threads[i].number = i;
		threads[i].random = seed * UINT64_C(1000) + i;
		EXPECT(pthread_create(&threads[i].id, NULL, work, &threads[i]) == 0, "thread");
	}
	watch(seconds);
	for (unsigned i = 0; i < nengines; i++) {
		check_stats(&engines[i]);
		EXPECT(aml_dma_close(&engines[i].dma) == 0, "%s", engines[i].spec);
	}
	pthread_barrier_destroy(&meeting);
	printf("seed %u, %u threads, %u engines: %lu operations\n", seed, nthreads, nengines,
	       all_ops());
	return EXIT_SUCCESS;
}
