/* SPDX-License-Identifier: BSD-3-Clause */
/* NUMA policies of the linux area.  AML's numbers of policies are not the kernel's. */
#include <errno.h>
#include <numa.h>
#include <numaif.h>
#include <stdbool.h>

#include "area/linux.h"
#include "area/system.h"
#include "base/bitmap.h"
#include "base/error.h"

static const struct {
	const char *name;
	int mode; /* of the kernel */
} policies[] = {
	[AML_AREA_LINUX_POLICY_DEFAULT] = {"default", MPOL_DEFAULT},
	[AML_AREA_LINUX_POLICY_BIND] = {"bind", MPOL_BIND},
	[AML_AREA_LINUX_POLICY_PREFERRED] = {"preferred", MPOL_PREFERRED},
	[AML_AREA_LINUX_POLICY_INTERLEAVE] = {"interleave", MPOL_INTERLEAVE},
};

/* Flags a program can add to a mode by itself; they are not part of the policy. */
#define MODE_FLAGS (1 << 13 | 1 << 14 | 1 << 15)

const char *amli_area_linux_policy_name(enum aml_area_linux_policy policy)
{
	size_t i = (size_t)policy;

	return i < sizeof(policies) / sizeof(policies[0]) ? policies[i].name : NULL;
}

void amli_area_linux_nodes(const struct aml_area_linux_data *data, struct aml_bitmap *out)
{
	if (data->nodeset)
		aml_bitmap_copy_from_ulong(out, data->nodeset->maskp, data->nodeset->size);
	else
		amli_system->allowed_nodes(out);
}

static int check(const struct aml_area_linux_data *data, const void *ptr)
{
	if (!data || !ptr)
		return amli_fail(AML_EINVAL, "%s is NULL", data ? "ptr" : "area data");
	if (!amli_area_linux_policy_name(data->policy))
		return amli_fail(AML_EINVAL, "there is no policy %d", (int)data->policy);
	return 0;
}

int amli_area_linux_bind(const struct aml_area_linux_data *data, void *ptr, size_t size)
{
	int rc = check(data, ptr), mode;
	struct aml_bitmap nodes;
	char list[64];

	if (rc)
		return rc;
	mode = policies[data->policy].mode;
	amli_area_linux_nodes(data, &nodes);
	if (mode == MPOL_DEFAULT)
		aml_bitmap_zero(&nodes); /* the kernel insists */
	if (amli_system->mbind(ptr, size, mode, nodes.mask, AML_BITMAP_MAX + 1, MPOL_MF_MOVE))
		return amli_fail_errno(errno, "mbind of %zu bytes with policy %s to nodes %s", size,
				       policies[data->policy].name,
				       amli_bitmap_list(&nodes, list, sizeof(list)));
	return 0;
}

int aml_area_linux_mbind(struct aml_area_linux_data *bind, void *ptr, size_t size)
{
	return amli_area_linux_bind(bind, ptr, size);
}

/* True if some node is in both, and none of @part is outside of @whole. */
static bool is_part(const struct aml_bitmap *part, const struct aml_bitmap *whole)
{
	bool any = false;

	for (int w = 0; w < AML_BITMAP_SIZE; w++) {
		if (part->mask[w] & ~whole->mask[w])
			return false;
		any = any || part->mask[w];
	}
	return any;
}

int aml_area_linux_check_binding(struct aml_area_linux_data *area_data, void *ptr, size_t size)
{
	int rc = check(area_data, ptr), mode = 0;
	struct aml_bitmap found = {{0}}, wanted;

	(void)size;
	if (rc)
		return rc;
	if (amli_system->get_mempolicy(&mode, found.mask, AML_BITMAP_MAX, ptr, MPOL_F_ADDR))
		return amli_fail_errno(errno, "get_mempolicy of %p", ptr);
	if ((mode & ~MODE_FLAGS) != policies[area_data->policy].mode)
		return 0;
	amli_area_linux_nodes(area_data, &wanted);
	switch (area_data->policy) {
	case AML_AREA_LINUX_POLICY_DEFAULT:
		return 1;
	case AML_AREA_LINUX_POLICY_PREFERRED: /* the kernel keeps only the lowest */
		return is_part(&found, &wanted);
	default:
		return aml_bitmap_isequal(&found, &wanted);
	}
}
