/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A machine behind the seam of areas and thread binding (area/system.h): nodes as many
 * as wanted, that refuse or are full, a kernel that says no on command, and a record of
 * what it was asked.  Memory is real, so mapping and unmapping has to add up.
 */
#ifndef TESTS_LIB_MACHINE_H
#define TESTS_LIB_MACHINE_H

#include <stdbool.h>
#include <stddef.h>

#include <hwloc.h>

#include "aml/utils/bitmap.h"

#define MACHINE_NODES 8
#define MACHINE_BINDS 16

/* One call of mbind() or hwloc_set_area_membind(). */
struct machine_bind {
	char *addr;
	size_t size;
	int mode; /* MPOL_... or hwloc's policy */
	unsigned flags;
	struct aml_bitmap nodes;
};

struct machine {
	/* To be set by a test. */
	struct aml_bitmap allowed;	  /* nodes; 0 and 1 */
	size_t free_bytes[MACHINE_NODES]; /* SIZE_MAX */
	bool refuses[MACHINE_NODES];	  /* to be bound to, by hwloc */
	size_t huge_page_bytes;		  /* 2 MiB */
	size_t map_offset;		  /* mmap results are this far from 2 MiB */
	int mmap_errno, munmap_errno, madvise_errno, mbind_errno, membind_errno;
	int mempolicy_errno, topology_errno, cpubind_errno, process_cpubind_errno;
	unsigned munmap_fails_at; /* the n-th call; 0 = as munmap_errno says */
	bool no_policies, no_bitmaps;
	int found_mode; /* what get_mempolicy tells */
	struct aml_bitmap found_nodes;
	hwloc_membind_policy_t found_policy; /* what hwloc_get_area_membind tells */
	hwloc_bitmap_t found_set;
	hwloc_bitmap_t thread_cpus, process_cpus; /* NULL = all of the topology */

	/* The record. */
	unsigned mmaps, munmaps, madvises, nbinds, allocs, frees;
	long mapped; /* bytes now mapped */
	int mmap_flags, mmap_prot, mmap_fd, alloc_flags;
	size_t mmap_size;
	hwloc_membind_policy_t alloc_policy;
	char alloc_nodes[64];
	struct machine_bind binds[MACHINE_BINDS];
	char bound_to[64]; /* the last thread binding, as a list */
	unsigned thread_binds;
};

extern struct machine machine;

/* Two willing nodes, an empty record, in place of the real machine. */
void machine_plug(void);
/* The real one again, without a topology of ours. */
void machine_unplug(void);

/* A synthetic topology as aml_topology until machine_unplug(). */
hwloc_topology_t machine_topology(const char *synthetic);
/* The same, with a matrix over all objects of a type; NULL for @synthetic adds one to
 * the topology there is. */
hwloc_topology_t machine_distances(const char *synthetic, hwloc_obj_type_t type, unsigned long kind,
				   const hwloc_uint64_t *values);
/* A matrix over any objects, for the topology there is. */
void machine_matrix(unsigned n, hwloc_obj_t *objs, unsigned long kind,
		    const hwloc_uint64_t *values);

/* A set in the words of aml_bitmap_from_string(). */
struct aml_bitmap machine_set(const char *text);

#endif
