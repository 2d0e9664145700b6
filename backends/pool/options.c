/* SPDX-License-Identifier: BSD-3-Clause */
/* What a spec says of a pool, and the pool of itself. */
#include "pool.h"

/* Up to so many bytes a copy takes less time than waking a thread for it: 10 us and more
 * where the core has to be woken as well. */
#define POOL_SMALL ((size_t)32 << 10)

#define POOL_QUEUE 65536
#define POOL_QUEUE_MOST ((size_t)1 << 20)

/* In the order of enum aml_bind. */
static const char *const pool_binds[] = {"none", "core", "node", NULL};

const struct aml_engine_key amli_pool_keys[] = {
	{"threads", "how many, 0 to 1024; 0: the threads that wait do all; default: one less than "
		    "cores, at least 1"},
	{"bind", "core, node or none; default none, or node where there are several nodes or node= "
		 "is given"},
	{"small",
	 "bytes up to which a copy may be made by the thread that submits it, if all others "
	 "are idle; 0: never; default 32768"},
	{"node", "a NUMA node: its cores are counted and bound to; default any"},
	{"queue", "unfinished requests that it takes, 1 to 1048576; default 65536"},
	{"sets", "queues, 1 to 64; default one for each NUMA node"},
	{NULL, NULL},
};

static int pool_read_bind(const struct aml_spec *spec, struct amli_pool_options *to)
{
	size_t node = SIZE_MAX;
	int rc, i;

	rc = aml_spec_size(spec, "node", 0, 65535, &node);
	to->node = node == SIZE_MAX ? -1 : (int)node;
	to->bind_is_asked = node != SIZE_MAX || aml_spec_text(spec, "bind");
	i = node == SIZE_MAX ? AML_BIND_NONE : AML_BIND_NODE;
	if (rc == 0)
		rc = aml_spec_choice(spec, "bind", pool_binds, &i);
	to->bind = (enum aml_bind)i;
	return rc;
}

/* One less than cores, for the waiting caller helps.  Looking at the machine takes a
 * while, so it is not done for nothing. */
static int pool_count(const struct aml_spec *spec, const struct amli_pool_options *to,
		      size_t *threads)
{
	int cores;

	*threads = 1;
	if (to->node < 0 && aml_spec_text(spec, "threads"))
		return 0;
	cores = aml_thread_count_default(to->node);
	if (cores == -AML_EDOM)
		return aml_engine_refuse(AML_EINVAL, "pool: node=%d: there is no such NUMA node",
					 to->node);
	if (cores > 2)
		*threads = (size_t)cores - 1;
	return cores < 0 ? cores : 0;
}

int amli_pool_read(const struct aml_spec *spec, struct amli_pool_options *to)
{
	size_t threads, sets = 0;
	int rc = pool_read_bind(spec, to);

	to->small = POOL_SMALL;
	to->queue = POOL_QUEUE;
	if (rc == 0)
		rc = pool_count(spec, to, &threads);
	if (rc == 0)
		rc = aml_spec_size(spec, "threads", 0, POOL_THREADS_MOST, &threads);
	if (rc == 0)
		rc = aml_spec_size(spec, "small", 0, SIZE_MAX, &to->small);
	if (rc == 0)
		rc = aml_spec_size(spec, "queue", 1, POOL_QUEUE_MOST, &to->queue);
	if (rc == 0)
		rc = aml_spec_size(spec, "sets", 1, POOL_SETS_MOST, &sets);
	if (rc)
		return rc;
	to->nthreads = (unsigned)threads;
	to->sets = (unsigned)sets;
	return 0;
}

void amli_pool_print(const struct amli_pool *pool, FILE *stream, const char *prefix)
{
	const struct amli_pool_options *want = &pool->want;

	fprintf(stream, "%s: bind: %s\n", prefix, pool_binds[want->bind]);
	if (want->node >= 0)
		fprintf(stream, "%s: node: %d\n", prefix, want->node);
	fprintf(stream, "%s: small: %zu bytes\n", prefix, want->small);
	fprintf(stream, "%s: queue: %zu requests, in %u set%s\n", prefix, want->queue, pool->nsets,
		pool->nsets == 1 ? "" : "s");
	fprintf(stream, "%s: idle: %zu searching, %zu asleep\n", prefix,
		amli_pool_searching(&pool->idle), amli_pool_asleep(&pool->idle));
}
