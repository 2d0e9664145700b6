/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/axisg2/emu_handle.h"

/* What this process has open.  Before the lock of a device. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct amli_axisg2_attachment *attachments;

/* ---- fork: the child has no thread, but the same handles ---- */

static void before_fork(void)
{
	amli_axisg2_calm();
	pthread_mutex_lock(&lock);
}

static void in_parent(void)
{
	pthread_mutex_unlock(&lock);
	amli_axisg2_uncalm();
}

static void in_child(void)
{
	for (struct amli_axisg2_attachment *at = attachments; at; at = at->next)
		amli_axisg2_service_start(at);
	pthread_mutex_unlock(&lock);
	amli_axisg2_uncalm();
}

static void watch_forks(void)
{
	pthread_atfork(before_fork, in_parent, in_child);
}

/* ---- the segment ---- */

static void file_name(char name[64], const struct amli_axisg2_config *config)
{
	snprintf(name, 64, "/aml-datadev-%u-%s", (unsigned)getuid(), config->name);
}

/* Locked by us, so that nobody else makes or removes it now.  -errno. */
static int open_locked(const char *name, int flags)
{
	struct stat is;
	int fd;

	for (;;) {
		fd = shm_open(name, O_RDWR | flags, 0600);
		if (fd < 0)
			return -errno;
		if (!flock(fd, LOCK_EX) && !fstat(fd, &is) && is.st_nlink)
			return fd;
		amli_axisg2_sys_close(fd); /* somebody has just removed it */
	}
}

static int map_segment(struct amli_axisg2_attachment *at)
{
	void *memory = mmap(NULL, at->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, at->file, 0);

	if (memory == MAP_FAILED)
		return -errno;
	at->dev = memory;
	return 0;
}

/* The buffers have memory from the start: there is nobody to tell later. */
static int make(struct amli_axisg2_attachment *at, const struct amli_axisg2_config *config)
{
	int rc;

	at->bytes = amli_axisg2_emu_bytes(config);
	if (ftruncate(at->file, 0) || ftruncate(at->file, (off_t)at->bytes))
		return -errno;
	rc = posix_fallocate(at->file, 0, (off_t)(at->bytes - AXISG2_BAR_END));
	if (rc)
		return -rc;
	rc = map_segment(at);
	if (!rc)
		amli_axisg2_emu_init(at->dev, config);
	return rc;
}

/* Whether the file is a device that goes on: somebody has it open, or it is to be kept. */
static bool goes_on(struct amli_axisg2_attachment *at)
{
	struct stat is;

	if (fstat(at->file, &is) || is.st_size <= (off_t)AXISG2_BAR_END)
		return false;
	at->bytes = (size_t)is.st_size;
	if (map_segment(at))
		return false;
	if (at->dev->magic == AMLI_AXISG2_MAGIC && at->dev->bytes == at->bytes &&
	    (at->dev->config.keep || amli_axisg2_is_live(at->file)))
		return true;
	munmap(at->dev, at->bytes);
	return false;
}

/* The segment stays locked until the first slot is taken. */
static int attach(struct amli_axisg2_attachment **out, const struct amli_axisg2_config *config)
{
	struct amli_axisg2_attachment *at = calloc(1, sizeof(*at));
	char name[64];
	int rc;

	if (!at)
		return -ENOMEM;
	file_name(name, config);
	at->file = open_locked(name, O_CREAT);
	rc = at->file;
	if (rc < 0)
		goto fail_memory;
	at->file = amli_axisg2_sys_move(at->file);
	rc = goes_on(at) ? 0 : make(at, config);
	if (rc)
		goto fail_file;
	at->next = attachments;
	attachments = at;
	*out = at;
	return 0;

fail_file:
	shm_unlink(name);
	amli_axisg2_sys_close(at->file);
fail_memory:
	free(at);
	return rc;
}

static bool is_same_file(int a, int b)
{
	struct stat x, y;

	return !fstat(a, &x) && !fstat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* The last to leave takes the device away. */
static void remove_segment(struct amli_axisg2_attachment *at)
{
	char name[64];
	int file;

	file_name(name, &at->dev->config);
	file = open_locked(name, 0);
	if (file < 0)
		return;
	if (is_same_file(file, at->file) && !at->dev->config.keep && !amli_axisg2_is_live(file))
		shm_unlink(name);
	amli_axisg2_sys_close(file);
}

static void detach(struct amli_axisg2_attachment *at)
{
	struct amli_axisg2_attachment **link = &attachments;

	if (--at->handles)
		return;
	amli_axisg2_service_stop(at);
	while (*link != at)
		link = &(*link)->next;
	*link = at->next;
	flock(at->file, LOCK_UN);
	remove_segment(at);
	munmap(at->dev, at->bytes);
	amli_axisg2_sys_close(at->file);
	free(at);
}

static struct amli_axisg2_attachment *find(const char *name)
{
	struct amli_axisg2_attachment *at = attachments;

	while (at && strcmp(at->dev->config.name, name))
		at = at->next;
	return at;
}

/* ---- handles ---- */

static int open_keeper(struct amli_axisg2_handle *handle)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", handle->at->file);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	handle->keeper = amli_axisg2_sys_move(fd);
	return 0;
}

/* Back to the driver, unless a fork's child or a mapping still has it. */
static void let_go(struct amli_axisg2_handle *handle)
{
	struct amli_axisg2_attachment *at = handle->at;

	amli_axisg2_emu_lock(at->dev);
	if (at->local[handle->slot] == handle)
		at->local[handle->slot] = NULL;
	amli_axisg2_sys_close(handle->keeper);
	amli_axisg2_reap(at);
	amli_axisg2_unlock(at);
	detach(at);
}

static int fill(struct amli_axisg2_handle *handle, const struct amli_axisg2_config *config)
{
	int rc = 0;

	handle->at = find(config->name);
	if (!handle->at)
		rc = attach(&handle->at, config);
	if (rc)
		return rc;
	handle->at->handles++;
	rc = open_keeper(handle);
	if (rc) {
		detach(handle->at);
		return rc;
	}
	rc = amli_axisg2_slot_take(handle);
	if (rc) {
		amli_axisg2_sys_close(handle->keeper);
		detach(handle->at);
		return rc;
	}
	flock(handle->at->file, LOCK_UN);
	if (!handle->at->has_service)
		rc = amli_axisg2_service_start(handle->at);
	if (rc)
		let_go(handle);
	return rc;
}

int amli_axisg2_handle_open(struct amli_axisg2_handle **out, const char *spec, int flags)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct amli_axisg2_handle *handle;
	struct amli_axisg2_config config;
	const char *bad;
	int rc = amli_axisg2_config_read(&config, spec, &bad);

	if (rc)
		return rc;
	handle = calloc(1, sizeof(*handle));
	if (!handle)
		return -ENOMEM;
	handle->access = flags & O_ACCMODE;
	pthread_once(&once, watch_forks);
	rc = amli_axisg2_ready_open(handle, flags);
	if (rc)
		goto fail_memory;
	amli_axisg2_calm();
	pthread_mutex_lock(&lock);
	rc = fill(handle, &config);
	pthread_mutex_unlock(&lock);
	amli_axisg2_uncalm();
	if (rc)
		goto fail_pair;
	*out = handle;
	return 0;

fail_pair:
	amli_axisg2_sys_close(handle->seen);
	amli_axisg2_sys_close(handle->other);
fail_memory:
	free(handle);
	return rc;
}

void amli_axisg2_handle_close(struct amli_axisg2_handle *handle)
{
	amli_axisg2_calm();
	pthread_mutex_lock(&lock);
	let_go(handle);
	pthread_mutex_unlock(&lock);
	amli_axisg2_uncalm();
	amli_axisg2_sys_close(handle->seen);
	amli_axisg2_sys_close(handle->other);
	free(handle);
}
