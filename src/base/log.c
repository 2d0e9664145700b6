/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

static const char *const names[] = {"off", "error", "info", "debug"};
static aml_log_fn callback;
static void *callback_arg;
static atomic_int active = -1; /* -1 = AML_LOG not read yet */

void aml_log_callback(aml_log_fn fn, void *arg)
{
	callback = fn;
	callback_arg = arg;
}

int amli_log_active(void)
{
	int on = atomic_load_explicit(&active, memory_order_relaxed);

	if (on < 0) {
		const char *env = getenv("AML_LOG");

		on = env && *env;
		atomic_store_explicit(&active, on, memory_order_relaxed);
	}
	return on;
}

/* The level one entry "topic:level" of AML_LOG asks for; no level = debug. */
static int entry_level(const char *level, size_t len)
{
	if (len == 0)
		return AMLI_LOG_DEBUG;
	for (int i = AMLI_LOG_OFF; i <= AMLI_LOG_DEBUG; i++)
		if (strlen(names[i]) == len && !strncmp(names[i], level, len))
			return i;
	return AMLI_LOG_OFF;
}

static int topic_level(const char *topic)
{
	const char *at = getenv("AML_LOG");
	int level = AMLI_LOG_OFF;

	while (at && *at) {
		size_t len = strcspn(at, ",");
		size_t name = strcspn(at, ":,");
		const char *value = name < len ? at + name + 1 : at + name;

		if ((name == 3 && !strncmp(at, "all", 3)) ||
		    (name == strlen(topic) && !strncmp(at, topic, name)))
			level = entry_level(value, (size_t)(at + len - value));
		at += len + (at[len] == ',');
	}
	return level;
}

void amli_log_line(enum amli_log_level level, const char *topic, const char *fmt, ...)
{
	char line[512];
	va_list args;

	if ((int)level > topic_level(topic))
		return;
	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (callback)
		callback(callback_arg, topic, line);
	else
		fprintf(stderr, "aml: %s: %s: %s\n", topic, names[level], line);
}
