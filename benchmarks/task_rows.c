/* SPDX-License-Identifier: BSD-3-Clause */
#include "task_rows.h"

#include <string.h>
#include <time.h>

#include "measure.h"
#include "pattern.h"
#include "tasks.h"

/* The idle threads of one runtime spin for a while: nobody shall be timed beside them. */
#define SETTLE_NS 2e7

static const struct task_way {
	const char *peer, *name, *how;
	int (*run)(void *tasks);
} ways[] = {
#ifdef HAVE_PEER_OPENMP
	{"openmp", "tasks", "task per copy", tasks_openmp},
	{"openmp", "taskloop", "taskloop", tasks_openmp_loop},
#endif
#ifdef HAVE_PEER_TBB
	{"tbb", "tasks", "task per copy", tasks_tbb},
#endif
	{NULL, NULL, NULL, NULL},
};

const char *task_peer(size_t i, const char **summary)
{
	static const char *const known[] = {"openmp", "tbb"};
	static const char *const say[] = {"tasks of the compiler's OpenMP, in latency",
					  "a task group of oneTBB, in latency"};

	if (i >= sizeof(known) / sizeof(known[0]))
		return NULL;
	*summary = NULL;
	for (const struct task_way *way = ways; way->run; way++)
		if (!strcmp(way->peer, known[i]))
			*summary = say[i];
	return known[i];
}

static void let_them_sleep(void)
{
	const struct timespec pause = {0, (long)SETTLE_NS};

	nanosleep(&pause, NULL);
}

static int row(struct burst *b, const struct task_way *way, const struct burst_run *run)
{
	const struct measure_options o = {.reps = run->options->reps, .batch = true};
	struct tasks tasks = {b->n, b->bytes, b->pitch, b->dst, b->src};
	struct contender c = {.run = way->run, .arg = &tasks};

	memset(b->dst, PATTERN_GUARD, b->pitch * b->n);
	way->run(&tasks);
	if (run->options->spoil)
		b->dst[0] ^= 1;
	if (burst_find_wrong(b, b->bytes) < b->n) {
		burst_put_peer(b, run, way->name, way->peer, "a copy is wrong", NULL);
		return 0;
	}
	if (measure(&c, 1, &o))
		return -1;
	burst_put_peer(b, run, way->name, way->peer, way->how, &c.ns);
	let_them_sleep();
	return 0;
}

int task_rows(struct burst *b, const struct burst_run *run)
{
	int rc = 0;

	for (const struct task_way *way = ways; way->run && !rc; way++)
		rc = row(b, way, run);
	return rc;
}
