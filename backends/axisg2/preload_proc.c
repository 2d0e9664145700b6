/* SPDX-License-Identifier: BSD-3-Clause */
/* /proc/datadev_N: a file in memory with what there was to say when it was opened. */
#undef _FORTIFY_SOURCE
#undef _FILE_OFFSET_BITS
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "backends/axisg2/preload.h"

static int in_memory(const char *text, size_t bytes, int flags)
{
	int fd = memfd_create("datadev", MFD_ALLOW_SEALING | (flags & O_CLOEXEC ? MFD_CLOEXEC : 0));

	if (fd < 0)
		return -1;
	if (write(fd, text, bytes) != (ssize_t)bytes || lseek(fd, 0, SEEK_SET) ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK)) {
		amli_axisg2_sys_close(fd);
		return (int)amli_axisg2_result(-EIO);
	}
	return fd;
}

int amli_axisg2_proc_open(int flags)
{
	struct amli_axisg2_handle *handle;
	char text[AMLI_AXISG2_PROC_BYTES];
	size_t bytes;
	int rc;

	if ((flags & O_ACCMODE) != O_RDONLY)
		return (int)amli_axisg2_result(-EACCES);
	rc = amli_axisg2_handle_open(&handle, amli_axisg2_spec(), O_RDONLY);
	if (rc)
		return (int)amli_axisg2_result(rc);
	bytes = amli_axisg2_proc_text(handle, text, sizeof(text));
	amli_axisg2_handle_close(handle);
	return in_memory(text, bytes, flags);
}

static FILE *open_stream(const char *mode)
{
	int flags = *mode == 'r' && !strchr(mode, '+') ? O_RDONLY : O_RDWR, fd;

	fd = amli_axisg2_proc_open(flags | (strchr(mode, 'e') ? O_CLOEXEC : 0));
	return fd < 0 ? NULL : fdopen(fd, "r");
}

#define FOPEN(name)                                                                           \
	AMLI_AXISG2_EXPORT FILE *name(const char *path, const char *mode);                    \
	FILE *name(const char *path, const char *mode)                                        \
	{                                                                                     \
		if (amli_axisg2_is_proc(path))                                                \
			return open_stream(mode);                                             \
		return AMLI_AXISG2_NEXT(FILE * (*)(const char *, const char *), #name)(path,  \
										       mode); \
	}
FOPEN(fopen)
FOPEN(fopen64)
