/* SPDX-License-Identifier: BSD-3-Clause */
/* The topology inside the library; users see it through aml/utils/backend/hwloc.h. */
#ifndef AMLI_AREA_TOPOLOGY_H
#define AMLI_AREA_TOPOLOGY_H

#include <hwloc.h>

#include "aml/utils/backend/hwloc.h"

/* Refused with -AML_EINVAL unless aml_init() was called. */
int amli_topology_check(void);

/* For callers that do not need aml_init(): its topology, or else one that is loaded
 * for them once and stays.  Nobody destroys it until amli_topology_unlock(). */
int amli_topology_lock(hwloc_topology_t *out);
void amli_topology_unlock(void);

/* Tests only: @topology, which stays theirs, becomes aml_topology as if aml_init()
 * had loaded it; NULL ends that. */
void amli_topology_use(hwloc_topology_t topology);

#endif
