/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/spec.h"

/* The ')' that closes the '(' at @at, or NULL. */
static char *closing(char *at)
{
	size_t depth = 0;

	for (; *at; at++) {
		if (*at == '(')
			depth++;
		else if (*at == ')' && --depth == 0)
			return at;
	}
	return NULL;
}

/* The comma that ends the pair at @at, or the end of the text. */
static char *pair_end(char *at)
{
	while (*at && *at != ',') {
		if (*at == '(' && closing(at))
			at = closing(at);
		at++;
	}
	return at;
}

static bool is_balanced(const char *text)
{
	size_t depth = 0;

	for (; *text; text++) {
		if (*text == '(')
			depth++;
		else if (*text == ')' && depth-- == 0)
			return false;
	}
	return depth == 0;
}

/* Take the parentheses off a value that is all inside one pair of them. */
static int unwrap(const char *key, char **value)
{
	char *end;

	if (!is_balanced(*value))
		return amli_fail(AML_EINVAL, "spec: unbalanced parenthesis in '%s=%s'", key,
				 *value);
	end = **value == '(' ? closing(*value) : NULL;
	if (end && !end[1]) {
		*end = 0;
		(*value)++;
	}
	return 0;
}

static int add_pair(struct aml_spec *spec, char *text)
{
	char *value = strchr(text, '=');

	if (value)
		*value++ = 0;
	if (!*text)
		return amli_fail(AML_EINVAL, "spec: a key is missing after '%s:'", spec->name);
	for (size_t i = 0; i < spec->npairs; i++)
		if (!strcmp(spec->pair[i].key, text))
			return amli_fail(AML_EINVAL, "spec: key '%s' is given twice", text);
	if (value && unwrap(text, &value))
		return -AML_EINVAL;
	spec->pair[spec->npairs].key = text;
	spec->pair[spec->npairs].value = value ? value : "1";
	spec->npairs++;
	return 0;
}

static int add_pairs(struct aml_spec *spec, char *at)
{
	bool more = true;

	while (more) {
		char *end = pair_end(at);
		int rc;

		more = *end == ',';
		*end = 0;
		rc = add_pair(spec, at);
		if (rc)
			return rc;
		at = end + 1;
	}
	return 0;
}

/* Room for a spec and its pairs, with a copy of the text behind. */
static struct aml_spec *allocate(const char *text, char **copy)
{
	size_t pairs = 1, len = strlen(text) + 1;
	struct aml_spec *spec;

	for (const char *at = text; *at; at++)
		pairs += *at == ',';
	spec = amli_calloc(1, sizeof(*spec) + pairs * sizeof(*spec->pair) + len);
	if (!spec)
		return NULL;
	spec->pair = (struct amli_spec_pair *)(spec + 1);
	*copy = memcpy(spec->pair + pairs, text, len);
	return spec;
}

int amli_spec_parse(struct aml_spec **out, const char *text)
{
	struct aml_spec *spec;
	char *copy, *pairs;
	int rc = 0;

	*out = NULL;
	spec = allocate(text, &copy);
	if (!spec)
		return amli_fail(AML_ENOMEM, "no memory for an engine's spec");
	spec->name = copy;
	pairs = strchr(copy, ':');
	if (pairs)
		*pairs++ = 0;
	if (!*copy)
		rc = amli_fail(AML_EINVAL, "spec '%s' does not begin with an engine's name", text);
	else if (pairs)
		rc = add_pairs(spec, pairs);
	if (rc)
		free(spec);
	else
		*out = spec;
	return rc;
}

static bool is_known(const struct aml_engine_key *known, const char *key)
{
	for (; known && known->name; known++)
		if (!strcmp(known->name, key))
			return true;
	return false;
}

static int refuse_key(const struct aml_spec *spec, const struct aml_engine_key *known,
		      const char *key)
{
	char list[160] = "no keys";
	size_t used = 0;

	for (; known && known->name && used < sizeof(list); known++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", used ? ", " : "",
					 known->name);
	return amli_fail(AML_EINVAL, "engine %s has no key '%s'; it has %s", spec->name, key, list);
}

int amli_spec_check_keys(const struct aml_spec *spec, const struct aml_engine_key *known)
{
	for (size_t i = 0; i < spec->npairs; i++)
		if (!is_known(known, spec->pair[i].key))
			return refuse_key(spec, known, spec->pair[i].key);
	return 0;
}

const char *aml_spec_text(const struct aml_spec *spec, const char *key)
{
	for (size_t i = 0; i < spec->npairs; i++)
		if (!strcmp(spec->pair[i].key, key))
			return spec->pair[i].value;
	return NULL;
}

/* Decimal digits only: strtoull() would take blanks, signs and prefixes. */
static bool to_size(const char *text, size_t *value)
{
	size_t n = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		if (amli_mul_overflows(n, 10, &n) ||
		    amli_add_overflows(n, (size_t)(*text - '0'), &n))
			return false;
	}
	*value = n;
	return true;
}

int aml_spec_size(const struct aml_spec *spec, const char *key, size_t min, size_t max,
		  size_t *value)
{
	const char *text = aml_spec_text(spec, key);
	size_t n;

	if (!text)
		return 0;
	if (!to_size(text, &n) || n < min || n > max)
		return amli_fail(AML_EINVAL, "%s: %s=%s is not a number from %zu to %zu",
				 spec->name, key, text, min, max);
	*value = n;
	return 0;
}

int aml_spec_choice(const struct aml_spec *spec, const char *key, const char *const *names,
		    int *value)
{
	const char *text = aml_spec_text(spec, key);
	char list[160] = "";
	size_t used = 0;

	if (!text)
		return 0;
	for (int i = 0; names[i]; i++) {
		if (!strcmp(names[i], text)) {
			*value = i;
			return 0;
		}
		if (used < sizeof(list))
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
						 used ? ", " : "", names[i]);
	}
	return amli_fail(AML_EINVAL, "%s: %s=%s is none of: %s", spec->name, key, text, list);
}
