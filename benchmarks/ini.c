/* SPDX-License-Identifier: BSD-3-Clause */
#include "ini.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SECTION_MAX 64

int ini_complain(const struct ini_line *line, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	complain("%s:%u: %s", line->file, line->number, text);
	return -1;
}

/* Cuts the space off both ends, in place. */
static char *trim(char *s)
{
	char *end = s + strlen(s);

	while (end > s && isspace((unsigned char)end[-1]))
		*--end = '\0';
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

static int section_begin(struct ini_line *line, char *text, char *section)
{
	size_t len = strlen(text);

	if (text[len - 1] != ']')
		return ini_complain(line, "'%s' lacks its ']'", text);
	text[len - 1] = '\0';
	text = trim(text + 1);
	len = strlen(text);
	if (!len || len >= SECTION_MAX)
		return ini_complain(line, "a section's name has 1 to %d characters, '%s' has %zu",
				    SECTION_MAX - 1, text, len);
	memcpy(section, text, len + 1);
	return 0;
}

static int one_line(struct ini_line *line, char *text, char *section, ini_fn fn, void *arg)
{
	char *equals;
	int rc;

	text = trim(text);
	if (!*text || *text == '#' || *text == ';')
		return 0;
	line->key = line->value = NULL;
	if (*text == '[') {
		rc = section_begin(line, text, section);
		return rc ? rc : fn(arg, line);
	}
	equals = strchr(text, '=');
	if (!equals)
		return ini_complain(line, "'%s' is neither [section] nor key = value", text);
	*equals = '\0';
	line->key = trim(text);
	line->value = trim(equals + 1);
	if (!*line->key || !*line->value)
		return ini_complain(line, "'%s = %s' lacks its key or its value", line->key,
				    line->value);
	return fn(arg, line);
}

int ini_read(const char *path, ini_fn fn, void *arg)
{
	char text[1024], section[SECTION_MAX] = "";
	struct ini_line line = {.file = path, .section = section};
	FILE *f = fopen(path, "r");
	int rc = 0;

	if (!f) {
		complain("cannot read %s: %s", path, strerror(errno));
		return -1;
	}
	while (!rc && fgets(text, sizeof(text), f)) {
		line.number++;
		if (!strchr(text, '\n') && !feof(f))
			rc = ini_complain(&line, "longer than %zu characters", sizeof(text) - 2);
		else
			rc = one_line(&line, text, section, fn, arg);
	}
	if (!rc && ferror(f)) {
		complain("cannot read %s: %s", path, strerror(errno));
		rc = -1;
	}
	fclose(f);
	return rc;
}
