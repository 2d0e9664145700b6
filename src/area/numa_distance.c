/* SPDX-License-Identifier: BSD-3-Clause */
/* Distances to NUMA nodes from the matrices the topology has, or from hops. */
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "area/distance.h"
#include "area/topology.h"
#include "base/error.h"
#include "base/mem.h"

/* How much we want a matrix: over @type, over nodes, or the deeper the better. */
static int rank(const struct hwloc_distances_s *d, hwloc_obj_type_t type)
{
	int best = INT_MIN;

	for (unsigned i = 0; i < d->nbobjs; i++) {
		int depth = d->objs[i]->depth; /* negative for what is no processor */

		if (d->objs[i]->type == type)
			return INT_MAX;
		if (d->objs[i]->type == HWLOC_OBJ_NUMANODE)
			depth = INT_MAX - 1;
		if (depth > best)
			best = depth;
	}
	return best;
}

/* All matrices of a kind, to be released one by one and then with free(). */
static int list_matrices(struct hwloc_distances_s ***out, unsigned *n, unsigned long kind)
{
	*out = NULL;
	*n = 0;
	if (hwloc_distances_get(aml_topology, n, NULL, kind, 0))
		return amli_fail(AML_EINVAL, "there is no kind 0x%lx of distances", kind);
	if (*n == 0)
		return 0;
	*out = amli_calloc(*n, sizeof(**out));
	if (*out && !hwloc_distances_get(aml_topology, n, *out, kind, 0))
		return 0;
	free(*out);
	return amli_fail(AML_ENOMEM, "no memory for %u matrices of distances", *n);
}

/* The best matrix for @type, to be released; NULL if there is none of this kind. */
static int find_matrix(struct hwloc_distances_s **out, hwloc_obj_type_t type, unsigned long kind)
{
	struct hwloc_distances_s **all;
	unsigned n, best = 0;
	int rc = list_matrices(&all, &n, kind);

	*out = NULL;
	if (rc || n == 0)
		return rc;
	for (unsigned i = 1; i < n; i++)
		if (rank(all[i], type) > rank(all[best], type))
			best = i;
	for (unsigned i = 0; i < n; i++)
		if (i != best)
			hwloc_distances_release(aml_topology, all[i]);
	*out = all[best];
	free(all);
	return 0;
}

/* Which objects of @known stand for @obj: itself, or those it shares processors with.
 * row[0] is their number, their indices follow. */
static void stand_ins(unsigned *row, const struct hwloc_distances_s *known, hwloc_obj_t obj)
{
	for (unsigned i = 0; i < known->nbobjs; i++)
		if (known->objs[i] == obj) {
			row[0] = 1;
			row[1] = i;
			return;
		}
	for (unsigned i = 0; i < known->nbobjs; i++) {
		hwloc_const_cpuset_t set = known->objs[i]->cpuset;

		if (set && obj->cpuset && hwloc_bitmap_intersects(set, obj->cpuset))
			row[++row[0]] = i;
	}
}

/* Matrix @known extended to objects it may not have: @rows holds who stands for each of
 * them, one after the other. */
struct extended {
	const struct hwloc_distances_s *known;
	unsigned *rows;
};

static int extend(struct extended *out, const struct hwloc_distances_s *known,
		  const hwloc_obj_t *objs, unsigned n)
{
	size_t width = (size_t)known->nbobjs + 1, cells;

	out->known = known;
	out->rows = amli_mul_overflows(n, width, &cells) ? NULL
							 : amli_calloc(cells, sizeof(*out->rows));
	if (!out->rows)
		return amli_fail(AML_ENOMEM, "no memory for distances of %u objects", n);
	for (unsigned i = 0; i < n; i++)
		stand_ins(out->rows + i * width, known, objs[i]);
	return 0;
}

/* From object @a to object @b: the mean over those that stand for them. */
static hwloc_uint64_t distance(const struct extended *e, unsigned a, unsigned b)
{
	size_t width = (size_t)e->known->nbobjs + 1;
	const unsigned *from = e->rows + a * width, *to = e->rows + b * width;
	long double sum = 0;

	if (!from[0] || !to[0]) /* nobody knows: the worst there is */
		return e->known->kind & HWLOC_DISTANCES_KIND_MEANS_BANDWIDTH ? 0 : UINT64_MAX;
	for (unsigned i = 1; i <= from[0]; i++)
		for (unsigned j = 1; j <= to[0]; j++)
			sum += (long double)e->known->values[from[i] * e->known->nbobjs + to[j]];
	return (hwloc_uint64_t)(sum / ((long double)from[0] * to[0]));
}

/* The matrix that aml_hwloc_get_NUMA_distance() returns, made from @known. */
static int extended_matrix(struct hwloc_distances_s **out, hwloc_obj_type_t type,
			   const struct hwloc_distances_s *known)
{
	struct hwloc_distances_s *new;
	struct extended e;
	int rc = amli_matrix_create(&new, type, HWLOC_OBJ_NUMANODE);

	if (rc)
		return rc;
	rc = extend(&e, known, new->objs, new->nbobjs);
	if (rc) {
		free(new);
		return rc;
	}
	new->kind = known->kind;
	for (unsigned i = 0; i < new->nbobjs; i++)
		for (unsigned j = 0; j < new->nbobjs; j++)
			new->values[i * new->nbobjs + j] = distance(&e, i, j);
	free(e.rows);
	*out = new;
	return 0;
}

int aml_hwloc_get_NUMA_distance(const hwloc_obj_type_t type, enum hwloc_distances_kind_e kind,
				struct hwloc_distances_s **out)
{
	struct hwloc_distances_s *known;
	int rc;

	if (!out)
		return amli_fail(AML_EINVAL, "out is NULL");
	*out = NULL;
	rc = amli_topology_check();
	if (!rc)
		rc = find_matrix(&known, type, kind);
	if (rc)
		return rc;
	if (!known)
		return aml_hwloc_distance_hop_matrix(type, HWLOC_OBJ_NUMANODE, out);
	rc = extended_matrix(out, type, known);
	hwloc_distances_release(aml_topology, known);
	return rc;
}

static hwloc_uint64_t both_ways(const struct extended *e, unsigned a, unsigned b)
{
	hwloc_uint64_t sum;

	return __builtin_add_overflow(distance(e, a, b), distance(e, b, a), &sum) ? UINT64_MAX
										  : sum;
}

/* Fill in the distance of each node; objs[0] is the initiator, the nodes follow. */
static int measure(struct aml_hwloc_distance *nodes, const hwloc_obj_t *objs, unsigned n,
		   unsigned long kind)
{
	struct hwloc_distances_s *known;
	struct extended e;
	int rc = find_matrix(&known, objs[0]->type, kind);

	if (rc)
		return rc;
	if (!known) {
		for (unsigned i = 0; i < n; i++)
			nodes[i].distance = amli_hops(objs[0], objs[1 + i]);
		return 0;
	}
	rc = extend(&e, known, objs, 1 + n);
	if (!rc) {
		bool bandwidth = known->kind & HWLOC_DISTANCES_KIND_MEANS_BANDWIDTH;

		for (unsigned i = 0; i < n; i++) {
			hwloc_uint64_t d = both_ways(&e, 0, 1 + i);

			nodes[i].distance = bandwidth ? UINT64_MAX - d : d;
		}
		free(e.rows);
	}
	hwloc_distances_release(aml_topology, known);
	return rc;
}

int amli_nodes_by_distance(struct aml_hwloc_distance **out, unsigned *count, hwloc_obj_t initiator,
			   unsigned long kind)
{
	/* hwloc sees at least one */
	unsigned n = (unsigned)hwloc_get_nbobjs_by_type(aml_topology, HWLOC_OBJ_NUMANODE);
	struct aml_hwloc_distance *nodes = amli_calloc(n, sizeof(*nodes));
	hwloc_obj_t *objs = amli_calloc((size_t)n + 1, sizeof(*objs));
	int rc;

	*out = NULL;
	if (!nodes || !objs) {
		rc = amli_fail(AML_ENOMEM, "no memory for distances of %u nodes", n);
		goto fail;
	}
	objs[0] = initiator;
	for (unsigned i = 0; i < n; i++) {
		nodes[i].index = i;
		objs[1 + i] = hwloc_get_obj_by_type(aml_topology, HWLOC_OBJ_NUMANODE, i);
	}
	rc = measure(nodes, objs, n, kind);
	if (rc)
		goto fail;
	qsort(nodes, n, sizeof(*nodes), aml_hwloc_distance_lt);
	free(objs);
	*out = nodes;
	*count = n;
	return 0;

fail:
	free(objs);
	free(nodes);
	return rc;
}
