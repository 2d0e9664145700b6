/* SPDX-License-Identifier: BSD-3-Clause */
#include "info_print.h"

#include <stdio.h>

static bool as_json;
static int depth;
static bool first; /* nothing was printed yet at this depth */

static void indent(void)
{
	for (int i = 0; i < depth; i++)
		fputs("  ", stdout);
}

/* In JSON, the comma after what came before. */
static void next(void)
{
	if (as_json)
		fputs(first ? "\n" : ",\n", stdout);
	first = false;
	indent();
}

static void quoted(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x20)
			printf("\\u%04x", c);
		else if (c == '"' || c == '\\')
			printf("\\%c", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void open_with(const char *bracket)
{
	if (as_json)
		fputs(bracket, stdout);
	depth++;
	first = true;
}

static void close_with(char bracket)
{
	depth--;
	if (as_json) {
		if (!first)
			putchar('\n');
		if (!first)
			indent();
		putchar(bracket);
	}
	first = false;
}

void print_begin(bool json)
{
	as_json = json;
	depth = json ? 0 : -1;
	open_with("{");
}

void print_end(void)
{
	close_with('}');
	if (as_json)
		putchar('\n');
}

void print_list_begin(const char *key)
{
	next();
	if (as_json) {
		quoted(key);
		fputs(": ", stdout);
	} else {
		printf("%s:\n", key);
	}
	open_with("[");
}

void print_list_end(void)
{
	close_with(']');
}

void print_item_begin(const char *name)
{
	next();
	if (!as_json)
		puts(name);
	open_with("{");
	if (as_json)
		print_text("name", name);
}

void print_item_end(void)
{
	close_with('}');
}

void print_text(const char *key, const char *value)
{
	next();
	if (as_json) {
		quoted(key);
		fputs(": ", stdout);
		if (value)
			quoted(value);
		else
			fputs("null", stdout);
	} else {
		printf("%s: %s\n", key, value ? value : "(not set)");
	}
}

void print_number(const char *key, size_t value)
{
	next();
	if (as_json) {
		quoted(key);
		printf(": %zu", value);
	} else {
		printf("%s: %zu\n", key, value);
	}
}

void print_bool(const char *key, bool value)
{
	next();
	if (as_json) {
		quoted(key);
		printf(": %s", value ? "true" : "false");
	} else {
		printf("%s: %s\n", key, value ? "yes" : "no");
	}
}
