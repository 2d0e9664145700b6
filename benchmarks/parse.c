/* SPDX-License-Identifier: BSD-3-Clause */
#include "parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char *skip_space(const char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

/* Reads one number and the space around it; NULL if there is none. */
static const char *number(const char *s, size_t *value)
{
	unsigned long long v;
	char *end;

	s = skip_space(s);
	if (!isdigit((unsigned char)*s))
		return NULL;
	errno = 0;
	v = strtoull(s, &end, 10);
	if (errno || v > SIZE_MAX)
		return NULL;
	*value = (size_t)v;
	return skip_space(end);
}

bool parse_size(const char *text, size_t *value)
{
	size_t v;
	const char *end = number(text, &v);

	if (!end || *end)
		return false;
	*value = v;
	return true;
}

bool parse_sizes(const char *text, size_t max, size_t *values, size_t *n)
{
	size_t count = 0;

	for (;;) {
		if (count == max)
			return false;
		text = number(text, &values[count]);
		if (!text)
			return false;
		count++;
		if (!*text)
			break;
		if (*text++ != ',')
			return false;
	}
	*n = count;
	return true;
}

bool parse_bool(const char *text, bool *value)
{
	if (strcmp(text, "yes") && strcmp(text, "no"))
		return false;
	*value = text[0] == 'y';
	return true;
}
