/* SPDX-License-Identifier: BSD-3-Clause */
/* Distances as hops in the tree of the topology. */
#include "area/distance.h"
#include "area/topology.h"
#include "base/error.h"
#include "base/mem.h"

int aml_hwloc_distance_lt(const void *a_ptr, const void *b_ptr)
{
	const struct aml_hwloc_distance *a = a_ptr, *b = b_ptr;

	if (a->distance != b->distance)
		return a->distance < b->distance ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

static unsigned count(hwloc_obj_type_t type)
{
	int n = hwloc_get_nbobjs_by_type(aml_topology, type);

	return n > 0 ? (unsigned)n : 0; /* -1: at several depths */
}

int amli_matrix_create(struct hwloc_distances_s **out, hwloc_obj_type_t ta, hwloc_obj_type_t tb)
{
	unsigned na = count(ta), nb = ta == tb ? 0 : count(tb), n = na + nb;
	size_t cells, bytes;
	struct hwloc_distances_s *s;

	if (!na || (ta != tb && !nb))
		return amli_fail(AML_EDOM, "the topology has no object of type %s",
				 hwloc_obj_type_string(na ? tb : ta));
	if (amli_mul_overflows(n, n, &cells) ||
	    amli_mul_overflows(cells, sizeof(*s->values), &bytes) ||
	    amli_add_overflows(bytes, sizeof(*s) + n * sizeof(*s->objs), &bytes))
		return amli_fail(AML_ENOMEM, "no memory for distances of %u objects", n);
	s = amli_calloc(1, bytes);
	if (!s)
		return amli_fail(AML_ENOMEM, "no memory for distances of %u objects", n);
	s->nbobjs = n;
	s->values = (hwloc_uint64_t *)(s + 1);
	s->objs = (hwloc_obj_t *)(s->values + cells);
	for (unsigned i = 0; i < n; i++)
		s->objs[i] =
			hwloc_get_obj_by_type(aml_topology, i < na ? ta : tb, i < na ? i : i - na);
	*out = s;
	return 0;
}

static unsigned level(hwloc_obj_t obj)
{
	unsigned n = 0;

	for (; obj->parent; obj = obj->parent)
		n++;
	return n;
}

unsigned amli_hops(hwloc_obj_t a, hwloc_obj_t b)
{
	unsigned la = level(a), lb = level(b), n = 0;

	for (; a != b; n++) {
		if (la >= lb) {
			a = a->parent;
			la--;
		} else {
			b = b->parent;
			lb--;
		}
	}
	return n;
}

int aml_hwloc_distance_hop_matrix(const hwloc_obj_type_t ta, const hwloc_obj_type_t tb,
				  struct hwloc_distances_s **s)
{
	struct hwloc_distances_s *new;
	int rc;

	if (!s)
		return amli_fail(AML_EINVAL, "s is NULL");
	*s = NULL;
	rc = amli_topology_check();
	if (!rc)
		rc = amli_matrix_create(&new, ta, tb);
	if (rc)
		return rc;
	new->kind = HWLOC_DISTANCES_KIND_FROM_USER | HWLOC_DISTANCES_KIND_MEANS_LATENCY;
	for (unsigned i = 0; i < new->nbobjs; i++)
		for (unsigned j = 0; j < new->nbobjs; j++)
			new->values[i * new->nbobjs + j] = amli_hops(new->objs[i], new->objs[j]);
	*s = new;
	return 0;
}
