/* SPDX-License-Identifier: BSD-3-Clause */
/* AML's backends: which work here, and what aml_init() calls. */
#include <stdbool.h>

#include "aml/utils/backend/linux.h"
#include "aml/utils/features.h"
#include "area/topology.h"

int aml_backend_linux_init(void)
{
	return 0;
}

int aml_backend_linux_finalize(void)
{
	return 0;
}

static bool hwloc_works(void)
{
	const struct hwloc_topology_support *can;
	hwloc_topology_t topology;
	bool works;

	if (amli_topology_lock(&topology))
		return false;
	can = hwloc_topology_get_support(topology);
	works = can->discovery->numa && can->membind->set_area_membind &&
		can->membind->alloc_membind;
	amli_topology_unlock();
	return works;
}

int aml_support_backends(const unsigned long backends)
{
	if (backends & ~(AML_BACKEND_LIBNUMA | AML_BACKEND_HWLOC))
		return 0;
	return !(backends & AML_BACKEND_HWLOC) || hwloc_works();
}
