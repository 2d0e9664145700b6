/* SPDX-License-Identifier: BSD-3-Clause */
/* Distances between objects of aml_topology, inside the library. */
#ifndef AMLI_AREA_DISTANCE_H
#define AMLI_AREA_DISTANCE_H

#include "aml/utils/backend/hwloc.h"

/* A matrix of zeros over the objects of @ta, then those of @tb unless it is the same
 * type; one block. */
int amli_matrix_create(struct hwloc_distances_s **out, hwloc_obj_type_t ta, hwloc_obj_type_t tb);

/* Steps up to the common ancestor and down again.  A NUMA node's parent is the object
 * it is local to. */
unsigned amli_hops(hwloc_obj_t a, hwloc_obj_t b);

/* The indices of all NUMA nodes, best for @initiator first, as one block to be
 * released with free(). */
int amli_nodes_by_distance(struct aml_hwloc_distance **out, unsigned *count, hwloc_obj_t initiator,
			   unsigned long kind);

#endif
