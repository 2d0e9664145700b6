/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/axisg2/emu.h"

/* What a number may be.  The words of choices are numbers too, in this order. */
struct key {
	const char *name;
	size_t at;
	uint32_t min, max;
	const char *words[4];
};
#define KEY(field, least, most)                                                                 \
	{                                                                                       \
		.name = #field, .at = offsetof(struct amli_axisg2_config, field), .min = least, \
		.max = most                                                                     \
	}
static const struct key keys[] = {
	KEY(tx, 1, 65536),
	KEY(rx, 1, 65536),
	KEY(size, 64, 1u << 26),
	KEY(lanes, 1, AMLI_AXISG2_LANES),
	KEY(width, 4, 64),
	KEY(tuser, 1, 8),
	KEY(tdest, 0, 8),
	KEY(ring, 2, 65536),
	KEY(cont, 0, 1),
	{.name = "loop",
	 .at = offsetof(struct amli_axisg2_config, loop),
	 .max = AMLI_AXISG2_NO_LOOP,
	 .words = {"stream", "exact", "none", NULL}},
	{.name = "zero",
	 .at = offsetof(struct amli_axisg2_config, zero),
	 .max = 1,
	 .words = {"hang", "complete", NULL}},
	KEY(keep, 0, 1),
	KEY(stall, 0, 0xffff),
	KEY(starve, 0, 1),
	KEY(delay_us, 0, 60000000),
	KEY(tail_every, 0, UINT32_MAX),
	KEY(tail_us, 0, 60000000),
	KEY(error_bits, 0, 7),
	KEY(error_every, 0, UINT32_MAX),
	KEY(eofe_every, 0, UINT32_MAX),
	KEY(empty_every, 0, UINT32_MAX),
	KEY(lose_rx_every, 0, UINT32_MAX),
	KEY(lose_tx_every, 0, UINT32_MAX),
};

/* Releases with a name. */
static const struct {
	const char *name, *version;
} profiles[] = {
	{"current", "7.4.0"},  /* nothing is known to be wrong */
	{"cont", "7.2.1"},     /* sends every buffer as a frame of its own */
	{"before72", "6.6.1"}, /* reads of any length, EPERM for a bad index, fewer ioctls */
	{"api5", "5.15.0"},    /* small register records, no RX counters */
};

/* A number up to the end or one of @ends, which may have 0x before it. */
static bool to_number(const char **text, const char *ends, uint32_t *value)
{
	char *end;
	unsigned long long n;

	if (**text < '0' || **text > '9')
		return false;
	n = strtoull(*text, &end, strncmp(*text, "0x", 2) ? 10 : 16);
	if (n > UINT32_MAX || (*end && !strchr(ends, *end)))
		return false;
	*text = *end ? end + 1 : end;
	*value = (uint32_t)n;
	return true;
}

static bool copy_text(char *to, size_t room, const char *text)
{
	size_t length = strlen(text);

	if (!length || length >= room)
		return false;
	memcpy(to, text, length + 1);
	return true;
}

static bool read_version(struct amli_axisg2_config *config, const char *text)
{
	unsigned major, minor, patch;
	char rest;

	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		if (!strcmp(profiles[i].name, text))
			text = profiles[i].version;
	if (sscanf(text, "%u.%u.%u%c", &major, &minor, &patch, &rest) != 3 || major > 99 ||
	    minor > 99 || patch > 99 || major < 5)
		return false;
	config->version = major * 10000 + minor * 100 + patch;
	return copy_text(config->git, sizeof(config->git), text);
}

/* "DEST/BYTES/RATE[/COUNT]", and more behind '+'. */
static bool read_sources(struct amli_axisg2_config *config, const char *text)
{
	config->nsources = 0;
	while (*text) {
		struct amli_axisg2_source_config *source = &config->source[config->nsources];
		char one[64];
		size_t length = strcspn(text, "+");
		const char *at = one;

		if (config->nsources == AMLI_AXISG2_SOURCES || length >= sizeof(one))
			return false;
		memcpy(one, text, length);
		one[length] = 0;
		text += length + (text[length] == '+');
		*source = (struct amli_axisg2_source_config){.count = 0};
		if (!to_number(&at, "/", &source->dest) || !to_number(&at, "/", &source->size) ||
		    !to_number(&at, "/", &source->rate) ||
		    (*at && (!to_number(&at, "", &source->count) || *at)))
			return false;
		if (source->dest >= AXISG2_DESTS || source->size < 12 || source->size % 4 ||
		    !source->rate || source->rate > 1000000)
			return false;
		config->nsources++;
	}
	return true;
}

/* A name becomes part of that of a file. */
static bool read_name(struct amli_axisg2_config *config, const char *text)
{
	return !strchr(text, '/') && copy_text(config->name, sizeof(config->name), text);
}

static bool read_number(struct amli_axisg2_config *config, const struct key *key, const char *text)
{
	uint32_t value = 0;

	if (key->words[0]) {
		while (key->words[value] && strcmp(key->words[value], text))
			value++;
		if (!key->words[value])
			return false;
	} else if (!to_number(&text, "", &value)) {
		return false;
	}
	if (value < key->min || value > key->max)
		return false;
	memcpy((char *)config + key->at, &value, sizeof(value));
	return (config->width & (config->width - 1)) == 0;
}
_Static_assert(sizeof(enum amli_axisg2_loop) == sizeof(uint32_t), "read_number() writes it");

static bool read_pair(struct amli_axisg2_config *config, char *pair)
{
	char *value = strchr(pair, '=');

	if (value)
		*value++ = 0;
	else
		value = strcmp(pair, "emu") ? "1" : NULL;
	if (!value)
		return true;
	if (!strcmp(pair, "name"))
		return read_name(config, value);
	if (!strcmp(pair, "version"))
		return read_version(config, value);
	if (!strcmp(pair, "source"))
		return read_sources(config, value);
	if (!strcmp(pair, "git"))
		return copy_text(config->git, sizeof(config->git), value);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcmp(keys[i].name, pair))
			return read_number(config, &keys[i], value);
	return false;
}

int amli_axisg2_config_read(struct amli_axisg2_config *config, const char *text, const char **bad)
{
	char copy[512];

	*config = (struct amli_axisg2_config){
		.name = "0",
		.tx = 64,
		.rx = 64,
		.size = 65536,
		.lanes = 8,
		.width = 32,
		.tuser = 8,
		.tdest = 8,
		.ring = 4096,
		.cont = 1,
		.tail_us = 10000,
		.error_bits = 1,
	};
	read_version(config, "current");
	*bad = text;
	if (strlen(text) >= sizeof(copy))
		return -EINVAL;
	for (const char *at = text; *at;) {
		size_t length = strcspn(at, ",");

		memcpy(copy, at, length);
		copy[length] = 0;
		*bad = at;
		if (!read_pair(config, copy))
			return -EINVAL;
		at += length + (at[length] == ',');
	}
	return 0;
}
