/* SPDX-License-Identifier: BSD-3-Clause */
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/axisg2/preload.h"

#define DEVICE "/dev/datadev_0"
#define NUMBERS 65536 /* descriptors with a greater number are never ours */

/* What the program has open. */
struct entry {
	struct entry *next;
	struct amli_axisg2_handle *handle;
	ino_t socket;	  /* the number may have become something else behind our back */
	unsigned numbers; /* of descriptors of this process */
	unsigned calls;	  /* that are under way */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards all of this */
static struct entry *entries;
/* May be read without the lock: NULL = not ours. */
static _Atomic(struct entry *) of_number[NUMBERS];

static void lock_table(void)
{
	amli_axisg2_calm();
	pthread_mutex_lock(&lock);
}

static void unlock_table(void)
{
	pthread_mutex_unlock(&lock);
	amli_axisg2_uncalm();
}

void *amli_axisg2_next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

static const char *device(void)
{
	const char *path = getenv("AML_DATADEV_EMU_PATH");

	return path ? path : DEVICE;
}

bool amli_axisg2_is_device(const char *path)
{
	return path && !strcmp(path, device());
}

/* Of the same name as the node. */
bool amli_axisg2_is_proc(const char *path)
{
	const char *slash = strrchr(device(), '/');

	return path && slash && !strncmp(path, "/proc/", 6) && !strcmp(path + 6, slash + 1);
}

const char *amli_axisg2_spec(void)
{
	const char *spec = getenv("AML_DATADEV_EMU");

	return spec ? spec : "";
}

static ino_t inode_of(int fd)
{
	struct stat is;

	return amli_axisg2_sys_fstat(fd, &is) ? 0 : is.st_ino;
}

static struct entry *entry_of(int fd)
{
	if (fd < 0 || fd >= NUMBERS)
		return NULL;
	return atomic_load_explicit(&of_number[fd], memory_order_acquire);
}

static struct entry *entry_of_handle(struct amli_axisg2_handle *handle)
{
	struct entry *entry = entries;

	while (entry->handle != handle)
		entry = entry->next;
	return entry;
}

/* With the lock; the handle to close then, or NULL. */
static struct amli_axisg2_handle *take_unused(struct entry *entry)
{
	struct amli_axisg2_handle *handle = entry->handle;
	struct entry **link = &entries;

	if (entry->numbers || entry->calls)
		return NULL;
	while (*link != entry)
		link = &(*link)->next;
	*link = entry->next;
	free(entry);
	return handle;
}

static void close_it(struct amli_axisg2_handle *handle)
{
	int before = errno;

	if (handle)
		amli_axisg2_handle_close(handle);
	errno = before;
}

struct amli_axisg2_handle *amli_axisg2_table_get(int fd)
{
	struct entry *entry = entry_of(fd);
	bool is_other;

	if (!entry)
		return NULL;
	amli_axisg2_calm(); /* until it is put back */
	lock_table();
	entry = entry_of(fd);
	is_other = entry && inode_of(fd) != entry->socket;
	if (entry && !is_other)
		entry->calls++;
	unlock_table();
	if (is_other) { /* closed by fclose() or such */
		amli_axisg2_table_remove(fd);
		entry = NULL;
	}
	if (!entry)
		amli_axisg2_uncalm();
	return entry ? entry->handle : NULL;
}

void amli_axisg2_table_put(struct amli_axisg2_handle *handle)
{
	struct entry *entry;

	lock_table();
	entry = entry_of_handle(handle);
	entry->calls--;
	handle = take_unused(entry);
	unlock_table();
	close_it(handle);
	amli_axisg2_uncalm();
}

int amli_axisg2_table_next_own(int fd)
{
	int next = INT_MAX;

	if (!entries)
		return next;
	lock_table();
	for (struct entry *entry = entries; entry; entry = entry->next) {
		const int own[] = {entry->handle->seen, entry->handle->other, entry->handle->keeper,
				   entry->handle->at->file};

		for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
			if (own[i] >= fd && own[i] < next)
				next = own[i];
	}
	unlock_table();
	return next;
}

bool amli_axisg2_table_is_own(int fd)
{
	return amli_axisg2_table_next_own(fd) == fd;
}

void amli_axisg2_table_remove(int fd)
{
	struct amli_axisg2_handle *unused = NULL;
	struct entry *entry;

	if (!entry_of(fd))
		return;
	lock_table();
	entry = entry_of(fd);
	if (entry) {
		atomic_store(&of_number[fd], NULL);
		entry->numbers--;
		unused = take_unused(entry);
	}
	unlock_table();
	close_it(unused);
}

void amli_axisg2_table_add(struct amli_axisg2_handle *handle, int fd)
{
	amli_axisg2_table_remove(fd);
	lock_table();
	entry_of_handle(handle)->numbers++;
	atomic_store(&of_number[fd], entry_of_handle(handle));
	unlock_table();
}

/* ---- open ---- */

/* The lowest number there is, as open() has it. */
static int number_for(struct amli_axisg2_handle *handle, int flags)
{
	int command = flags & O_CLOEXEC ? F_DUPFD_CLOEXEC : F_DUPFD, fd;

	handle->seen = amli_axisg2_sys_move(handle->seen);
	fd = fcntl(handle->seen, command, 0);
	if (fd < NUMBERS)
		return fd;
	amli_axisg2_sys_close(fd);
	errno = EMFILE;
	return -1;
}

int amli_axisg2_table_open(int flags)
{
	struct entry *entry = calloc(1, sizeof(*entry));
	int rc, fd;

	if (!entry)
		return (int)amli_axisg2_result(-ENOMEM);
	rc = amli_axisg2_handle_open(&entry->handle, amli_axisg2_spec(), flags);
	if (rc) {
		free(entry);
		return (int)amli_axisg2_result(rc);
	}
	fd = number_for(entry->handle, flags);
	if (fd < 0) {
		close_it(entry->handle);
		free(entry);
		return -1;
	}
	entry->socket = inode_of(fd);
	lock_table();
	entry->next = entries;
	entries = entry;
	unlock_table();
	amli_axisg2_table_add(entry->handle, fd);
	return fd;
}

/* ---- fork, and the end ---- */

static void before_fork(void)
{
	lock_table();
}

/* Calls that were under way are not, in the child. */
static void in_child(void)
{
	for (struct entry *entry = entries; entry; entry = entry->next)
		entry->calls = 0;
	unlock_table();
}

static void after_fork(void)
{
	unlock_table();
}

__attribute__((constructor)) static void begin(void)
{
	pthread_atfork(before_fork, after_fork, in_child);
}

/* As the kernel closes what a program has left open, so that the segment goes. */
__attribute__((destructor)) static void end(void)
{
	lock_table();
	for (struct entry *entry = entries; entry; entry = entry->next)
		amli_axisg2_handle_close(entry->handle);
	entries = NULL;
	memset((void *)of_number, 0, sizeof(of_number));
	unlock_table();
}
