/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <numa.h>
#include <numaif.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "area/system.h"
#include "base/error.h"

static void allowed_nodes(struct aml_bitmap *out)
{
	memset(out, 0, sizeof(*out));
	if (numa_available() < 0 ||
	    get_mempolicy(NULL, out->mask, AML_BITMAP_MAX, NULL, MPOL_F_MEMS_ALLOWED) < 0)
		aml_bitmap_set(out, 0); /* a kernel without NUMA: all memory is node 0 */
}

static size_t free_bytes(unsigned node)
{
	long long bytes;

	return numa_node_size64((int)node, &bytes) < 0 || bytes < 0 ? SIZE_MAX : (size_t)bytes;
}

static size_t huge_page_bytes(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	char line[128];
	size_t kilobytes = 0;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Hugepagesize: %zu kB", &kilobytes) == 1)
			break;
	if (file)
		fclose(file);
	return kilobytes * 1024;
}

static bool has_policy(hwloc_topology_t topology, hwloc_membind_policy_t policy)
{
	const struct hwloc_topology_membind_support *can =
		hwloc_topology_get_support(topology)->membind;

	switch (policy) {
	case HWLOC_MEMBIND_DEFAULT:
		return true;
	case HWLOC_MEMBIND_FIRSTTOUCH:
		return can->firsttouch_membind;
	case HWLOC_MEMBIND_BIND:
		return can->bind_membind;
	case HWLOC_MEMBIND_INTERLEAVE:
		return can->interleave_membind;
	case HWLOC_MEMBIND_NEXTTOUCH:
		return can->nexttouch_membind;
	default:
		return false;
	}
}

/* mbind and get_mempolicy have argument types that differ between libnumas. */
static long real_mbind(void *addr, unsigned long size, int mode, const unsigned long *mask,
		       unsigned long maxnode, unsigned flags)
{
	return mbind(addr, size, mode, mask, maxnode, flags);
}

static long real_get_mempolicy(int *mode, unsigned long *mask, unsigned long maxnode, void *addr,
			       unsigned long flags)
{
	return get_mempolicy(mode, mask, maxnode, addr, (unsigned)flags);
}

const struct amli_area_system amli_system_real = {
	.mmap = mmap,
	.munmap = munmap,
	.madvise = madvise,
	.mbind = real_mbind,
	.get_mempolicy = real_get_mempolicy,
	.allowed_nodes = allowed_nodes,
	.free_bytes = free_bytes,
	.huge_page_bytes = huge_page_bytes,
	.topology_load = hwloc_topology_load,
	.has_policy = has_policy,
	.bitmap_alloc = hwloc_bitmap_alloc,
	.bitmap_dup = hwloc_bitmap_dup,
	.alloc_membind = hwloc_alloc_membind,
	.free = hwloc_free,
	.set_area_membind = hwloc_set_area_membind,
	.get_area_membind = hwloc_get_area_membind,
	.set_cpubind = hwloc_set_cpubind,
	.get_cpubind = hwloc_get_cpubind,
};

const struct amli_area_system *amli_system = &amli_system_real;

int amli_errno_code(int err)
{
	switch (err) {
	case ENOMEM:
	case EAGAIN: /* more than may be locked */
		return AML_ENOMEM;
	case EPERM:
	case EACCES:
		return AML_EPERM;
	case EINVAL:
	case EBADF:
	case EFAULT:
	case EOVERFLOW:
	case EEXIST:
		return AML_EINVAL;
	case ENOSYS:
	case ENODEV:
	case EOPNOTSUPP:
		return AML_ENOTSUP;
	default:
		return AML_FAILURE;
	}
}

static int record(int err, const char *fmt, va_list args)
{
	char what[160];
	int code = amli_errno_code(err);

	vsnprintf(what, sizeof(what), fmt, args);
	amli_fail(code, "%s: %s", what, strerror(err));
	errno = err;
	return code;
}

int amli_fail_errno(int err, const char *fmt, ...)
{
	va_list args;
	int code;

	va_start(args, fmt);
	code = record(err, fmt, args);
	va_end(args);
	return -code;
}

void *amli_fail_null_errno(int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	aml_errno = record(err, fmt, args);
	va_end(args);
	return NULL;
}
