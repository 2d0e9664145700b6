/* SPDX-License-Identifier: BSD-3-Clause */
/* hwloc areas that fill the nodes in the order of their distance from an initiator. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "aml/area/hwloc.h"
#include "area/distance.h"
#include "area/system.h"
#include "area/topology.h"
#include "base/error.h"
#include "base/mem.h"

static const struct aml_area_hwloc_preferred_data *data_of(const struct aml_area_data *data)
{
	return (const struct aml_area_hwloc_preferred_data *)data;
}

/* Bytes that stay together on one node; a whole number of pages, 0 if there is none. */
static size_t block_size(const struct aml_area_hwloc_options *opts)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), block;

	if (!opts || opts->min_size <= page)
		return page;
	if (amli_add_overflows(opts->min_size, page - 1, &block))
		return 0;
	return block - block % page;
}

/* A preference, not a fetter: without STRICT the kernel goes to another node when this
 * one is full, where a strict binding would end the program. */
static bool bind(hwloc_obj_t node, char *ptr, size_t size)
{
	return !amli_system->set_area_membind(aml_topology, ptr, size, node->nodeset,
					      HWLOC_MEMBIND_BIND, HWLOC_MEMBIND_BYNODESET);
}

/* How much of @size goes to a node: whole blocks that fit, or all of it. */
static size_t share(hwloc_obj_t node, size_t size, size_t block)
{
	size_t room = amli_system->free_bytes(node->os_index);

	return size <= room ? size : room - room % block;
}

/* Node by node what has room, then the rest on the first that takes it. */
static int place(const struct aml_area_hwloc_preferred_data *data, char *ptr, size_t size,
		 size_t block)
{
	size_t done = 0;

	for (unsigned i = 0; i < data->num_nodes && done < size; i++) {
		size_t n = share(data->numanodes[i], size - done, block);

		if (n && bind(data->numanodes[i], ptr + done, n))
			done += n;
	}
	for (unsigned i = 0; i < data->num_nodes && done < size; i++)
		if (bind(data->numanodes[i], ptr + done, size - done))
			done = size;
	if (done < size)
		return amli_fail_errno(errno, "no node accepts %zu bytes", size - done);
	return 0;
}

void *aml_area_hwloc_preferred_mmap(const struct aml_area_data *area_data, size_t size,
				    struct aml_area_mmap_options *opts)
{
	size_t block = block_size((const struct aml_area_hwloc_options *)opts);
	int rc = amli_topology_check(), err;
	void *ptr;

	if (rc) {
		aml_errno = -rc;
		return NULL;
	}
	if (!area_data)
		return amli_fail_null(AML_EINVAL, "area data is NULL");
	if (!block)
		return amli_fail_null(AML_EINVAL, "min_size is too large");
	ptr = amli_system->mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
				0);
	if (ptr == MAP_FAILED)
		return amli_fail_null_errno(errno, "mmap of %zu bytes", size);
	rc = place(data_of(area_data), ptr, size, block);
	if (!rc)
		return ptr;
	err = errno;
	amli_system->munmap(ptr, size);
	errno = err;
	aml_errno = -rc;
	return NULL;
}

int aml_area_hwloc_preferred_munmap(const struct aml_area_data *data, void *ptr, size_t size)
{
	(void)data;
	if (!amli_system->munmap(ptr, size))
		return 0;
	amli_fail_errno(errno, "munmap of %zu bytes at %p", size, ptr);
	return -AML_FAILURE;
}

static int describe(const struct aml_area_data *area_data, FILE *stream, const char *prefix)
{
	const struct aml_area_hwloc_preferred_data *data = data_of(area_data);

	fprintf(stream, "%shwloc area: preferred, nodes", prefix);
	for (unsigned i = 0; i < data->num_nodes; i++)
		fprintf(stream, "%s%u", i ? ", then " : " ", data->numanodes[i]->os_index);
	fprintf(stream, "\n");
	return 0;
}

struct aml_area_ops aml_area_hwloc_preferred_ops = {
	.mmap = aml_area_hwloc_preferred_mmap,
	.munmap = aml_area_hwloc_preferred_munmap,
	.fprintf = describe,
};

static int check_initiator(hwloc_obj_t initiator)
{
	int rc = amli_topology_check();

	if (rc)
		return rc;
	if (!initiator->cpuset)
		return amli_fail(AML_EINVAL,
				 "a %s has no processors: use its first parent that "
				 "has (hwloc_get_non_io_ancestor_obj())",
				 hwloc_obj_type_string(initiator->type));
	if (hwloc_get_obj_by_depth(aml_topology, initiator->depth, initiator->logical_index) !=
	    initiator)
		return amli_fail(AML_EINVAL, "the initiator is not an object of aml_topology");
	return 0;
}

/* One block: destroying it is one free().  The objects belong to the topology. */
struct preferred_area {
	struct aml_area area;
	struct aml_area_hwloc_preferred_data data;
	hwloc_obj_t nodes[];
};

int aml_area_hwloc_preferred_create(struct aml_area **area, hwloc_obj_t initiator,
				    enum hwloc_distances_kind_e kind)
{
	struct aml_hwloc_distance *sorted;
	struct preferred_area *new;
	unsigned n;
	int rc;

	if (area)
		*area = NULL;
	if (!area || !initiator)
		return amli_fail(AML_EINVAL, "%s is NULL", area ? "initiator" : "area");
	rc = check_initiator(initiator);
	if (!rc)
		rc = amli_nodes_by_distance(&sorted, &n, initiator, kind);
	if (rc)
		return rc;
	new = amli_calloc(1, sizeof(*new) + n * sizeof(new->nodes[0]));
	if (!new) {
		free(sorted);
		return amli_fail(AML_ENOMEM, "no memory for an area of %u nodes", n);
	}
	for (unsigned i = 0; i < n; i++)
		new->nodes[i] =
			hwloc_get_obj_by_type(aml_topology, HWLOC_OBJ_NUMANODE, sorted[i].index);
	free(sorted);
	new->data = (struct aml_area_hwloc_preferred_data){n, new->nodes};
	new->area.ops = &aml_area_hwloc_preferred_ops;
	new->area.data = (struct aml_area_data *)&new->data;
	*area = &new->area;
	return 0;
}

int aml_area_hwloc_preferred_local_create(struct aml_area **area, enum hwloc_distances_kind_e kind)
{
	hwloc_obj_t initiator;
	int rc;

	if (area)
		*area = NULL;
	rc = aml_hwloc_local_initiator(&initiator);
	return rc ? rc : aml_area_hwloc_preferred_create(area, initiator, kind);
}

int aml_area_hwloc_preferred_destroy(struct aml_area **area)
{
	if (area) {
		free(*area);
		*area = NULL;
	}
	return 0;
}
