/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Areas: where memory lives, and how to get some there.
 *
 * An area is an ops table and its data.  Ready-made ones are in aml/area/linux.h
 * (mmap, NUMA policies by libnuma, huge pages) and aml/area/hwloc.h (binding by
 * hwloc, nodes preferred by distance).
 *
 *	void *ptr = aml_area_mmap(area, bytes, NULL);
 *	...
 *	aml_area_munmap(area, ptr, bytes);
 *
 * The ops table is public: a program may bring its own kind of area.  Such an area
 * may hand out addresses that only a device understands: nothing in the library
 * reads or writes area memory on its own account.
 *
 * Threads: an area is never changed after it was made; any number of threads may
 * use one, as long as nobody destroys it.
 */
#ifndef AML_AREA_H
#define AML_AREA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "aml/api.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What an area knows of itself; each kind has its own. */
struct aml_area_data;

/** What one mmap call may ask for; each kind has its own, or ignores it. */
struct aml_area_mmap_options;

/** What a kind of area can do.  Any of them may be NULL: -AML_ENOTSUP. */
struct aml_area_ops {
	/** @c size bytes (never 0), or NULL with aml_errno set. */
	void *(*mmap)(const struct aml_area_data *data, size_t size,
		      struct aml_area_mmap_options *opts);
	/** Give back what mmap returned; never called with NULL or size 0. */
	int (*munmap)(const struct aml_area_data *data, void *ptr, size_t size);
	/** Describe the area, each line starting with @c prefix (never NULL). */
	int (*fprintf)(const struct aml_area_data *data, FILE *stream, const char *prefix);
};

struct aml_area {
	struct aml_area_ops *ops;
	struct aml_area_data *data;
};

/**
 * Get memory from an area.
 *
 * The caller owns it and gives it back with aml_area_munmap(), with the same area
 * and size.
 *
 * @param area  where to take it from
 * @param size  bytes
 * @param opts  what this kind of area defines, or NULL for its defaults
 *
 * @return the address, aligned and initialised as the area says
 * @return NULL with aml_errno unchanged: @p size is 0
 * @return NULL with aml_errno AML_EINVAL: @p area is NULL
 * @return NULL with aml_errno AML_ENOTSUP: the area cannot map
 * @return NULL with another aml_errno: as the area says; nothing stays mapped
 *
 * Threads: any.
 */
AML_API void *aml_area_mmap(const struct aml_area *area, size_t size,
			    struct aml_area_mmap_options *opts);

/**
 * Give memory back to its area.
 *
 * @param area  the one it came from
 * @param ptr   what aml_area_mmap() returned; NULL does nothing
 * @param size  bytes, as asked for; 0 does nothing
 *
 * @return 0
 * @return -AML_EINVAL   @p area is NULL
 * @return -AML_ENOTSUP  the area cannot unmap
 * @return another code as the area says; the memory is still mapped
 *
 * Threads: any.
 */
AML_API int aml_area_munmap(const struct aml_area *area, void *ptr, size_t size);

/**
 * Print what an area is.
 *
 * @param stream  where to
 * @param prefix  put before every line; NULL = nothing
 * @param area    what to describe
 *
 * @return 0
 * @return -AML_EINVAL   @p stream or @p area is NULL
 * @return -AML_ENOTSUP  the area cannot describe itself; nothing was printed
 *
 * Threads: any.
 */
AML_API int aml_area_fprintf(FILE *stream, const char *prefix, const struct aml_area *area);

/**
 * Whether an area gives memory of the host, as those of aml/area/linux.h and aml/area/hwloc.h
 * do: any engine that reaches host memory reaches it.  True for NULL.
 *
 * Threads: any.
 */
AML_API bool aml_area_is_host(const struct aml_area *area);

/**
 * Name an area in a few words: the first line that aml_area_fprintf() prints, or "host memory".
 *
 * @param name  [out] ends with 0 if @p size is not 0; what does not fit is cut off
 * @param size  bytes
 *
 * Threads: any.
 */
AML_API void aml_area_name(const struct aml_area *area, char *name, size_t size);

/* ---- which area an address belongs to ---- */

/** The CPU reads and writes the range, as it does host memory. */
#define AML_AREA_RANGE_CPU (1u << 0)

/**
 * Say that a range of addresses belongs to an area, so that plain pointers into it are
 * recognised.  The area is borrowed until the range is removed.
 *
 * @param size   bytes, at least 1
 * @param flags  0 or AML_AREA_RANGE_CPU
 *
 * @return 0
 * @return -AML_EINVAL  NULL, a size of 0 or past the end of memory, unknown flags; or the
 *                      range meets one that was added before
 * @return -AML_ENOMEM
 *
 * Threads: any.
 */
AML_API int aml_area_range_add(const struct aml_area *area, void *ptr, size_t size, unsigned flags);

/**
 * Take back a range, as it was added.
 *
 * @return 0
 * @return -AML_EINVAL  there is no such range of this area
 *
 * Threads: any.
 */
AML_API int aml_area_range_remove(const struct aml_area *area, void *ptr, size_t size);

/**
 * The area in whose range an address is.
 *
 * @param flags  [out] of the range, 0 if there is none; may be NULL
 * @return NULL: in none that was added
 *
 * Threads: any; who removes the area sees to it that nobody uses the answer any more.
 */
AML_API const struct aml_area *aml_area_of(const void *ptr, unsigned *flags);

#ifdef __cplusplus
}
#endif
#endif
