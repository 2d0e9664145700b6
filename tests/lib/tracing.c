/* SPDX-License-Identifier: BSD-3-Clause */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dma/trace.h"
#include "tests/lib/gate.h"
#include "tests/lib/tracing.h"

char trace_path[64];

char *trace_read(void)
{
	FILE *file = fopen(trace_path, "r");
	char *text = NULL;
	size_t size = 0;

	if (!file)
		return NULL;
	ck_assert_int_ge(getdelim(&text, &size, 0, file), 0);
	fclose(file);
	return text;
}

static const char *value(const char *at);

static const char *space(const char *at)
{
	return at ? at + strspn(at, " \n\t") : NULL;
}

static const char *string(const char *at)
{
	if (*at++ != '"')
		return NULL;
	for (; *at != '"'; at++) {
		if ((unsigned char)*at < 0x20 || (unsigned char)*at >= 0x80)
			return NULL;
		if (*at != '\\')
			continue;
		at++;
		if (*at == 'u' ? strspn(at + 1, "0123456789abcdef") < 4 : *at != '"' && *at != '\\')
			return NULL;
	}
	return at + 1;
}

static const char *number(const char *at)
{
	char *end;

	strtod(at, &end);
	return end > at && strspn(at, "-0123456789.") >= (size_t)(end - at) ? end : NULL;
}

/* An object or array, after its first character. */
static const char *members(const char *at, char close, bool named)
{
	at = space(at);
	if (*at == close)
		return at + 1;
	for (;;) {
		if (named) {
			at = space(string(space(at)));
			if (!at || *at++ != ':')
				return NULL;
		}
		at = space(value(space(at)));
		if (!at || (*at != ',' && *at != close))
			return NULL;
		if (*at++ == close)
			return at;
	}
}

/* Behind one JSON value, or NULL if it is none. */
static const char *value(const char *at)
{
	if (*at == '{')
		return members(at + 1, '}', true);
	if (*at == '[')
		return members(at + 1, ']', false);
	return *at == '"' ? string(at) : number(at);
}

bool trace_is_json(const char *text)
{
	const char *end = space(value(space(text)));

	return end && !*end;
}

/* Not with strstr(), of which ASan's looks at all the text each time. */
unsigned trace_count(const char *text, const char *what)
{
	size_t length = strlen(what);
	unsigned n = 0;

	for (; *text; text++)
		n += *text == *what && !strncmp(text, what, length);
	return n;
}

char *trace_end(void)
{
	char *text;

	amli_trace_close();
	text = trace_read();
	ck_assert_ptr_nonnull(text);
	ck_assert_msg(trace_is_json(text), "no JSON: %.2000s", text);
	return text;
}

void trace_begin(void)
{
	unlink(trace_path);
	ck_assert(amli_trace_open(trace_path));
}

void trace_request(uint64_t id, size_t pieces)
{
	amli_trace_submit("pool:threads=2", id, 4096, NULL);
	amli_trace_start(id);
	for (size_t i = 0; i < pieces; i++)
		amli_trace_piece_end(id, i, pieces, 0, amli_trace_piece_begin(id, i, pieces));
	amli_trace_done("pool:threads=2", id, 0, 4096);
}

atomic_bool trace_stop;
static atomic_uint made;

void *trace_requests_until_told(void *arg)
{
	while (!atomic_load(&trace_stop))
		trace_request(atomic_fetch_add(&made, 1), 1);
	return arg;
}

void trace_await_requests(unsigned n)
{
	unsigned before = atomic_load(&made);

	while (atomic_load(&made) - before < n)
		sleep_us(100);
}
