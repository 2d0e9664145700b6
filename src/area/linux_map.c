/* SPDX-License-Identifier: BSD-3-Clause */
/* The linux area: map and unmap, with pages of the usual size or huge ones. */
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>

#include "area/linux.h"
#include "area/system.h"
#include "base/error.h"
#include "base/mem.h"

static const struct aml_area_linux_mmap_options ordinary = {
	.flags = MAP_PRIVATE | MAP_ANONYMOUS,
	.mode = PROT_READ | PROT_WRITE,
	.fd = -1,
};

const struct aml_area_linux_data *amli_area_linux_data(const struct aml_area_data *data)
{
	static const struct aml_area_linux_data none;

	return data ? (const struct aml_area_linux_data *)data : &none;
}

/* What a mapping of @size really takes; false if that does not fit a size_t. */
static bool round_size(const struct aml_area_linux_data *data, size_t size, size_t *out)
{
	size_t page = data->huge_bytes ? data->huge_bytes : 1;

	if (amli_add_overflows(size, page - 1, out))
		return false;
	*out -= *out % page;
	return true;
}

static void *map(size_t size, const struct aml_area_linux_mmap_options *o, const char *remedy)
{
	void *ptr = amli_system->mmap(o->ptr, size, o->mode, o->flags, o->fd, o->offset);

	if (ptr == MAP_FAILED)
		return amli_fail_null_errno(errno, "mmap of %zu bytes%s", size, remedy);
	return ptr;
}

static void *map_hugetlb(size_t size, struct aml_area_linux_mmap_options o)
{
	o.flags |= MAP_HUGETLB;
	return map(size, &o, " of huge pages (reserve some in /proc/sys/vm/nr_hugepages)");
}

/* Maps @align more, and gives back what lies before and behind the aligned part. */
static void *map_aligned(size_t size, size_t align, const struct aml_area_linux_mmap_options *o)
{
	size_t all, head;
	char *ptr;

	if (amli_add_overflows(size, align, &all))
		return amli_fail_null(AML_ENOMEM, "no room for %zu bytes", size);
	ptr = map(all, o, "");
	if (!ptr)
		return NULL;
	head = (align - (uintptr_t)ptr % align) % align;
	if ((head && amli_system->munmap(ptr, head)) ||
	    amli_system->munmap(ptr + head + size, align - head)) {
		int err = errno;

		amli_system->munmap(ptr, all);
		return amli_fail_null_errno(err, "munmap around %zu aligned bytes", size);
	}
	return ptr + head;
}

static void *map_transparent(size_t size, const struct aml_area_linux_mmap_options *o)
{
	char *ptr = map_aligned(size, AMLI_TRANSPARENT_BYTES, o);
	int err;

	if (!ptr || !amli_system->madvise(ptr, size, MADV_HUGEPAGE))
		return ptr;
	err = errno;
	amli_system->munmap(ptr, size);
	amli_fail_null_errno(err,
			     "madvise(MADV_HUGEPAGE) of %zu bytes (are there huge pages in "
			     "/sys/kernel/mm/transparent_hugepage?)",
			     size);
	if (err == EINVAL) /* how kernels without them say so */
		aml_errno = AML_ENOTSUP;
	return NULL;
}

void *aml_area_linux_mmap(const struct aml_area_data *area_data, size_t size,
			  struct aml_area_mmap_options *opts)
{
	const struct aml_area_linux_data *data = amli_area_linux_data(area_data);
	const struct aml_area_linux_mmap_options *o =
		opts ? (const struct aml_area_linux_mmap_options *)opts : &ordinary;
	size_t rounded;

	if (!round_size(data, size, &rounded))
		return amli_fail_null(AML_ENOMEM, "no room for %zu bytes", size);
	if (data->huge == AML_AREA_LINUX_HUGE_NONE)
		return map(rounded, o, "");
	if (!(o->flags & MAP_ANONYMOUS) || (o->flags & MAP_FIXED))
		return amli_fail_null(AML_EINVAL,
				      "an area of huge pages takes mmap flags with "
				      "MAP_ANONYMOUS and without MAP_FIXED, not 0x%x",
				      (unsigned)o->flags);
	return data->huge == AML_AREA_LINUX_HUGE_HUGETLB ? map_hugetlb(rounded, *o)
							 : map_transparent(rounded, o);
}

int aml_area_linux_munmap(const struct aml_area_data *area_data, void *ptr, const size_t size)
{
	size_t rounded;

	if (!round_size(amli_area_linux_data(area_data), size, &rounded))
		rounded = size; /* never mapped: the kernel will say so */
	if (!amli_system->munmap(ptr, rounded))
		return 0;
	amli_fail_errno(errno, "munmap of %zu bytes at %p", size, ptr);
	return -AML_FAILURE;
}

void *amli_area_linux_map_and_bind(const struct aml_area_data *area_data, size_t size,
				   struct aml_area_mmap_options *opts)
{
	const struct aml_area_linux_data *data = amli_area_linux_data(area_data);
	void *ptr = aml_area_linux_mmap(area_data, size, opts);
	int rc, err;

	if (!ptr || data->policy == AML_AREA_LINUX_POLICY_DEFAULT)
		return ptr;
	round_size(data, size, &size);
	rc = amli_area_linux_bind(data, ptr, size);
	if (!rc)
		return ptr;
	err = errno;
	amli_system->munmap(ptr, size);
	errno = err;
	aml_errno = -rc;
	return NULL;
}
