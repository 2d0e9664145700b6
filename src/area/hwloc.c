/* SPDX-License-Identifier: BSD-3-Clause */
/* hwloc areas that bind all memory to one node set. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "aml/area/hwloc.h"
#include "area/system.h"
#include "area/topology.h"
#include "base/error.h"
#include "base/mem.h"

#define FLAGS                                                                        \
	(HWLOC_MEMBIND_PROCESS | HWLOC_MEMBIND_NOCPUBIND | HWLOC_MEMBIND_BYNODESET | \
	 HWLOC_MEMBIND_STRICT)

static const char *policy_name(hwloc_membind_policy_t policy)
{
	switch (policy) {
	case HWLOC_MEMBIND_DEFAULT:
		return "default";
	case HWLOC_MEMBIND_FIRSTTOUCH:
		return "first touch";
	case HWLOC_MEMBIND_BIND:
		return "bind";
	case HWLOC_MEMBIND_INTERLEAVE:
		return "interleave";
	case HWLOC_MEMBIND_NEXTTOUCH:
		return "next touch";
	default:
		return NULL;
	}
}

static hwloc_const_bitmap_t nodes_of(const struct aml_area_hwloc_data *data)
{
	return data->nodeset ? data->nodeset : allowed_nodeset;
}

void *aml_area_hwloc_mmap(const struct aml_area_data *area_data, size_t size,
			  struct aml_area_mmap_options *opts)
{
	const struct aml_area_hwloc_data *data = (const struct aml_area_hwloc_data *)area_data;
	char list[64];
	void *ptr;

	(void)opts;
	if (amli_topology_check()) {
		aml_errno = AML_EINVAL;
		return NULL;
	}
	if (!data)
		return amli_fail_null(AML_EINVAL, "area data is NULL");
	ptr = amli_system->alloc_membind(aml_topology, size, nodes_of(data), data->policy, FLAGS);
	if (ptr)
		return ptr;
	hwloc_bitmap_list_snprintf(list, sizeof(list), nodes_of(data));
	return amli_fail_null_errno(errno, "hwloc cannot map %zu bytes on nodes %s", size, list);
}

int aml_area_hwloc_munmap(const struct aml_area_data *area_data, void *ptr, size_t size)
{
	int rc = amli_topology_check();

	(void)area_data;
	if (rc || !amli_system->free(aml_topology, ptr, size))
		return rc;
	amli_fail_errno(errno, "hwloc cannot unmap %zu bytes at %p", size, ptr);
	return -AML_FAILURE;
}

static int compare(const struct aml_area_hwloc_data *data, const void *ptr, size_t size,
		   hwloc_bitmap_t found)
{
	hwloc_membind_policy_t policy;

	if (amli_system->get_area_membind(aml_topology, ptr, size, found, &policy,
					  HWLOC_MEMBIND_BYNODESET))
		return amli_fail_errno(errno, "hwloc cannot tell the binding of %zu bytes at %p",
				       size, ptr);
	if (data->policy == HWLOC_MEMBIND_DEFAULT || policy == HWLOC_MEMBIND_MIXED)
		return 1;
	return policy == data->policy && hwloc_bitmap_isequal(found, nodes_of(data));
}

int aml_area_hwloc_check_binding(struct aml_area *area, void *ptr, size_t size)
{
	hwloc_bitmap_t found;
	int rc;

	if (!area || !area->data || !ptr || size == 0)
		return amli_fail(AML_EINVAL, size ? "area or ptr is NULL" : "size is 0");
	rc = amli_topology_check();
	if (rc)
		return rc;
	found = amli_system->bitmap_alloc();
	if (!found)
		return amli_fail(AML_ENOMEM, "no memory for a node set");
	rc = compare((const struct aml_area_hwloc_data *)area->data, ptr, size, found);
	hwloc_bitmap_free(found);
	return rc;
}

static int describe(const struct aml_area_data *area_data, FILE *stream, const char *prefix)
{
	const struct aml_area_hwloc_data *data = (const struct aml_area_hwloc_data *)area_data;
	const char *policy = policy_name(data->policy);
	char list[256] = "all that aml_init() will find";

	if (nodes_of(data))
		hwloc_bitmap_list_snprintf(list, sizeof(list), nodes_of(data));
	fprintf(stream, "%shwloc area: policy %s, nodes %s\n", prefix, policy ? policy : "unknown",
		list);
	return 0;
}

struct aml_area_ops aml_area_hwloc_ops = {
	.mmap = aml_area_hwloc_mmap,
	.munmap = aml_area_hwloc_munmap,
	.fprintf = describe,
};

static struct aml_area_hwloc_data by_default = {NULL, HWLOC_MEMBIND_DEFAULT};
static struct aml_area_hwloc_data interleave = {NULL, HWLOC_MEMBIND_INTERLEAVE};
static struct aml_area_hwloc_data firsttouch = {NULL, HWLOC_MEMBIND_FIRSTTOUCH};

struct aml_area aml_area_hwloc_default = {
	.ops = &aml_area_hwloc_ops,
	.data = (struct aml_area_data *)&by_default,
};

struct aml_area aml_area_hwloc_interleave = {
	.ops = &aml_area_hwloc_ops,
	.data = (struct aml_area_data *)&interleave,
};

struct aml_area aml_area_hwloc_firsttouch = {
	.ops = &aml_area_hwloc_ops,
	.data = (struct aml_area_data *)&firsttouch,
};

static int check_arguments(hwloc_const_bitmap_t nodeset, hwloc_membind_policy_t policy)
{
	char list[64], allowed[64];
	int rc = amli_topology_check();

	if (rc)
		return rc;
	if (!policy_name(policy))
		return amli_fail(AML_EINVAL, "there is no policy %d", (int)policy);
	if (!amli_system->has_policy(aml_topology, policy))
		return amli_fail(AML_ENOTSUP, "this system does not have the policy %s",
				 policy_name(policy));
	if (hwloc_bitmap_iszero(nodeset))
		return amli_fail(AML_EINVAL, "the node set is empty");
	if (hwloc_bitmap_isincluded(nodeset, allowed_nodeset))
		return 0;
	hwloc_bitmap_list_snprintf(list, sizeof(list), nodeset);
	hwloc_bitmap_list_snprintf(allowed, sizeof(allowed), allowed_nodeset);
	return amli_fail(AML_EDOM, "nodes %s are not all among those this process may use (%s)",
			 list, allowed);
}

/* One block, but for the node set. */
struct hwloc_area {
	struct aml_area area;
	struct aml_area_hwloc_data data;
};

int aml_area_hwloc_create(struct aml_area **area, hwloc_bitmap_t nodeset,
			  const hwloc_membind_policy_t policy)
{
	struct hwloc_area *new;
	int rc;

	if (!area)
		return amli_fail(AML_EINVAL, "area is NULL");
	*area = NULL;
	rc = check_arguments(nodeset ? nodeset : allowed_nodeset, policy);
	if (rc)
		return rc;
	new = amli_calloc(1, sizeof(*new));
	if (!new)
		return amli_fail(AML_ENOMEM, "no memory for an hwloc area");
	new->data.policy = policy;
	new->data.nodeset = amli_system->bitmap_dup(nodeset ? nodeset : allowed_nodeset);
	if (!new->data.nodeset) {
		free(new);
		return amli_fail(AML_ENOMEM, "no memory for the node set of an hwloc area");
	}
	new->area.ops = &aml_area_hwloc_ops;
	new->area.data = (struct aml_area_data *)&new->data;
	*area = &new->area;
	return 0;
}

static bool is_ready_made(const struct aml_area *area)
{
	return area == &aml_area_hwloc_default || area == &aml_area_hwloc_interleave ||
	       area == &aml_area_hwloc_firsttouch;
}

void aml_area_hwloc_destroy(struct aml_area **area)
{
	if (!area)
		return;
	if (*area && !is_ready_made(*area)) {
		hwloc_bitmap_free(((struct aml_area_hwloc_data *)(*area)->data)->nodeset);
		free(*area);
	}
	*area = NULL;
}
