/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h> /* and the program's name */
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "aml/error.h"
#include "base/clock.h"
#include "dma/trace_file.h"

#define TEXT_BYTES 65536u

/* Not a FILE: what that has buffered a child would write again when it exits. */
static struct {
	int fd; /* -1 = none */
	int error;
	pid_t pid;
	size_t used; /* of text; 0 between calls */
	char text[TEXT_BYTES];
} file = {.fd = -1};

/* A child made without fork() still has the file, which is not its own. */
static void write_text(void)
{
	size_t at = file.pid == getpid() ? 0 : file.used;

	while (at < file.used && !file.error) {
		ssize_t n = write(file.fd, file.text + at, file.used - at);

		if (n >= 0)
			at += (size_t)n;
		else if (errno != EINTR)
			file.error = errno;
	}
	file.used = 0;
}

/* The largest text there is is shorter than all the room. */
static void put(const char *text)
{
	size_t length = strlen(text);

	if (TEXT_BYTES - file.used < length)
		write_text();
	memcpy(file.text + file.used, text, length);
	file.used += length;
}

static void put_char(char c)
{
	if (file.used == TEXT_BYTES)
		write_text();
	file.text[file.used++] = c;
}

/* At least so many digits.  printf would take most of the time of all this. */
static void put_number(uint64_t n, unsigned base, unsigned digits)
{
	char text[24], *at = text + sizeof(text);

	*--at = 0;
	while (n || digits) {
		*--at = "0123456789abcdef"[n % base];
		n /= base;
		digits -= digits > 0;
	}
	put(at);
}

/* In quotes, of ASCII alone. */
static void put_text(const char *text)
{
	put_char('"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			put_char('\\');
		if (c >= 0x20 && c < 0x7f) {
			put_char(*text);
		} else {
			put("\\u");
			put_number(c, 16, 4);
		}
	}
	put_char('"');
}

/* One member of an object, after others. */
static void put_member(const char *name, uint64_t n)
{
	put(",\"");
	put(name);
	put("\":");
	put_number(n, 10, 1);
}

/* Microseconds, with three decimals. */
static void put_time(const char *name, uint64_t ns)
{
	put_member(name, ns / 1000);
	put_char('.');
	put_number(ns % 1000, 10, 3);
}

/* A hexadecimal string: JSON's numbers are good for 53 bits. */
static void put_id(uint64_t id)
{
	put("\"0x");
	put_number(id, 16, 1);
	put_char('"');
}

static void put_status(int status)
{
	put(",\"status\":");
	if (status < 0)
		put_char('-');
	put_number(status < 0 ? 0u - (unsigned)status : (unsigned)status, 10, 1);
	if (status) {
		put(",\"error\":");
		put_text(aml_strerror(-status));
	}
}

static void put_thread(int tid)
{
	put_member("pid", (uint64_t)file.pid);
	put_member("tid", (uint64_t)tid);
}

/* A name that the viewer shows for the process or one of its threads. */
static void put_name(const char *of, int tid, const char *name)
{
	put("{\"ph\":\"M\",\"name\":\"");
	put(of);
	put_char('"');
	put_thread(tid);
	put(",\"args\":{\"name\":");
	put_text(name);
	put("}}");
}

/* The lock is asked for before anything is lost: a program often starts others, with the
 * same environment. */
int amli_trace_file_open(const char *path)
{
	int fd, rc = 0;

	if (file.fd >= 0)
		return EBUSY;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return errno;
	if (flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
		rc = EBUSY;
	else if (ftruncate(fd, 0) && errno != EINVAL) /* EINVAL: a pipe or so */
		rc = errno;
	file.fd = fd;
	file.error = rc;
	file.pid = getpid();
	put("[\n");
	put_name("process_name", (int)file.pid, program_invocation_short_name);
	rc = amli_trace_file_flush();
	if (rc)
		amli_trace_file_leave();
	return rc;
}

void amli_trace_file_leave(void)
{
	if (file.fd >= 0)
		close(file.fd);
	file.fd = -1;
	file.used = 0;
}

int amli_trace_file_flush(void)
{
	if (file.fd < 0)
		return 0;
	write_text();
	return file.error;
}

int amli_trace_file_close(void)
{
	int rc;

	if (file.fd < 0)
		return 0;
	put("\n]\n");
	rc = amli_trace_file_flush();
	amli_trace_file_leave();
	return rc;
}

void amli_trace_file_thread(int tid, const char *name)
{
	if (file.fd < 0)
		return;
	put(",\n");
	put_name("thread_name", tid, name);
}

/* An event's beginning; @ph is its phase, in Chrome's words. */
static void put_event(const char *ph, const char *category, int tid, uint64_t ns)
{
	put(",\n{\"ph\":\"");
	put(ph);
	put("\",\"cat\":\"");
	put(category);
	put_char('"');
	put_thread(tid);
	put_time("ts", ns);
}

/* One of the three events of a request's life, which the viewer joins by id. */
static void put_request(const char *ph, int tid, const struct amli_trace_event *event,
			const char *name)
{
	put_event(ph, "request", tid, amli_ticks_to_ns(event->ticks));
	put(",\"id\":");
	put_id(event->id);
	put(",\"name\":");
	put_text(name);
	put(",\"args\":{");
}

/* The arguments of what is on the track of a thread begin with the request's id. */
static void put_arguments(const char *name, const struct amli_trace_event *event)
{
	put(",\"name\":\"");
	put(name);
	put("\",\"args\":{\"request\":");
	put_id(event->id);
}

static void put_submit(int tid, const struct amli_trace_event *event, const char *engine,
		       const char *plan)
{
	put_request("b", tid, event, engine);
	put("\"engine\":");
	put_text(engine);
	put_member("bytes", event->bytes);
	put(",\"plan\":");
	put_text(plan);
}

static void put_done(int tid, const struct amli_trace_event *event, const char *engine)
{
	put_request("e", tid, event, engine);
	put("\"bytes_done\":");
	put_number(event->bytes, 10, 1);
	put_status(event->status);
}

static void put_cancel(int tid, const struct amli_trace_event *event, const char *outcome)
{
	put_event("i", "cancel", tid, amli_ticks_to_ns(event->ticks));
	put(",\"s\":\"t\"");
	put_arguments("cancel", event);
	put(",\"outcome\":");
	put_text(outcome);
}

static void put_piece(int tid, const struct amli_trace_event *event)
{
	uint64_t begin = amli_ticks_to_ns(event->ticks);

	put_event("X", "piece", tid, begin);
	put_time("dur", amli_ticks_to_ns(event->ticks + event->span) - begin);
	put_arguments("piece", event);
	put_member("piece", event->piece);
	put_member("of", event->n);
	put_status(event->status);
}

void amli_trace_file_event(int tid, const struct amli_trace_event *event, const char *first,
			   const char *second)
{
	if (file.fd < 0)
		return;
	switch ((enum amli_trace_kind)event->kind) {
	case AMLI_TRACE_SUBMIT:
		put_submit(tid, event, first, second);
		break;
	case AMLI_TRACE_START:
		put_request("n", tid, event, "start");
		break;
	case AMLI_TRACE_DONE:
		put_done(tid, event, first);
		break;
	case AMLI_TRACE_CANCEL:
		put_cancel(tid, event, first);
		break;
	case AMLI_TRACE_PIECE:
		put_piece(tid, event);
		break;
	}
	put("}}");
}
