/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Recording.  Each thread fills a buffer of its own, and alone: events from `written` to
 * `used` are to go to the file.  They do when the buffer is full, when the thread ends, and
 * at close or exit, which may be while the thread goes on; so `used` is moved after the
 * event is there.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "dma/trace.h"
#include "dma/trace_file.h"

#define BUFFER_BYTES 65536u
#define ENGINE_BYTES 256u /* texts are cut at these, with their 0 */
#define PLAN_BYTES 512u

struct buffer {
	struct amli_list link; /* in buffers */
	int tid;
	char name[16];
	size_t written;	    /* guarded by the lock */
	atomic_size_t used; /* moved by its thread: on, or with the lock back to 0 */
	_Alignas(8) char bytes[BUFFER_BYTES];
};

atomic_bool amli_tracing;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the list and the file */
static struct amli_list buffers = {&buffers, &buffers};
static pthread_key_t mine; /* made by set_up() */
static atomic_bool is_set_up;

/* Not under the lock: the program may be called. */
static void give_up(const char *why)
{
	if (atomic_exchange(&amli_tracing, false))
		amli_log(AMLI_LOG_ERROR, "trace", "no more tracing: %s", why);
}

/* With the lock. */
static int write_events(struct buffer *buffer)
{
	size_t used = atomic_load_explicit(&buffer->used, memory_order_acquire);
	size_t at = buffer->written;

	if (at < used)
		amli_trace_file_thread(buffer->tid, buffer->name);
	while (at < used) {
		const struct amli_trace_event *event =
			(const struct amli_trace_event *)(const void *)(buffer->bytes + at);
		const char *text = (const char *)(event + 1);

		amli_trace_file_event(buffer->tid, event, text, text + strlen(text) + 1);
		at += event->size;
	}
	buffer->written = used;
	return amli_trace_file_flush();
}

/* By its thread. */
static void empty(struct buffer *buffer)
{
	int rc;

	pthread_mutex_lock(&lock);
	rc = write_events(buffer);
	buffer->written = 0;
	atomic_store_explicit(&buffer->used, 0, memory_order_relaxed);
	pthread_mutex_unlock(&lock);
	if (rc)
		give_up(strerror(rc));
}

static void end_thread(void *arg)
{
	struct buffer *buffer = arg;

	empty(buffer);
	pthread_mutex_lock(&lock);
	amli_list_remove(&buffer->link);
	pthread_mutex_unlock(&lock);
	free(buffer);
}

static struct buffer *make_buffer(void)
{
	struct buffer *buffer = amli_calloc(1, sizeof(*buffer));

	if (!buffer || pthread_setspecific(mine, buffer)) {
		free(buffer);
		give_up("no memory for the events of a thread");
		return NULL;
	}
	buffer->tid = (int)syscall(SYS_gettid);
	prctl(PR_GET_NAME, buffer->name, 0, 0, 0);
	pthread_mutex_lock(&lock);
	amli_list_append(&buffers, &buffer->link);
	pthread_mutex_unlock(&lock);
	return buffer;
}

static size_t copy_text(char *to, size_t size, const char *text)
{
	size_t length = strnlen(text, size - 1);

	memcpy(to, text, length);
	to[length] = 0;
	return length + 1;
}

/* Up to the largest event is free after the last one. */
static void record(struct amli_trace_event event, const char *first, const char *second)
{
	const size_t largest = sizeof(event) + ENGINE_BYTES + PLAN_BYTES + 8;
	struct buffer *buffer = pthread_getspecific(mine);
	size_t used, size = sizeof(event);
	char *at;

	if (!buffer)
		buffer = make_buffer();
	if (!buffer)
		return;
	if (BUFFER_BYTES - atomic_load_explicit(&buffer->used, memory_order_relaxed) < largest)
		empty(buffer);
	used = atomic_load_explicit(&buffer->used, memory_order_relaxed);
	at = buffer->bytes + used;
	size += copy_text(at + size, ENGINE_BYTES, first);
	size += copy_text(at + size, PLAN_BYTES, second);
	size = (size + 7) & ~(size_t)7;
	event.size = (uint16_t)size;
	memcpy(at, &event, sizeof(event));
	atomic_store_explicit(&buffer->used, used + size, memory_order_release);
}

void amli_trace_put_submit(const char *engine, uint64_t id, size_t bytes,
			   const struct aml_plan *plan)
{
	struct amli_trace_event event = {
		.kind = AMLI_TRACE_SUBMIT, .ticks = amli_ticks(), .id = id, .bytes = bytes};
	char text[PLAN_BYTES] = "";

	if (plan)
		aml_plan_describe(plan, text, sizeof(text));
	record(event, engine, text);
}

void amli_trace_put_start(uint64_t id)
{
	struct amli_trace_event event = {.kind = AMLI_TRACE_START, .ticks = amli_ticks(), .id = id};

	record(event, "", "");
}

void amli_trace_put_done(const char *engine, uint64_t id, int status, size_t bytes)
{
	struct amli_trace_event event = {.kind = AMLI_TRACE_DONE,
					 .ticks = amli_ticks(),
					 .id = id,
					 .bytes = bytes,
					 .status = status};

	record(event, engine, "");
}

void amli_trace_put_cancel(uint64_t id, const char *outcome)
{
	struct amli_trace_event event = {
		.kind = AMLI_TRACE_CANCEL, .ticks = amli_ticks(), .id = id};

	record(event, outcome, "");
}

void amli_trace_put_piece(uint64_t id, size_t piece, size_t n, int status, uint64_t begin)
{
	struct amli_trace_event event = {.kind = AMLI_TRACE_PIECE,
					 .ticks = begin,
					 .span = amli_ticks() - begin,
					 .id = id,
					 .piece = piece,
					 .n = n,
					 .status = status};

	record(event, "", "");
}

static void before_fork(void)
{
	pthread_mutex_lock(&lock);
}

static void after_fork(void)
{
	pthread_mutex_unlock(&lock);
}

/* What lies in the buffers is the parent's to write, and goes nowhere from here. */
static void in_child(void)
{
	atomic_store(&amli_tracing, false);
	amli_trace_file_leave();
	pthread_mutex_unlock(&lock);
}

/* The clock comes first: at fork its lock is to be taken after ours. */
static void set_up(void)
{
	amli_clock_init();
	atomic_store(&is_set_up, pthread_key_create(&mine, end_thread) == 0 &&
					 pthread_atfork(before_fork, after_fork, in_child) == 0);
}

bool amli_trace_open(const char *path)
{
	int rc = ENOMEM;

	pthread_once(&once, set_up);
	if (atomic_load(&is_set_up)) {
		pthread_mutex_lock(&lock);
		rc = amli_trace_file_open(path);
		pthread_mutex_unlock(&lock);
	}
	if (rc == 0)
		atomic_store(&amli_tracing, true);
	else
		amli_log(AMLI_LOG_ERROR, "trace", "no tracing, AML_TRACE=%s: %s", path,
			 rc == EBUSY ? "somebody traces into it already" : strerror(rc));
	return rc == 0;
}

void amli_trace_close(void)
{
	int rc;

	atomic_store(&amli_tracing, false);
	pthread_mutex_lock(&lock);
	for (struct amli_list *at = buffers.next; at != &buffers; at = at->next)
		write_events(amli_list_entry(at, struct buffer, link));
	rc = amli_trace_file_close();
	pthread_mutex_unlock(&lock);
	if (rc)
		amli_log(AMLI_LOG_ERROR, "trace", "the trace is not complete: %s", strerror(rc));
}

static void read_environment(void)
{
	const char *path = secure_getenv("AML_TRACE");

	if (path && *path)
		amli_trace_open(path);
}

void amli_trace_init(void)
{
	static pthread_once_t init = PTHREAD_ONCE_INIT;

	pthread_once(&init, read_environment);
}

/* At exit, or dlclose.  Other threads may still write to their buffers, so those stay;
 * this one's can go.  Without the key no thread that ends later calls end_thread(), which
 * may no longer be there. */
static __attribute__((destructor)) void finish(void)
{
	struct buffer *buffer;

	if (!atomic_load(&is_set_up))
		return;
	amli_trace_close();
	buffer = pthread_getspecific(mine);
	pthread_key_delete(mine);
	if (buffer)
		end_thread(buffer);
}
