/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "area/system.h"
#include "area/topology.h"
#include "base/error.h"

hwloc_topology_t aml_topology;
hwloc_const_bitmap_t allowed_nodeset;

/* Loaded when a thread is bound before aml_init(); kept until the process ends. */
static hwloc_topology_t spare;

/* Written to change the two pointers, read to use one over a call. */
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

static int set_source(hwloc_topology_t topology)
{
	const char *xml = getenv("AML_TOPOLOGY");

	hwloc_topology_set_flags(topology,
				 HWLOC_TOPOLOGY_FLAG_IS_THISSYSTEM |
					 HWLOC_TOPOLOGY_FLAG_THISSYSTEM_ALLOWED_RESOURCES);
	if (xml && *xml && hwloc_topology_set_xml(topology, xml))
		return amli_fail(AML_EINVAL, "AML_TOPOLOGY=%s is no topology that hwloc can read",
				 xml);
	return 0;
}

static int load(hwloc_topology_t *out)
{
	hwloc_topology_t topology;
	int rc;

	if (hwloc_topology_init(&topology))
		return amli_fail(AML_ENOMEM, "no memory for a topology");
	rc = set_source(topology);
	if (rc)
		goto fail;
	if (amli_system->topology_load(topology)) {
		const char *xml = getenv("AML_TOPOLOGY");
		int code = errno == ENOMEM ? AML_ENOMEM : xml && *xml ? AML_EINVAL : AML_FAILURE;

		rc = amli_fail(code, "hwloc cannot load %s",
			       xml && *xml ? xml : "this machine's topology");
		goto fail;
	}
	*out = topology;
	return 0;

fail:
	hwloc_topology_destroy(topology);
	return rc;
}

static void publish(hwloc_topology_t topology)
{
	aml_topology = topology;
	allowed_nodeset = topology ? hwloc_topology_get_allowed_nodeset(topology) : NULL;
}

int aml_backend_hwloc_init(void)
{
	hwloc_topology_t topology;
	int rc = 0;

	pthread_rwlock_wrlock(&lock);
	if (!aml_topology) {
		rc = load(&topology);
		if (!rc)
			publish(topology);
	}
	pthread_rwlock_unlock(&lock);
	return rc;
}

int aml_backend_hwloc_finalize(void)
{
	hwloc_topology_t topology;

	pthread_rwlock_wrlock(&lock);
	topology = aml_topology;
	publish(NULL);
	if (topology)
		hwloc_topology_destroy(topology);
	pthread_rwlock_unlock(&lock);
	return 0;
}

void amli_topology_use(hwloc_topology_t topology)
{
	pthread_rwlock_wrlock(&lock);
	publish(topology);
	pthread_rwlock_unlock(&lock);
}

int amli_topology_check(void)
{
	return aml_topology ? 0
			    : amli_fail(AML_EINVAL, "there is no topology: call aml_init() first");
}

static int load_spare(void)
{
	int rc = 0;

	pthread_rwlock_wrlock(&lock);
	if (!aml_topology && !spare)
		rc = load(&spare);
	pthread_rwlock_unlock(&lock);
	return rc;
}

int amli_topology_lock(hwloc_topology_t *out)
{
	int rc;

	for (;;) {
		pthread_rwlock_rdlock(&lock);
		*out = aml_topology ? aml_topology : spare;
		if (*out)
			return 0;
		pthread_rwlock_unlock(&lock);
		rc = load_spare(); /* aml_finalize() may come in between: look again */
		if (rc)
			return rc;
	}
}

void amli_topology_unlock(void)
{
	pthread_rwlock_unlock(&lock);
}

int aml_hwloc_local_initiator(hwloc_obj_t *out)
{
	hwloc_cpuset_t set;
	int rc;

	if (!out)
		return amli_fail(AML_EINVAL, "out is NULL");
	*out = NULL;
	rc = amli_topology_check();
	if (rc)
		return rc;
	set = amli_system->bitmap_alloc();
	if (!set)
		return amli_fail(AML_ENOMEM, "no memory for a set of processors");
	if (amli_system->get_cpubind(aml_topology, set, HWLOC_CPUBIND_THREAD)) {
		rc = amli_fail(AML_ENOTSUP, "the system does not tell the thread's binding");
		goto out;
	}
	hwloc_bitmap_and(set, set, hwloc_topology_get_topology_cpuset(aml_topology));
	if (!hwloc_bitmap_iszero(set))
		*out = hwloc_get_obj_covering_cpuset(aml_topology, set);
	if (!*out)
		rc = amli_fail(AML_EDOM, "the thread's processors are not in the topology");
out:
	hwloc_bitmap_free(set);
	return rc;
}
