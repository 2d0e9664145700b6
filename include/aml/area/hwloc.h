/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hwloc areas: memory placed by hwloc, which knows the machine.
 *
 * All of them need aml_init(), which loads the topology; before it, and after the
 * last aml_finalize(), every call is refused with AML_EINVAL.  hwloc objects and
 * node sets are those of aml_topology (aml/utils/backend/hwloc.h).
 *
 * Two kinds: plain areas bind all memory by one policy to one node set, or fail;
 * preferred areas fill the nodes in the order of their distance from an initiator
 * (a core, a package, ...), and go on with the next node when one is full.
 *
 * What the kernel or hwloc refuses comes back as NULL with aml_errno:
 * AML_EINVAL for EINVAL, AML_ENOTSUP for ENOSYS, AML_FAILURE for EXDEV (it cannot be
 * enforced), AML_ENOMEM for ENOMEM, and as aml/area/linux.h says for others.
 */
#ifndef AML_AREA_HWLOC_H
#define AML_AREA_HWLOC_H

#include <stddef.h>

#include <hwloc.h>
#include <hwloc/distances.h>

#include "aml/area.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The data of a plain area. */
struct aml_area_hwloc_data {
	hwloc_bitmap_t nodeset; /* NULL = all nodes the process may use */
	hwloc_membind_policy_t policy;
};

/** Map bound to the node set, strictly; munmap; describe.  Options are ignored. */
extern AML_API struct aml_area_ops aml_area_hwloc_ops;

/** As the process places its memory. */
extern AML_API struct aml_area aml_area_hwloc_default;
/** Page by page round all nodes. */
extern AML_API struct aml_area aml_area_hwloc_interleave;
/** Each page on the node of the thread that touches it first. */
extern AML_API struct aml_area aml_area_hwloc_firsttouch;

/**
 * Make an area that binds to a node set.
 *
 * @param area     [out] release with aml_area_hwloc_destroy(); NULL on failure
 * @param nodeset  copied; NULL = all nodes the process may use
 * @param policy   DEFAULT, FIRSTTOUCH, BIND, INTERLEAVE or NEXTTOUCH
 *
 * @return 0
 * @return -AML_EINVAL   @p area is NULL, no aml_init(), empty @p nodeset, no such policy
 * @return -AML_ENOTSUP  this system does not have the policy
 * @return -AML_EDOM     a node is not among those the process may use
 * @return -AML_ENOMEM
 *
 * Threads: any.
 */
AML_API int aml_area_hwloc_create(struct aml_area **area, hwloc_bitmap_t nodeset,
				  const hwloc_membind_policy_t policy);

/** Release and set to NULL; mapped memory stays.  NULL, *NULL and the three ready-made
 * areas are fine. */
AML_API void aml_area_hwloc_destroy(struct aml_area **area);

/**
 * Map @p size bytes bound as @p data says.
 *
 * @return the address, page aligned; NULL with aml_errno as listed on top
 */
AML_API void *aml_area_hwloc_mmap(const struct aml_area_data *data, size_t size,
				  struct aml_area_mmap_options *opts);

/**
 * Unmap.
 *
 * @return 0
 * @return -AML_EINVAL   no aml_init()
 * @return -AML_FAILURE  the system refused: errno says why; still mapped
 */
AML_API int aml_area_hwloc_munmap(const struct aml_area_data *data, void *ptr, size_t size);

/**
 * Does memory have the binding this area gives?
 *
 * An area of policy DEFAULT matches all memory, and memory bound in several ways
 * (MIXED) matches all areas; otherwise policy and node set must be equal.
 *
 * @param area  a plain area
 * @param ptr   mapped memory
 * @param size  bytes, more than 0
 *
 * @return 1             yes
 * @return 0             no
 * @return -AML_EINVAL   NULL, size 0, no aml_init()
 * @return another negative code as listed on top
 *
 * Threads: any.
 */
AML_API int aml_area_hwloc_check_binding(struct aml_area *area, void *ptr, size_t size);

/** The data of a preferred area: nodes of aml_topology, best first. */
struct aml_area_hwloc_preferred_data {
	unsigned num_nodes;
	hwloc_obj_t *numanodes;
};

/** Options of one mmap call, cast to struct aml_area_mmap_options *. */
struct aml_area_hwloc_options {
	size_t min_size; /* bytes, rounded up to pages: a block of this size is never
				 * divided between nodes; 0 = one page */
};

/** Map and fill node after node; munmap; describe. */
extern AML_API struct aml_area_ops aml_area_hwloc_preferred_ops;

/**
 * Make an area that prefers the nodes best for an initiator.
 *
 * Nodes are sorted by the matrix that aml_hwloc_get_NUMA_distance() finds (both
 * directions count): nearest first, or for bandwidths largest first; equal ones by
 * index.
 *
 * @param area       [out] release with aml_area_hwloc_preferred_destroy(), before
 *                   aml_finalize(); NULL on failure
 * @param initiator  an object of aml_topology that has processors or is a node
 * @param kind       which distances: HWLOC_DISTANCES_KIND_MEANS_LATENCY, ...
 *
 * @return 0
 * @return -AML_EINVAL  NULL, no aml_init(), or not an object of aml_topology as above
 * @return -AML_ENOMEM
 *
 * Threads: any.
 */
AML_API int aml_area_hwloc_preferred_create(struct aml_area **area, hwloc_obj_t initiator,
					    enum hwloc_distances_kind_e kind);

/**
 * The same, for the smallest object that holds the calling thread's binding.
 *
 * Codes are those of aml_area_hwloc_preferred_create(), and of
 * aml_hwloc_local_initiator().
 */
AML_API int aml_area_hwloc_preferred_local_create(struct aml_area **area,
						  enum hwloc_distances_kind_e kind);

/** Release and set to NULL; mapped memory stays.  NULL and *NULL are fine.
 * @return 0 */
AML_API int aml_area_hwloc_preferred_destroy(struct aml_area **area);

/**
 * Map @p size bytes over the nodes of @p area_data.
 *
 * Blocks go to the first node that has room for them now and accepts them.  What no
 * node has room for goes to the first that accepts it.  The binding is a
 * preference: should a node run out before its pages are touched, the kernel takes
 * another node instead of ending the program.
 *
 * @param opts  a struct aml_area_hwloc_options, or NULL = blocks of one page
 *
 * @return the address, page aligned; NULL with aml_errno as listed on top, and
 *         nothing stays mapped
 *
 * Threads: any.
 */
AML_API void *aml_area_hwloc_preferred_mmap(const struct aml_area_data *area_data, size_t size,
					    struct aml_area_mmap_options *opts);

/**
 * Unmap.
 *
 * @return 0
 * @return -AML_FAILURE  munmap() refused: errno says why; still mapped
 */
AML_API int aml_area_hwloc_preferred_munmap(const struct aml_area_data *data, void *ptr,
					    size_t size);

#ifdef __cplusplus
}
#endif
#endif
