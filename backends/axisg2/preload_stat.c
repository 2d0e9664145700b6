/* SPDX-License-Identifier: BSD-3-Clause */
/* The device is there, and is a device; and what /proc has of it is a file. */
#include <errno.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "backends/axisg2/preload.h"

/* What anybody may read and write. */
static int fill(struct stat *out)
{
	*out = (struct stat){
		.st_mode = S_IFCHR | 0666,
		.st_rdev = makedev(240, 0), /* of those for local use */
		.st_nlink = 1,
		.st_blksize = 4096,
	};
	return 0;
}

/* What anybody may read. */
static int fill_proc(struct stat *out)
{
	*out = (struct stat){.st_mode = S_IFREG | 0444, .st_nlink = 1, .st_blksize = 1024};
	return 0;
}

AMLI_AXISG2_EXPORT int access(const char *path, int how);
int access(const char *path, int how)
{
	if (amli_axisg2_is_proc(path))
		return (int)amli_axisg2_result(how & (W_OK | X_OK) ? -EACCES : 0);
	if (!amli_axisg2_is_device(path))
		return AMLI_AXISG2_NEXT(int (*)(const char *, int), "access")(path, how);
	return (int)amli_axisg2_result(how & X_OK ? -EACCES : 0);
}

/* struct stat and struct stat64 are the same where long has 64 bits. */
_Static_assert(sizeof(struct stat) == sizeof(struct stat64), "one function for both");

#define STAT(name)                                                                               \
	AMLI_AXISG2_EXPORT int name(const char *path, struct stat *out);                         \
	int name(const char *path, struct stat *out)                                             \
	{                                                                                        \
		if (amli_axisg2_is_device(path))                                                 \
			return fill(out);                                                        \
		if (amli_axisg2_is_proc(path))                                                   \
			return fill_proc(out);                                                   \
		return AMLI_AXISG2_NEXT(int (*)(const char *, struct stat *), #name)(path, out); \
	}
STAT(stat)
STAT(lstat)

AMLI_AXISG2_EXPORT int fstat(int fd, struct stat *out);
int fstat(int fd, struct stat *out)
{
	struct amli_axisg2_handle *handle = amli_axisg2_table_get(fd);

	if (!handle)
		return amli_axisg2_sys_fstat(fd, out);
	amli_axisg2_table_put(handle);
	return fill(out);
}

int amli_axisg2_sys_fstat(int fd, struct stat *out)
{
	return AMLI_AXISG2_NEXT(int (*)(int, struct stat *), "fstat")(fd, out);
}

/* Programs compiled for large files have these names. */
AMLI_AXISG2_EXPORT int stat64(const char *path, struct stat64 *out);
int stat64(const char *path, struct stat64 *out)
{
	return stat(path, (struct stat *)(void *)out);
}

AMLI_AXISG2_EXPORT int lstat64(const char *path, struct stat64 *out);
int lstat64(const char *path, struct stat64 *out)
{
	return lstat(path, (struct stat *)(void *)out);
}

AMLI_AXISG2_EXPORT int fstat64(int fd, struct stat64 *out);
int fstat64(int fd, struct stat64 *out)
{
	return fstat(fd, (struct stat *)(void *)out);
}
