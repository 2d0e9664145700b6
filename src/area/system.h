/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The seam under areas and thread binding: all they ask of the kernel, libnuma and
 * hwloc's binding.  Tests put a machine of their own behind it, with nodes that
 * refuse or are full; everybody else gets the real one.
 */
#ifndef AMLI_AREA_SYSTEM_H
#define AMLI_AREA_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <hwloc.h>

#include "aml/utils/bitmap.h"

/* Members named after a call have its arguments, result and errno. */
struct amli_area_system {
	void *(*mmap)(void *addr, size_t size, int prot, int flags, int fd, off_t offset);
	int (*munmap)(void *addr, size_t size);
	int (*madvise)(void *addr, size_t size, int advice);
	long (*mbind)(void *addr, unsigned long size, int mode, const unsigned long *mask,
		      unsigned long maxnode, unsigned flags);
	long (*get_mempolicy)(int *mode, unsigned long *mask, unsigned long maxnode, void *addr,
			      unsigned long flags);
	/* The nodes this process may allocate on. */
	void (*allowed_nodes)(struct aml_bitmap *out);
	/* Free bytes of a node now, SIZE_MAX if nobody knows. */
	size_t (*free_bytes)(unsigned node);
	/* Bytes of a MAP_HUGETLB page, 0 if the kernel has none. */
	size_t (*huge_page_bytes)(void);

	int (*topology_load)(hwloc_topology_t topology);
	bool (*has_policy)(hwloc_topology_t topology, hwloc_membind_policy_t policy);
	hwloc_bitmap_t (*bitmap_alloc)(void);
	hwloc_bitmap_t (*bitmap_dup)(hwloc_const_bitmap_t bitmap);
	void *(*alloc_membind)(hwloc_topology_t topology, size_t size, hwloc_const_bitmap_t set,
			       hwloc_membind_policy_t policy, int flags);
	int (*free)(hwloc_topology_t topology, void *addr, size_t size);
	int (*set_area_membind)(hwloc_topology_t topology, const void *addr, size_t size,
				hwloc_const_bitmap_t set, hwloc_membind_policy_t policy, int flags);
	int (*get_area_membind)(hwloc_topology_t topology, const void *addr, size_t size,
				hwloc_bitmap_t set, hwloc_membind_policy_t *policy, int flags);
	int (*set_cpubind)(hwloc_topology_t topology, hwloc_const_cpuset_t set, int flags);
	int (*get_cpubind)(hwloc_topology_t topology, hwloc_cpuset_t set, int flags);
};

extern const struct amli_area_system amli_system_real;

/* What areas call. */
extern const struct amli_area_system *amli_system;

/* The AML_E code for an errno of mmap, mbind and their like. */
int amli_errno_code(int err);

/* Refuse because the system did: "what: text of err", the code for err, and errno is
 * err afterwards. */
int amli_fail_errno(int err, const char *fmt, ...) AML_FORMAT(2, 3);
void *amli_fail_null_errno(int err, const char *fmt, ...) AML_FORMAT(2, 3);

#endif
