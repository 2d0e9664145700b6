/* SPDX-License-Identifier: BSD-3-Clause */
/* Threads of engines on cores and NUMA nodes.  Only processors the process may use
 * count: those of its cgroup, and of the binding it was started with. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "aml/engine.h"
#include "area/system.h"
#include "area/topology.h"
#include "base/error.h"

/* The processors of the process; @set is written. */
static void allowed_processors(hwloc_topology_t topology, hwloc_cpuset_t set)
{
	hwloc_const_cpuset_t all = hwloc_topology_get_allowed_cpuset(topology);

	/* The process's answer fails while threads come and go; a new thread's own is that of
	 * its parent. */
	if (amli_system->get_cpubind(topology, set, HWLOC_CPUBIND_PROCESS) &&
	    amli_system->get_cpubind(topology, set, HWLOC_CPUBIND_THREAD))
		hwloc_bitmap_copy(set, all);
	hwloc_bitmap_and(set, set, all);
	if (hwloc_bitmap_iszero(set)) /* a topology of another machine */
		hwloc_bitmap_copy(set, all);
}

/* The i-th object of a type that has some of these processors; i counts round.  NULL
 * if there is none. */
static hwloc_obj_t nth(hwloc_topology_t topology, hwloc_const_cpuset_t set, hwloc_obj_type_t type,
		       unsigned i, unsigned *count)
{
	hwloc_obj_t obj = NULL;
	unsigned n = 0;

	while ((obj = hwloc_get_next_obj_by_type(topology, type, obj)))
		n += (unsigned)hwloc_bitmap_intersects(obj->cpuset, set);
	*count = n;
	if (n == 0)
		return NULL;
	i %= n;
	while ((obj = hwloc_get_next_obj_by_type(topology, type, obj)))
		if (hwloc_bitmap_intersects(obj->cpuset, set) && i-- == 0)
			break;
	return obj;
}

/* Cores, or processors where hwloc sees no cores. */
static hwloc_obj_t nth_core(hwloc_topology_t topology, hwloc_const_cpuset_t set, unsigned i,
			    unsigned *count)
{
	hwloc_obj_t core = nth(topology, set, HWLOC_OBJ_CORE, i, count);

	return core ? core : nth(topology, set, HWLOC_OBJ_PU, i, count);
}

/* What of @set belongs to a node. */
static int restrict_to_node(hwloc_topology_t topology, hwloc_cpuset_t set, int node)
{
	hwloc_obj_t obj = hwloc_get_numanode_obj_by_os_index(topology, (unsigned)node);

	if (!obj)
		return amli_fail(AML_EDOM, "there is no NUMA node %d", node);
	hwloc_bitmap_and(set, set, obj->cpuset);
	if (hwloc_bitmap_iszero(set))
		return amli_fail(AML_EDOM, "this process may use no core of NUMA node %d", node);
	return 0;
}

/* The processors for thread i of a group. */
static int choose(hwloc_topology_t topology, hwloc_cpuset_t set, enum aml_bind how, int node,
		  unsigned i)
{
	hwloc_obj_t obj = NULL;
	unsigned count;

	allowed_processors(topology, set);
	if (node >= 0) {
		int rc = restrict_to_node(topology, set, node);

		if (rc)
			return rc;
	}
	if (how == AML_BIND_CORE)
		obj = nth_core(topology, set, i, &count);
	else if (how == AML_BIND_NODE)
		obj = nth(topology, set, HWLOC_OBJ_NUMANODE, i, &count);
	if (obj)
		hwloc_bitmap_and(set, set, obj->cpuset);
	return 0;
}

static int bind_to(hwloc_topology_t topology, hwloc_const_cpuset_t set)
{
	char list[64];
	int err;

	if (!amli_system->set_cpubind(topology, set, HWLOC_CPUBIND_THREAD))
		return 0;
	err = errno;
	hwloc_bitmap_list_snprintf(list, sizeof(list), set);
	return amli_fail(AML_ENOTSUP, "cannot bind a thread to processors %s: %s", list,
			 strerror(err));
}

/* The topology for a call, and room for a set of processors. */
static int start(hwloc_topology_t *topology, hwloc_cpuset_t *set)
{
	int rc = amli_topology_lock(topology);

	if (rc)
		return rc;
	*set = amli_system->bitmap_alloc();
	if (*set)
		return 0;
	amli_topology_unlock();
	return amli_fail(AML_ENOMEM, "no memory for a set of processors");
}

static void end(hwloc_cpuset_t set)
{
	hwloc_bitmap_free(set);
	amli_topology_unlock();
}

int aml_thread_bind(enum aml_bind how, int node, unsigned i)
{
	hwloc_topology_t topology;
	hwloc_cpuset_t set;
	int rc;

	if ((unsigned)how > AML_BIND_NODE || node < -1)
		return amli_fail(AML_EINVAL, "there is no binding %d with node %d", (int)how, node);
	if (how == AML_BIND_NONE && node < 0)
		return 0;
	rc = start(&topology, &set);
	if (rc)
		return rc;
	rc = choose(topology, set, how, node, i);
	if (!rc && how != AML_BIND_NONE)
		rc = bind_to(topology, set);
	end(set);
	return rc;
}

int aml_thread_count_default(int node)
{
	hwloc_topology_t topology;
	hwloc_cpuset_t set;
	unsigned count;
	int rc;

	if (node < -1)
		return amli_fail(AML_EDOM, "there is no NUMA node %d", node);
	rc = start(&topology, &set);
	if (rc)
		return rc;
	rc = choose(topology, set, AML_BIND_NONE, node, 0);
	if (!rc) {
		nth_core(topology, set, 0, &count);
		rc = count > INT_MAX ? INT_MAX : count ? (int)count : 1;
	}
	end(set);
	return rc;
}

int aml_thread_node(unsigned i)
{
	hwloc_topology_t topology;
	hwloc_cpuset_t set;
	hwloc_obj_t obj;
	unsigned count;
	int rc;

	rc = start(&topology, &set);
	if (rc)
		return rc;
	allowed_processors(topology, set);
	obj = nth(topology, set, HWLOC_OBJ_NUMANODE, i, &count);
	if (i < count)
		rc = (int)obj->os_index;
	else
		rc = amli_fail(AML_EDOM, "there are only %u NUMA nodes with cores", count);
	end(set);
	return rc;
}
