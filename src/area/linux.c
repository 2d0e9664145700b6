/* SPDX-License-Identifier: BSD-3-Clause */
/* The linux area: create, destroy, describe. */
#include <numa.h>
#include <stdbool.h>
#include <stdlib.h>

#include "area/linux.h"
#include "area/system.h"
#include "base/bitmap.h"
#include "base/error.h"
#include "base/mem.h"

static int describe(const struct aml_area_data *area_data, FILE *stream, const char *prefix)
{
	static const char *const huge[] = {
		[AML_AREA_LINUX_HUGE_NONE] = "",
		[AML_AREA_LINUX_HUGE_MADVISE] = ", huge pages by madvise",
		[AML_AREA_LINUX_HUGE_HUGETLB] = ", huge pages by hugetlb",
	};
	const struct aml_area_linux_data *data = amli_area_linux_data(area_data);
	const char *policy = amli_area_linux_policy_name(data->policy);
	bool known = (unsigned)data->huge < sizeof(huge) / sizeof(huge[0]);
	struct aml_bitmap nodes;
	char list[256];

	amli_area_linux_nodes(data, &nodes);
	fprintf(stream, "%slinux area: policy %s, nodes %s%s\n", prefix,
		policy ? policy : "unknown", amli_bitmap_list(&nodes, list, sizeof(list)),
		known ? huge[data->huge] : "");
	return 0;
}

struct aml_area_ops aml_area_linux_ops = {
	.mmap = amli_area_linux_map_and_bind,
	.munmap = aml_area_linux_munmap,
	.fprintf = describe,
};

static struct aml_area_linux_data ordinary_data;

struct aml_area aml_area_linux = {
	.ops = &aml_area_linux_ops,
	.data = (struct aml_area_data *)&ordinary_data,
};

/* The nodes an area may use: those asked for, if all are allowed. */
static int choose_nodes(struct aml_bitmap *out, const struct aml_bitmap *nodemask,
			enum aml_area_linux_policy policy)
{
	struct aml_bitmap allowed;
	char list[128];

	amli_system->allowed_nodes(&allowed);
	*out = nodemask ? *nodemask : allowed;
	for (unsigned i = 0; i < AML_BITMAP_MAX; i++)
		if (aml_bitmap_isset(out, i) == 1 && aml_bitmap_isset(&allowed, i) != 1)
			return amli_fail(AML_EDOM,
					 "node %u is not among those this process may "
					 "use (%s)",
					 i, amli_bitmap_list(&allowed, list, sizeof(list)));
	if (policy != AML_AREA_LINUX_POLICY_DEFAULT && aml_bitmap_iszero(out) == 1)
		return amli_fail(AML_EINVAL, "policy %s needs a node, and the set is empty",
				 amli_area_linux_policy_name(policy));
	return 0;
}

static int choose_huge_bytes(size_t *out, enum aml_area_linux_huge huge)
{
	switch (huge) {
	case AML_AREA_LINUX_HUGE_NONE:
		*out = 0;
		return 0;
	case AML_AREA_LINUX_HUGE_MADVISE:
		*out = AMLI_TRANSPARENT_BYTES;
		return 0;
	case AML_AREA_LINUX_HUGE_HUGETLB:
		*out = amli_system->huge_page_bytes();
		return *out ? 0
			    : amli_fail(AML_ENOTSUP, "this kernel has no huge pages "
						     "(no Hugepagesize in /proc/meminfo)");
	}
	return amli_fail(AML_EINVAL, "there is no kind %d of huge pages", (int)huge);
}

/* One block: destroying it is one free(). */
struct linux_area {
	struct aml_area area;
	struct aml_area_linux_data data;
	struct bitmask nodeset;
	struct aml_bitmap nodes;
};

int aml_area_linux_create_huge(struct aml_area **area, const struct aml_bitmap *nodemask,
			       enum aml_area_linux_policy policy, enum aml_area_linux_huge huge)
{
	struct aml_bitmap nodes;
	struct linux_area *new;
	size_t huge_bytes;
	int rc;

	if (!area)
		return amli_fail(AML_EINVAL, "area is NULL");
	*area = NULL;
	if (!amli_area_linux_policy_name(policy))
		return amli_fail(AML_EINVAL, "there is no policy %d", (int)policy);
	rc = choose_huge_bytes(&huge_bytes, huge);
	if (!rc)
		rc = choose_nodes(&nodes, nodemask, policy);
	if (rc)
		return rc;
	new = amli_calloc(1, sizeof(*new));
	if (!new)
		return amli_fail(AML_ENOMEM, "no memory for a linux area");
	new->nodes = nodes;
	new->nodeset = (struct bitmask){.size = AML_BITMAP_MAX, .maskp = new->nodes.mask};
	new->data = (struct aml_area_linux_data){&new->nodeset, policy, huge, huge_bytes};
	new->area.ops = &aml_area_linux_ops;
	new->area.data = (struct aml_area_data *)&new->data;
	*area = &new->area;
	return 0;
}

int aml_area_linux_create(struct aml_area **area, const struct aml_bitmap *nodemask,
			  const enum aml_area_linux_policy policy)
{
	return aml_area_linux_create_huge(area, nodemask, policy, AML_AREA_LINUX_HUGE_NONE);
}

void aml_area_linux_destroy(struct aml_area **area)
{
	if (!area)
		return;
	if (*area != &aml_area_linux)
		free(*area);
	*area = NULL;
}
