/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The linux area: mmap, with a NUMA policy and huge pages if wanted.
 *
 * aml_area_linux needs no creation: private anonymous read-write pages, placed as
 * the process places its other memory.  aml_area_linux_create() makes areas whose
 * memory is bound to a set of nodes, aml_area_linux_create_huge() areas of huge
 * pages.  Nodes are numbered as the kernel and libnuma number them.  Memory is
 * zeroed, page aligned and not touched: a page is placed when it is first used.
 *
 * What a map or bind call of the kernel refuses comes back as NULL with aml_errno:
 * AML_ENOMEM   no memory, or the address space is full
 * AML_EPERM    a limit or a security rule forbids it (EPERM, EACCES)
 * AML_EINVAL   the kernel calls an argument wrong (EINVAL, EBADF, EFAULT, ...)
 * AML_ENOTSUP  this kernel cannot do that (ENOSYS, ENODEV, EOPNOTSUPP)
 * AML_FAILURE  anything else
 * with errno as the kernel set it, and aml_error_detail() in words.
 *
 * None of this needs aml_init().
 */
#ifndef AML_AREA_LINUX_H
#define AML_AREA_LINUX_H

#include <stddef.h>
#include <sys/types.h>

#include "aml/area.h"

#ifdef __cplusplus
extern "C" {
#endif

struct aml_bitmap;
struct bitmask; /* libnuma's */

/** Where the pages of an area go. */
enum aml_area_linux_policy {
	AML_AREA_LINUX_POLICY_DEFAULT,	  /* as the process says; the nodes do not matter */
	AML_AREA_LINUX_POLICY_BIND,	  /* on these nodes or not at all */
	AML_AREA_LINUX_POLICY_PREFERRED,  /* on the lowest of these nodes while it has room */
	AML_AREA_LINUX_POLICY_INTERLEAVE, /* page by page round these nodes */
};

/** Huge pages, for fewer TLB misses on large data. */
enum aml_area_linux_huge {
	AML_AREA_LINUX_HUGE_NONE,    /* pages of the usual size */
	AML_AREA_LINUX_HUGE_MADVISE, /* transparent: aligned to 2 MiB and madvise()d; the
				      * kernel uses huge pages where it finds some */
	AML_AREA_LINUX_HUGE_HUGETLB, /* reserved by the administrator: nothing but huge pages,
				      * or no memory */
};

/** The data of a linux area. */
struct aml_area_linux_data {
	struct bitmask *nodeset; /* NULL = all nodes the process may use */
	enum aml_area_linux_policy policy;
	enum aml_area_linux_huge huge;
	size_t huge_bytes; /* sizes are rounded up to a multiple of it; 0 = as they are */
};

/**
 * Options of one mmap call, cast to struct aml_area_mmap_options *.  They go to
 * mmap() as they are: set every field.
 */
struct aml_area_linux_mmap_options {
	void *ptr;    /* address hint, or the address with MAP_FIXED */
	int flags;    /* MAP_... */
	int mode;     /* PROT_... */
	int fd;	      /* a file, or -1 with MAP_ANONYMOUS */
	off_t offset; /* bytes into the file, a multiple of the page size */
};

/** Map, then bind unless the policy is DEFAULT; munmap; describe. */
extern AML_API struct aml_area_ops aml_area_linux_ops;

/** Ordinary memory. */
extern AML_API struct aml_area aml_area_linux;

/**
 * Make an area whose memory is placed by a policy.
 *
 * The node set is copied.  Every mapping is bound before its first use; if the
 * kernel refuses to bind it, it is undone and the mmap call returns NULL.
 *
 * @param area      [out] release with aml_area_linux_destroy(); NULL on failure
 * @param nodemask  nodes to use; NULL = all that the process may use
 * @param policy    one of the enum
 *
 * @return 0
 * @return -AML_EINVAL  @p area is NULL, unknown @p policy, or an empty @p nodemask
 *                      with a policy that needs nodes
 * @return -AML_EDOM    a node is not among those the process may use; which one is
 *                      in aml_error_detail()
 * @return -AML_ENOMEM
 *
 * Threads: any.
 */
AML_API int aml_area_linux_create(struct aml_area **area, const struct aml_bitmap *nodemask,
				  const enum aml_area_linux_policy policy);

/**
 * The same, with huge pages.
 *
 * Sizes are rounded up to whole huge pages, in mmap and munmap alike.  Options of
 * mmap calls must be anonymous and without MAP_FIXED (otherwise AML_EINVAL).
 *
 * Codes are those of aml_area_linux_create(), and:
 *
 * @return -AML_EINVAL   unknown @p huge
 * @return -AML_ENOTSUP  HUGETLB on a kernel without huge pages
 *
 * Threads: any.
 */
AML_API int aml_area_linux_create_huge(struct aml_area **area, const struct aml_bitmap *nodemask,
				       enum aml_area_linux_policy policy,
				       enum aml_area_linux_huge huge);

/**
 * Release an area and set the pointer to NULL.  Memory mapped with it stays mapped.
 * NULL, *NULL and aml_area_linux are fine.
 */
AML_API void aml_area_linux_destroy(struct aml_area **area);

/**
 * Bind memory that is already mapped; pages in use move.
 *
 * @param bind  policy and nodes; DEFAULT removes a binding
 * @param ptr   page aligned
 * @param size  bytes
 *
 * @return 0
 * @return -AML_EINVAL  NULL, unknown policy, or refused by the kernel as wrong
 * @return another code as listed on top; the old binding holds
 *
 * Threads: any.
 */
AML_API int aml_area_linux_mbind(struct aml_area_linux_data *bind, void *ptr, size_t size);

/**
 * Does memory have the binding this area gives?
 *
 * The policy of the page at @p ptr is compared: DEFAULT matches memory without a
 * policy of its own; BIND and INTERLEAVE need the same policy and exactly these
 * nodes; PREFERRED, the same policy and one or more of these nodes.
 *
 * @param area_data  policy and nodes
 * @param ptr        mapped memory
 * @param size       not used
 *
 * @return 1            yes
 * @return 0            no
 * @return -AML_EINVAL  NULL, unknown policy, or @p ptr is not mapped
 * @return another negative code as listed on top
 *
 * Threads: any.
 */
AML_API int aml_area_linux_check_binding(struct aml_area_linux_data *area_data, void *ptr,
					 size_t size);

/**
 * Map without binding: the policy of @p area_data is not used.
 *
 * @param area_data  of a linux area; NULL = ordinary pages
 * @param size       bytes, more than 0
 * @param opts       a struct aml_area_linux_mmap_options, or NULL = private, anonymous,
 *                   read and write
 *
 * @return the address, page aligned; NULL with aml_errno as listed on top
 *
 * Threads: any.
 */
AML_API void *aml_area_linux_mmap(const struct aml_area_data *area_data, size_t size,
				  struct aml_area_mmap_options *opts);

/**
 * Unmap.
 *
 * @return 0
 * @return -AML_FAILURE  munmap() refused: errno says why; still mapped
 *
 * Threads: any.
 */
AML_API int aml_area_linux_munmap(const struct aml_area_data *area_data, void *ptr,
				  const size_t size);

#ifdef __cplusplus
}
#endif
#endif
