/* SPDX-License-Identifier: BSD-3-Clause */
/* Which set a thread belongs to: that of its NUMA node. */
#include <limits.h>
#include <sched.h>

#include "pool.h"

/* Several sets are of use to several workers that may be on several nodes. */
void amli_pool_place(struct amli_pool *pool)
{
	struct amli_pool_options *want = &pool->want;
	unsigned n = 0;
	int node;

	pool->nsets = want->sets ? want->sets : 1;
	if (want->sets || want->nthreads < 2 || want->node >= 0)
		return;
	while (n < POOL_SETS_MOST && (node = aml_thread_node(n)) >= 0)
		pool->node[n++] = node;
	if (n < 2)
		return;
	pool->nnodes = n;
	pool->nsets = n < want->nthreads ? n : want->nthreads;
	if (!want->bind_is_asked)
		want->bind = AML_BIND_NODE;
}

/* The system's answer takes a while in some machines, the processor alone does not. */
static unsigned pool_node_here(unsigned cpu)
{
	static _Thread_local unsigned cpu_then = UINT_MAX, node_then;

	if (cpu != cpu_then && getcpu(&cpu_then, &node_then))
		return 0;
	return node_then;
}

unsigned amli_pool_set_here(const struct amli_pool *pool)
{
	unsigned i, cpu;
	int node;

	cpu = (unsigned)sched_getcpu();
	if (pool->nnodes == 0)
		return cpu % pool->nsets;
	node = (int)pool_node_here(cpu);
	for (i = 0; i < pool->nnodes - 1; i++)
		if (pool->node[i] == node)
			break;
	return i % pool->nsets;
}

/* A worker that is bound to nodes is on node i, counted round. */
unsigned amli_pool_home(const struct amli_pool *pool, unsigned i)
{
	bool knows_node = pool->nnodes && pool->want.bind == AML_BIND_CORE;

	return knows_node ? amli_pool_set_here(pool) : i % pool->nsets;
}
