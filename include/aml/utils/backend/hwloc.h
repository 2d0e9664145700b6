/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The topology, and distances between its objects.
 *
 * aml_init() loads the topology, the last aml_finalize() destroys it; in between it
 * never changes, and any thread may read it.  Outside, aml_topology is NULL and
 * every function here is refused with -AML_EINVAL.
 */
#ifndef AML_UTILS_BACKEND_HWLOC_H
#define AML_UTILS_BACKEND_HWLOC_H

#include <hwloc.h>
#include <hwloc/distances.h>

#include "aml/api.h"

#ifdef __cplusplus
extern "C" {
#endif

/** This machine, or what AML_TOPOLOGY names; NULL outside init and finalize. */
extern AML_API hwloc_topology_t aml_topology;

/** The NUMA nodes the process may use; NULL outside init and finalize. */
extern AML_API hwloc_const_bitmap_t allowed_nodeset;

/**
 * Load the topology; aml_init() does it.  Does nothing if it is loaded.
 *
 * @return 0
 * @return -AML_EINVAL   AML_TOPOLOGY names a file that hwloc cannot read
 * @return -AML_ENOMEM
 * @return -AML_FAILURE  hwloc cannot load this machine's topology
 */
AML_API int aml_backend_hwloc_init(void);

/** Destroy the topology; aml_finalize() does it.  @return 0 */
AML_API int aml_backend_hwloc_finalize(void);

/**
 * The smallest object that holds every processor the calling thread is bound to.
 *
 * @param out  [out] owned by the topology; NULL on failure
 *
 * @return 0
 * @return -AML_EINVAL   @p out is NULL, or no aml_init()
 * @return -AML_EDOM     the thread's processors are not in the topology
 * @return -AML_ENOTSUP  the system does not tell the binding
 * @return -AML_ENOMEM
 */
AML_API int aml_hwloc_local_initiator(hwloc_obj_t *out);

/** The distance of one object out of several, to be sorted. */
struct aml_hwloc_distance {
	unsigned index;
	hwloc_uint64_t distance;
};

/** qsort() order of struct aml_hwloc_distance: small distance first, equal ones by
 * index. */
AML_API int aml_hwloc_distance_lt(const void *a_ptr, const void *b_ptr);

/**
 * Distances counted in hops: steps up and down the tree of the topology from one
 * object to the other, where a NUMA node hangs one step from the object it is local
 * to.
 *
 * The matrix is square, over all objects of type @p ta in logical order and then all
 * of type @p tb; over one group only if the types are the same.  Value (i, j) is at
 * values[i * nbobjs + j].
 *
 * @param ta  a type the topology has
 * @param tb  a type the topology has
 * @param s   [out] one block, to be released with free(); its kind says latency; NULL
 *            on failure
 *
 * @return 0
 * @return -AML_EINVAL  @p s is NULL, or no aml_init()
 * @return -AML_EDOM    the topology has no object of one of the types
 * @return -AML_ENOMEM
 */
AML_API int aml_hwloc_distance_hop_matrix(const hwloc_obj_type_t ta, const hwloc_obj_type_t tb,
					  struct hwloc_distances_s **s);

/**
 * Distances between objects of a type and the NUMA nodes, by the best source there is.
 *
 * The result has the form of aml_hwloc_distance_hop_matrix(@p type, NUMANODE).  Its
 * values come from a matrix of the topology of this @p kind: one over objects of
 * @p type if there is one, else over NUMA nodes, else over the deepest objects; its
 * kind is then that matrix's.  An object that is not in that matrix stands at the
 * mean of those that share processors with it, and at the worst value when there are
 * none.  Without any such matrix the values are hops.
 *
 * @param type  a type the topology has, with processors
 * @param kind  HWLOC_DISTANCES_KIND_... as for hwloc_distances_get(); 0 = any
 * @param out   [out] one block, to be released with free(); NULL on failure
 *
 * @return 0
 * @return -AML_EINVAL  @p out is NULL, or no aml_init()
 * @return -AML_EDOM    the topology has no object of this type
 * @return -AML_ENOMEM
 */
AML_API int aml_hwloc_get_NUMA_distance(const hwloc_obj_type_t type,
					enum hwloc_distances_kind_e kind,
					struct hwloc_distances_s **out);

#ifdef __cplusplus
}
#endif
#endif
