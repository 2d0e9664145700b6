/* SPDX-License-Identifier: BSD-3-Clause */
#include <check.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "area/system.h"
#include "area/topology.h"
#include "tests/lib/machine.h"

#define MIB2 ((uintptr_t)2 << 20)

struct machine machine;

static hwloc_topology_t topology;

static int fails(int err)
{
	if (err)
		errno = err;
	return err ? -1 : 0;
}

static size_t pages(size_t size)
{
	return (size + 4095) & ~(size_t)4095;
}

/* An address with the offset from 2 MiB that the test wants. */
static void *fake_mmap(void *addr, size_t size, int prot, int flags, int fd, off_t offset)
{
	char *all, *ptr;

	machine.mmaps++;
	machine.mmap_flags = flags;
	machine.mmap_prot = prot;
	machine.mmap_fd = fd;
	machine.mmap_size = size;
	if (fails(machine.mmap_errno))
		return MAP_FAILED;
	if (!(flags & MAP_ANONYMOUS)) {
		ptr = mmap(addr, size, prot, flags, fd, offset);
	} else {
		all = mmap(NULL, size + 2 * MIB2, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (all == MAP_FAILED)
			return MAP_FAILED;
		ptr = all + (MIB2 - (uintptr_t)all % MIB2) % MIB2 + machine.map_offset;
		if (ptr > all)
			munmap(all, (size_t)(ptr - all));
		munmap(ptr + pages(size),
		       (size_t)(all + pages(size + 2 * MIB2) - ptr) - pages(size));
	}
	if (ptr != MAP_FAILED)
		machine.mapped += (long)pages(size);
	return ptr;
}

/* Counts pages that were mapped, not the size of the range. */
static long present(char *addr, size_t size)
{
	unsigned char vec;
	long n = 0;

	for (size_t at = 0; at < size; at += 4096)
		if (!mincore(addr + at, 1, &vec))
			n += 4096;
	return n;
}

static int fake_munmap(void *addr, size_t size)
{
	long n;

	machine.munmaps++;
	if (machine.munmap_fails_at && machine.munmaps == machine.munmap_fails_at)
		return fails(ENOMEM);
	if (fails(machine.munmap_errno))
		return -1;
	n = present(addr, size);
	if (munmap(addr, size))
		return -1;
	machine.mapped -= n;
	return 0;
}

static int fake_madvise(void *addr, size_t size, int advice)
{
	(void)addr;
	(void)size;
	machine.madvises++;
	if (advice != MADV_HUGEPAGE)
		return fails(EINVAL);
	return fails(machine.madvise_errno);
}

static struct machine_bind *record_bind(const void *addr, size_t size, int mode, unsigned flags)
{
	struct machine_bind *b = &machine.binds[machine.nbinds++ % MACHINE_BINDS];

	*b = (struct machine_bind){(char *)(uintptr_t)addr, size, mode, flags, {{0}}};
	return b;
}

static long fake_mbind(void *addr, unsigned long size, int mode, const unsigned long *mask,
		       unsigned long maxnode, unsigned flags)
{
	struct machine_bind *b = record_bind(addr, size, mode, flags);

	if (mask) /* the kernel's maxnode is one too many */
		aml_bitmap_copy_from_ulong(&b->nodes, mask, maxnode - 1);
	return fails(machine.mbind_errno);
}

static long fake_get_mempolicy(int *mode, unsigned long *mask, unsigned long maxnode, void *addr,
			       unsigned long flags)
{
	(void)addr;
	if (flags != 2) /* MPOL_F_ADDR */
		return fails(EINVAL);
	if (fails(machine.mempolicy_errno))
		return -1;
	*mode = machine.found_mode;
	aml_bitmap_copy_to_ulong(&machine.found_nodes, mask, maxnode);
	return 0;
}

static void fake_allowed_nodes(struct aml_bitmap *out)
{
	*out = machine.allowed;
}

static size_t fake_free_bytes(unsigned node)
{
	return machine.free_bytes[node];
}

static size_t fake_huge_page_bytes(void)
{
	return machine.huge_page_bytes;
}

static int fake_topology_load(hwloc_topology_t t)
{
	return fails(machine.topology_errno) ? -1 : hwloc_topology_load(t);
}

static bool fake_has_policy(hwloc_topology_t t, hwloc_membind_policy_t policy)
{
	(void)t;
	return policy == HWLOC_MEMBIND_DEFAULT || !machine.no_policies;
}

static hwloc_bitmap_t fake_bitmap_alloc(void)
{
	return machine.no_bitmaps ? NULL : hwloc_bitmap_alloc();
}

static hwloc_bitmap_t fake_bitmap_dup(hwloc_const_bitmap_t bitmap)
{
	return machine.no_bitmaps ? NULL : hwloc_bitmap_dup(bitmap);
}

static void *fake_alloc_membind(hwloc_topology_t t, size_t size, hwloc_const_bitmap_t set,
				hwloc_membind_policy_t policy, int flags)
{
	void *ptr;

	(void)t;
	machine.allocs++;
	machine.alloc_policy = policy;
	machine.alloc_flags = flags;
	hwloc_bitmap_list_snprintf(machine.alloc_nodes, sizeof(machine.alloc_nodes), set);
	if (fails(machine.membind_errno))
		return NULL;
	ptr = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	machine.mapped += (long)pages(size);
	return ptr;
}

static int fake_free(hwloc_topology_t t, void *addr, size_t size)
{
	(void)t;
	machine.frees++;
	if (fails(machine.munmap_errno))
		return -1;
	machine.mapped -= present(addr, size);
	return munmap(addr, size);
}

/* Refuses as Linux does when a node cannot be bound to. */
static int fake_set_area_membind(hwloc_topology_t t, const void *addr, size_t size,
				 hwloc_const_bitmap_t set, hwloc_membind_policy_t policy, int flags)
{
	struct machine_bind *b = record_bind(addr, size, (int)policy, (unsigned)flags);

	(void)t;
	for (unsigned i = 0; i < MACHINE_NODES; i++)
		if (hwloc_bitmap_isset(set, i)) {
			aml_bitmap_set(&b->nodes, i);
			if (machine.refuses[i])
				return fails(EXDEV);
		}
	return fails(machine.membind_errno);
}

static int fake_get_area_membind(hwloc_topology_t t, const void *addr, size_t size,
				 hwloc_bitmap_t set, hwloc_membind_policy_t *policy, int flags)
{
	(void)t;
	(void)addr;
	(void)size;
	if (!(flags & HWLOC_MEMBIND_BYNODESET))
		return fails(EINVAL);
	if (fails(machine.mempolicy_errno))
		return -1;
	*policy = machine.found_policy;
	hwloc_bitmap_copy(set, machine.found_set);
	return 0;
}

static int fake_set_cpubind(hwloc_topology_t t, hwloc_const_cpuset_t set, int flags)
{
	(void)t;
	machine.thread_binds++;
	if (flags != HWLOC_CPUBIND_THREAD)
		return fails(EINVAL);
	hwloc_bitmap_list_snprintf(machine.bound_to, sizeof(machine.bound_to), set);
	return fails(machine.cpubind_errno);
}

static int fake_get_cpubind(hwloc_topology_t t, hwloc_cpuset_t set, int flags)
{
	bool process = flags & HWLOC_CPUBIND_PROCESS;
	hwloc_bitmap_t cpus = process ? machine.process_cpus : machine.thread_cpus;

	if (fails(process ? machine.process_cpubind_errno : machine.cpubind_errno))
		return -1;
	return hwloc_bitmap_copy(set, cpus ? cpus : hwloc_topology_get_topology_cpuset(t));
}

static const struct amli_area_system fake = {
	.mmap = fake_mmap,
	.munmap = fake_munmap,
	.madvise = fake_madvise,
	.mbind = fake_mbind,
	.get_mempolicy = fake_get_mempolicy,
	.allowed_nodes = fake_allowed_nodes,
	.free_bytes = fake_free_bytes,
	.huge_page_bytes = fake_huge_page_bytes,
	.topology_load = fake_topology_load,
	.has_policy = fake_has_policy,
	.bitmap_alloc = fake_bitmap_alloc,
	.bitmap_dup = fake_bitmap_dup,
	.alloc_membind = fake_alloc_membind,
	.free = fake_free,
	.set_area_membind = fake_set_area_membind,
	.get_area_membind = fake_get_area_membind,
	.set_cpubind = fake_set_cpubind,
	.get_cpubind = fake_get_cpubind,
};

void machine_plug(void)
{
	memset(&machine, 0, sizeof(machine));
	machine.allowed = machine_set("0,1");
	for (int i = 0; i < MACHINE_NODES; i++)
		machine.free_bytes[i] = SIZE_MAX;
	machine.huge_page_bytes = MIB2;
	amli_system = &fake;
}

void machine_unplug(void)
{
	if (topology) {
		amli_topology_use(NULL);
		hwloc_topology_destroy(topology);
	}
	topology = NULL;
	amli_system = &amli_system_real;
}

hwloc_topology_t machine_topology(const char *synthetic)
{
	ck_assert_int_eq(hwloc_topology_init(&topology), 0);
	ck_assert_int_eq(hwloc_topology_set_synthetic(topology, synthetic), 0);
	ck_assert_int_eq(hwloc_topology_set_type_filter(topology, HWLOC_OBJ_MISC,
							HWLOC_TYPE_FILTER_KEEP_ALL),
			 0);
	ck_assert_int_eq(hwloc_topology_load(topology), 0);
	amli_topology_use(topology);
	return topology;
}

void machine_matrix(unsigned n, hwloc_obj_t *objs, unsigned long kind, const hwloc_uint64_t *values)
{
	hwloc_uint64_t *in = (hwloc_uint64_t *)(uintptr_t)values; /* only read */

	kind |= HWLOC_DISTANCES_KIND_FROM_USER;
#if HWLOC_API_VERSION < 0x00020500
	ck_assert_int_eq(hwloc_distances_add(topology, n, objs, in, kind, 0), 0);
#else
	hwloc_distances_add_handle_t matrix = hwloc_distances_add_create(topology, NULL, kind, 0);

	ck_assert_ptr_nonnull(matrix);
	ck_assert_int_eq(hwloc_distances_add_values(topology, matrix, n, objs, in, 0), 0);
	ck_assert_int_eq(hwloc_distances_add_commit(topology, matrix, 0), 0);
#endif
}

hwloc_topology_t machine_distances(const char *synthetic, hwloc_obj_type_t type, unsigned long kind,
				   const hwloc_uint64_t *values)
{
	hwloc_obj_t objs[64];
	unsigned n;

	if (synthetic)
		machine_topology(synthetic);
	n = (unsigned)hwloc_get_nbobjs_by_type(topology, type);
	ck_assert_uint_le(n, 64);
	for (unsigned i = 0; i < n; i++)
		objs[i] = hwloc_get_obj_by_type(topology, type, i);
	machine_matrix(n, objs, kind, values);
	return topology;
}

struct aml_bitmap machine_set(const char *text)
{
	struct aml_bitmap set;

	ck_assert_int_eq(aml_bitmap_from_string(&set, text), 0);
	return set;
}
