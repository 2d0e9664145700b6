/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Engine specs: "name:key=value,key=value".
 *
 *	spec  = name [":" pair {"," pair}]
 *	pair  = key ["=" value]			no value means "1"
 *	value = "(" anything ")"		its parentheses match; they are taken off
 *	      | anything without a comma outside parentheses
 *
 * aml/engine.h has the calls that read values.
 */
#ifndef AMLI_BASE_SPEC_H
#define AMLI_BASE_SPEC_H

#include <stddef.h>

#include "aml/engine.h"

struct amli_spec_pair {
	const char *key, *value;
};

/* One block, with the pairs and their text behind. */
struct aml_spec {
	const char *name;
	size_t npairs;
	struct amli_spec_pair *pair;
};

/* *out is released with free().  -AML_EINVAL says what is malformed; -AML_ENOMEM. */
int amli_spec_parse(struct aml_spec **out, const char *text);

/* -AML_EINVAL for a key that is not in @known (ends with a NULL name; NULL = none);
 * the sentence lists those that are. */
int amli_spec_check_keys(const struct aml_spec *spec, const struct aml_engine_key *known);

#endif
