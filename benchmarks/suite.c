/* SPDX-License-Identifier: BSD-3-Clause */
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ini.h"
#include "parse.h"

/* What the reader knows while it reads. */
struct reading {
	struct suite *suite;
	struct ini_line last;	  /* where the case that is being read began */
	unsigned begun;		  /* line of its section */
	unsigned long long given; /* bit i: key i was given */
	bool in_case;
};

static struct bench_case *current(struct reading *r)
{
	return &r->suite->cases[r->suite->ncases - 1];
}

enum key { KEY_SIZE, KEY_SIZES, KEY_BOOL };

/* The keys of a case, and where in struct bench_case they go. */
static const struct case_key {
	const char *name;
	enum key kind;
	size_t at, n_at; /* offsets of the value, and of how many there are */
} case_keys[] = {
#define AT(field) offsetof(struct bench_case, field)
	{"elem", KEY_SIZE, AT(elem), 0},
	{"dims", KEY_SIZES, AT(dims), AT(ndims)},
	{"perm", KEY_SIZES, AT(perm), AT(nperm)},
	{"src_array", KEY_SIZES, AT(src.array), AT(src.narray)},
	{"src_offset", KEY_SIZES, AT(src.offset), AT(src.noffset)},
	{"src_step", KEY_SIZES, AT(src.step), AT(src.nstep)},
	{"dst_array", KEY_SIZES, AT(dst.array), AT(dst.narray)},
	{"dst_offset", KEY_SIZES, AT(dst.offset), AT(dst.noffset)},
	{"dst_step", KEY_SIZES, AT(dst.step), AT(dst.nstep)},
	{"split", KEY_SIZE, AT(split), 0},
	{"warm", KEY_BOOL, AT(warm), 0},
#undef AT
};
#define NKEYS (sizeof(case_keys) / sizeof(case_keys[0]))

/* Whether the value makes sense for the key; puts it in its place. */
static bool case_value(struct bench_case *c, const struct case_key *key, const char *value)
{
	char *base = (char *)c;

	switch (key->kind) {
	case KEY_SIZE:
		return parse_size(value, (size_t *)(void *)(base + key->at));
	case KEY_SIZES:
		return parse_sizes(value, CASE_NDIMS, (size_t *)(void *)(base + key->at),
				   (size_t *)(void *)(base + key->n_at));
	default:
		return parse_bool(value, (bool *)(base + key->at));
	}
}

static int case_line(struct reading *r, const struct ini_line *line)
{
	static const char *const kinds[] = {"a number", "numbers with commas between, at most 12",
					    "yes or no"};

	for (size_t i = 0; i < NKEYS; i++) {
		const struct case_key *key = &case_keys[i];

		if (strcmp(key->name, line->key))
			continue;
		if (r->given & 1ull << i)
			return ini_complain(line, "%s is there twice", line->key);
		r->given |= 1ull << i;
		if (!case_value(current(r), key, line->value))
			return ini_complain(line, "%s takes %s, not '%s'", line->key,
					    kinds[key->kind], line->value);
		return 0;
	}
	return ini_complain(line,
			    "unknown key '%s'; a case has elem dims perm src_array src_offset "
			    "src_step dst_array dst_offset dst_step split warm",
			    line->key);
}

/* "memcpy pool:threads=2" */
static int suite_engines(struct suite *s, const struct ini_line *line)
{
	const char *at = line->value;

	while (*at) {
		size_t len = strcspn(at, " \t");

		if (s->nengines == SUITE_SPECS || len >= sizeof(s->engines[0]))
			return ini_complain(line, "at most %d engines of at most %zu characters",
					    SUITE_SPECS, sizeof(s->engines[0]) - 1);
		memcpy(s->engines[s->nengines++], at, len);
		at += len;
		at += strspn(at, " \t");
	}
	return 0;
}

static int suite_line(struct suite *s, const struct ini_line *line)
{
	if (!strcmp(line->key, "summary")) {
		if (strlen(line->value) >= sizeof(s->summary))
			return ini_complain(line, "the summary is longer than %zu characters",
					    sizeof(s->summary) - 1);
		strcpy(s->summary, line->value);
		return 0;
	}
	if (!strcmp(line->key, "engines"))
		return suite_engines(s, line);
	if (!strcmp(line->key, "warm")) {
		if (!parse_bool(line->value, &s->warm))
			return ini_complain(line, "warm takes yes or no, not '%s'", line->value);
		return 0;
	}
	return ini_complain(line, "unknown key '%s'; [suite] has summary engines warm", line->key);
}

/* The case that was being read is complete. */
static int case_end(struct reading *r)
{
	char why[256];

	if (!r->in_case)
		return 0;
	r->in_case = false;
	r->last.number = r->begun;
	if (case_finish(current(r), why, sizeof(why)))
		return ini_complain(&r->last, "case %s: %s", current(r)->name, why);
	return 0;
}

static int case_begin(struct reading *r, const struct ini_line *line)
{
	struct suite *s = r->suite;
	struct bench_case *cases;

	if (strlen(line->section) >= CASE_NAME)
		return ini_complain(line, "the case's name '%s' is longer than %d characters",
				    line->section, CASE_NAME - 1);
	for (size_t i = 0; i < s->ncases; i++)
		if (!strcmp(s->cases[i].name, line->section))
			return ini_complain(line, "case '%s' is there twice", line->section);
	cases = realloc(s->cases, (s->ncases + 1) * sizeof(*cases));
	if (!cases)
		return ini_complain(line, "no memory for case '%s'", line->section);
	s->cases = cases;
	memset(&cases[s->ncases], 0, sizeof(*cases));
	strcpy(cases[s->ncases].name, line->section);
	cases[s->ncases++].warm = s->warm;
	r->in_case = true;
	r->begun = line->number;
	r->given = 0;
	return 0;
}

static int suite_take(void *arg, const struct ini_line *line)
{
	struct reading *r = arg;
	int rc;

	if (!line->key) {
		rc = case_end(r);
		if (rc || !strcmp(line->section, "suite"))
			return rc;
		return case_begin(r, line);
	}
	if (r->in_case)
		return case_line(r, line);
	if (!strcmp(line->section, "suite"))
		return suite_line(r->suite, line);
	return ini_complain(line, "'%s' belongs to no section", line->key);
}

int suite_read(struct suite *s, const char *name)
{
	struct reading r = {.suite = s};
	char path[4096];
	int rc;

	memset(s, 0, sizeof(*s));
	if (strlen(name) >= sizeof(s->name) || strpbrk(name, "/")) {
		complain("'%.64s' is no suite's name; aml-bench list shows what there is", name);
		return -1;
	}
	strcpy(s->name, name);
	snprintf(path, sizeof(path), "%s/%s.ini", suite_folder(), name);
	r.last.file = path;
	rc = ini_read(path, suite_take, &r);
	if (!rc)
		rc = case_end(&r);
	if (!rc && !s->ncases) {
		complain("%s has no cases", path);
		rc = -1;
	}
	if (rc)
		suite_free(s);
	return rc;
}

void suite_free(struct suite *s)
{
	free(s->cases);
	memset(s, 0, sizeof(*s));
}
