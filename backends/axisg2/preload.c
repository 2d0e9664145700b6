/* SPDX-License-Identifier: BSD-3-Clause */
/* The C library's functions that take a path or a descriptor of the device. */
#undef _FORTIFY_SOURCE
#undef _FILE_OFFSET_BITS
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "backends/axisg2/preload.h"

/* ---- open ---- */

typedef int (*open_fn)(const char *, int, ...);
typedef int (*openat_fn)(int, const char *, int, ...);

static bool has_mode(int flags)
{
	return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE;
}

/* What a variadic open() was given as its mode. */
#define MODE(flags)                                    \
	__extension__({                                \
		mode_t mode_ = 0;                      \
		if (has_mode(flags)) {                 \
			va_list list_;                 \
			va_start(list_, flags);        \
			mode_ = va_arg(list_, mode_t); \
			va_end(list_);                 \
		}                                      \
		mode_;                                 \
	})

static bool open_ours(const char *path, int flags, int *fd)
{
	if (amli_axisg2_is_device(path))
		*fd = amli_axisg2_table_open(flags);
	else if (amli_axisg2_is_proc(path))
		*fd = amli_axisg2_proc_open(flags);
	else
		return false;
	return true;
}

#define OPEN(name)                                                                 \
	AMLI_AXISG2_EXPORT int name(const char *path, int flags, ...);             \
	int name(const char *path, int flags, ...)                                 \
	{                                                                          \
		int fd;                                                            \
                                                                                   \
		if (open_ours(path, flags, &fd))                                   \
			return fd;                                                 \
		return AMLI_AXISG2_NEXT(open_fn, #name)(path, flags, MODE(flags)); \
	}
#define OPENAT(name)                                                                     \
	AMLI_AXISG2_EXPORT int name(int at, const char *path, int flags, ...);           \
	int name(int at, const char *path, int flags, ...)                               \
	{                                                                                \
		int fd;                                                                  \
                                                                                         \
		if (open_ours(path, flags, &fd))                                         \
			return fd;                                                       \
		return AMLI_AXISG2_NEXT(openat_fn, #name)(at, path, flags, MODE(flags)); \
	}
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

/* What programs compiled with _FORTIFY_SOURCE call. */
#define OPEN_2(name)                                                  \
	AMLI_AXISG2_EXPORT int name(const char *path, int flags);     \
	int name(const char *path, int flags)                         \
	{                                                             \
		int fd;                                               \
                                                                      \
		if (open_ours(path, flags, &fd))                      \
			return fd;                                    \
		return AMLI_AXISG2_NEXT(open_fn, #name)(path, flags); \
	}
#define OPENAT_2(name)                                                      \
	AMLI_AXISG2_EXPORT int name(int at, const char *path, int flags);   \
	int name(int at, const char *path, int flags)                       \
	{                                                                   \
		int fd;                                                     \
                                                                            \
		if (open_ours(path, flags, &fd))                            \
			return fd;                                          \
		return AMLI_AXISG2_NEXT(openat_fn, #name)(at, path, flags); \
	}
OPEN_2(__open_2)
OPEN_2(__open64_2)
OPENAT_2(__openat_2)
OPENAT_2(__openat64_2)

/* ---- close, and other numbers for the same ---- */

int amli_axisg2_sys_close(int fd)
{
	return AMLI_AXISG2_NEXT(int (*)(int), "close")(fd);
}

AMLI_AXISG2_EXPORT int close(int fd);
int close(int fd)
{
	/* Programs that close everything do not see those that they did not open. */
	if (amli_axisg2_table_is_own(fd))
		return (int)amli_axisg2_result(-EBADF);
	amli_axisg2_table_remove(fd);
	return amli_axisg2_sys_close(fd);
}

/* A range of numbers, without those that the program has not opened. */
static int close_between(unsigned first, unsigned last)
{
	int (*next)(unsigned, unsigned, int) =
		AMLI_AXISG2_NEXT(int (*)(unsigned, unsigned, int), "close_range");
	unsigned own;
	int rc = 0;

	for (unsigned fd = first; fd <= last && fd <= UINT16_MAX; fd++)
		amli_axisg2_table_remove((int)fd);
	while (rc == 0 && first <= last && first <= INT_MAX) {
		own = (unsigned)amli_axisg2_table_next_own((int)first);
		if (own == INT_MAX || own > last)
			return next(first, last, 0);
		if (own > first)
			rc = next(first, own - 1, 0);
		first = own + 1;
	}
	return rc;
}

AMLI_AXISG2_EXPORT int close_range(unsigned first, unsigned last, int flags);
int close_range(unsigned first, unsigned last, int flags)
{
	if (flags == 0 && first <= last)
		return close_between(first, last);
	return AMLI_AXISG2_NEXT(int (*)(unsigned, unsigned, int), "close_range")(first, last,
										 flags);
}

AMLI_AXISG2_EXPORT void closefrom(int first);
void closefrom(int first)
{
	close_between(first < 0 ? 0 : (unsigned)first, UINT_MAX);
}

static int note(struct amli_axisg2_handle *handle, int fd)
{
	if (fd >= 0)
		amli_axisg2_table_add(handle, fd);
	return fd;
}

AMLI_AXISG2_EXPORT int dup(int fd);
int dup(int fd)
{
	struct amli_axisg2_handle *handle = amli_axisg2_table_get(fd);
	int copy = AMLI_AXISG2_NEXT(int (*)(int), "dup")(fd);

	if (!handle)
		return copy;
	note(handle, copy);
	amli_axisg2_table_put(handle);
	return copy;
}

AMLI_AXISG2_EXPORT int dup3(int fd, int to, int flags);
int dup3(int fd, int to, int flags)
{
	struct amli_axisg2_handle *handle;
	int copy;

	if (amli_axisg2_table_is_own(to))
		return (int)amli_axisg2_result(-EBUSY);
	handle = amli_axisg2_table_get(fd);
	copy = AMLI_AXISG2_NEXT(int (*)(int, int, int), "dup3")(fd, to, flags);
	if (copy >= 0) {
		amli_axisg2_table_remove(to);
		if (handle)
			note(handle, copy);
	}
	if (handle)
		amli_axisg2_table_put(handle);
	return copy;
}

AMLI_AXISG2_EXPORT int dup2(int fd, int to);
int dup2(int fd, int to)
{
	if (fd == to)
		return AMLI_AXISG2_NEXT(int (*)(int, int), "dup2")(fd, to);
	return dup3(fd, to, 0);
}

typedef int (*fcntl_fn)(int, int, ...);

static int fcntl_with(fcntl_fn next, int fd, int command, void *arg)
{
	struct amli_axisg2_handle *handle = amli_axisg2_table_get(fd);
	int rc = next(fd, command, arg);

	if (!handle)
		return rc;
	if (command == F_DUPFD || command == F_DUPFD_CLOEXEC)
		note(handle, rc);
	/* A socket may always be read and written. */
	if (command == F_GETFL && rc >= 0)
		rc = (rc & ~O_ACCMODE) | handle->access;
	amli_axisg2_table_put(handle);
	return rc;
}

#define FCNTL(name)                                                                     \
	AMLI_AXISG2_EXPORT int name(int fd, int command, ...);                          \
	int name(int fd, int command, ...)                                              \
	{                                                                               \
		va_list list;                                                           \
		void *arg;                                                              \
                                                                                        \
		va_start(list, command);                                                \
		arg = va_arg(list, void *);                                             \
		va_end(list);                                                           \
		return fcntl_with(AMLI_AXISG2_NEXT(fcntl_fn, #name), fd, command, arg); \
	}
FCNTL(fcntl)
FCNTL(fcntl64)

/* ---- reading, writing and the rest ---- */

static long ours_read(struct amli_axisg2_handle *handle, void *data, size_t bytes)
{
	long rc = amli_axisg2_call_read(handle, (uintptr_t)data, bytes);

	amli_axisg2_table_put(handle);
	return amli_axisg2_result(rc);
}

AMLI_AXISG2_EXPORT ssize_t read(int fd, void *data, size_t bytes);
ssize_t read(int fd, void *data, size_t bytes)
{
	struct amli_axisg2_handle *handle = amli_axisg2_table_get(fd);

	if (handle)
		return ours_read(handle, data, bytes);
	return AMLI_AXISG2_NEXT(ssize_t(*)(int, void *, size_t), "read")(fd, data, bytes);
}

AMLI_AXISG2_EXPORT ssize_t __read_chk(int fd, void *data, size_t bytes, size_t room);
ssize_t __read_chk(int fd, void *data, size_t bytes, size_t room)
{
	struct amli_axisg2_handle *handle = bytes > room ? NULL : amli_axisg2_table_get(fd);

	if (handle)
		return ours_read(handle, data, bytes);
	return AMLI_AXISG2_NEXT(ssize_t(*)(int, void *, size_t, size_t), "__read_chk")(fd, data,
										       bytes, room);
}

static long ours_write(struct amli_axisg2_handle *handle, const void *data, size_t bytes)
{
	long rc = amli_axisg2_call_write(handle, (uintptr_t)data, bytes);

	amli_axisg2_table_put(handle);
	return amli_axisg2_result(rc);
}

AMLI_AXISG2_EXPORT ssize_t write(int fd, const void *data, size_t bytes);
ssize_t write(int fd, const void *data, size_t bytes)
{
	struct amli_axisg2_handle *handle = amli_axisg2_table_get(fd);

	if (handle)
		return ours_write(handle, data, bytes);
	return AMLI_AXISG2_NEXT(ssize_t(*)(int, const void *, size_t), "write")(fd, data, bytes);
}

/* The kernel hands the driver one piece after the other, until one returns something
 * else than its bytes: the first does. */
AMLI_AXISG2_EXPORT ssize_t readv(int fd, const struct iovec *piece, int n);
ssize_t readv(int fd, const struct iovec *piece, int n)
{
	struct amli_axisg2_handle *handle = n > 0 ? amli_axisg2_table_get(fd) : NULL;

	if (handle)
		return ours_read(handle, piece->iov_base, piece->iov_len);
	return AMLI_AXISG2_NEXT(ssize_t(*)(int, const struct iovec *, int), "readv")(fd, piece, n);
}

AMLI_AXISG2_EXPORT ssize_t writev(int fd, const struct iovec *piece, int n);
ssize_t writev(int fd, const struct iovec *piece, int n)
{
	struct amli_axisg2_handle *handle = n > 0 ? amli_axisg2_table_get(fd) : NULL;

	if (handle)
		return ours_write(handle, piece->iov_base, piece->iov_len);
	return AMLI_AXISG2_NEXT(ssize_t(*)(int, const struct iovec *, int), "writev")(fd, piece, n);
}

AMLI_AXISG2_EXPORT int ioctl(int fd, unsigned long command, ...);
int ioctl(int fd, unsigned long command, ...)
{
	struct amli_axisg2_handle *handle = amli_axisg2_table_get(fd);
	va_list list;
	void *arg;
	long rc;

	va_start(list, command);
	arg = va_arg(list, void *);
	va_end(list);
	if (!handle)
		return AMLI_AXISG2_NEXT(int (*)(int, unsigned long, ...), "ioctl")(fd, command,
										   arg);
	rc = amli_axisg2_call_ioctl(handle, (uint32_t)command, (uintptr_t)arg);
	amli_axisg2_table_put(handle);
	return (int)amli_axisg2_result(rc);
}

typedef void *(*mmap_fn)(void *, size_t, int, int, int, off_t);

#define MMAP(name)                                                                                 \
	AMLI_AXISG2_EXPORT void *name(void *hint, size_t bytes, int protection, int flags, int fd, \
				      off_t offset);                                               \
	void *name(void *hint, size_t bytes, int protection, int flags, int fd, off_t offset)      \
	{                                                                                          \
		struct amli_axisg2_handle *handle =                                                \
			flags & MAP_ANONYMOUS ? NULL : amli_axisg2_table_get(fd);                  \
		void *memory;                                                                      \
		int error;                                                                         \
                                                                                                   \
		if (!handle)                                                                       \
			return AMLI_AXISG2_NEXT(mmap_fn, #name)(hint, bytes, protection, flags,    \
								fd, offset);                       \
		memory = amli_axisg2_handle_map(handle, hint, bytes, protection, flags, offset,    \
						&error);                                           \
		amli_axisg2_table_put(handle);                                                     \
		if (error)                                                                         \
			errno = error;                                                             \
		return memory;                                                                     \
	}
MMAP(mmap)
MMAP(mmap64)
