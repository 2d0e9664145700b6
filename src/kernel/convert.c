/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which steps make a conversion.  Integers become others directly.  The rest goes through float
 * but those from or to double, and each rounds once: the way to float is exact, or what it rounds
 * off cannot be seen in the outcome (integers saturate long before), or it is rounded to odd.
 */
#include <string.h>

#include "base/cpu.h"
#include "kernel/map.h"

static const struct {
	const char *name;
	unsigned char size;
} types[AML_TYPE_COUNT] = {
	[AML_TYPE_INT8] = {"int8", 1},	     [AML_TYPE_UINT8] = {"uint8", 1},
	[AML_TYPE_INT16] = {"int16", 2},     [AML_TYPE_UINT16] = {"uint16", 2},
	[AML_TYPE_INT32] = {"int32", 4},     [AML_TYPE_UINT32] = {"uint32", 4},
	[AML_TYPE_INT64] = {"int64", 8},     [AML_TYPE_UINT64] = {"uint64", 8},
	[AML_TYPE_FLOAT16] = {"float16", 2}, [AML_TYPE_BFLOAT16] = {"bfloat16", 2},
	[AML_TYPE_FLOAT] = {"float", 4},     [AML_TYPE_DOUBLE] = {"double", 8},
};

static bool is_type(enum aml_type type)
{
	return (unsigned)type < AML_TYPE_COUNT;
}

size_t aml_type_size(enum aml_type type)
{
	return is_type(type) ? types[type].size : 0;
}

const char *aml_type_name(enum aml_type type)
{
	return is_type(type) ? types[type].name : "unknown";
}

#define COPY(bytes)                                                                \
	static void copy##bytes(char *dst, const char *src, size_t n, bool stream) \
	{                                                                          \
		(void)stream;                                                      \
		memcpy(dst, src, n *bytes);                                        \
	}
COPY(1)
COPY(2)
COPY(4)
COPY(8)

static amli_map_fn *copy_of(enum aml_type type)
{
	static amli_map_fn *const copies[] = {NULL, copy1, copy2, NULL, copy4,
					      NULL, NULL,  NULL,  copy8};

	return copies[types[type].size];
}

static bool is_integer(enum aml_type type)
{
	return type < AMLI_INTEGERS;
}

static const struct amli_convert_set *set_of(unsigned cpu)
{
#if defined(__x86_64__)
	static const struct amli_convert_set *const sets[] = {&amli_convert_avx512,
							      &amli_convert_avx2};

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		if ((sets[i]->cpu & ~cpu) == 0)
			return sets[i];
#endif
	(void)cpu;
	return NULL;
}

/* Through float, which may be one of the two. */
static void through_float(struct amli_conversion *how, const struct amli_convert_set *set,
			  enum aml_type to, enum aml_type from)
{
	bool is_short = to != AML_TYPE_FLOAT;

	how->first = is_short && set->to_odd_float[from] ? set->to_odd_float[from]
							 : set->to_float[from];
	if (from == AML_TYPE_FLOAT)
		how->first = set->from_float[to];
	else if (is_short && how->first)
		how->then = set->from_float[to];
	if (is_short && from != AML_TYPE_FLOAT && !how->then)
		how->first = NULL;
}

static void choose(struct amli_conversion *how, const struct amli_convert_set *set,
		   enum aml_type to, enum aml_type from)
{
	if (is_integer(to) && is_integer(from)) {
		how->first = set->integers[to][from];
	} else if (set->at_once[to][from]) {
		how->first = set->at_once[to][from];
	} else if (from == AML_TYPE_DOUBLE && set->from_double[to]) {
		how->first = set->from_double[to];
	} else if (to == AML_TYPE_DOUBLE && set->to_double[from]) {
		how->first = set->to_double[from];
	} else if (to == AML_TYPE_DOUBLE) {
		how->first = set->to_float[from];
		how->then = set->to_double[AML_TYPE_FLOAT];
	} else {
		through_float(how, set, to, from);
	}
}

void amli_convert_select(struct amli_conversion *how, enum aml_type to, enum aml_type from,
			 unsigned cpu)
{
	const struct amli_convert_set *set = set_of(cpu);

	*how = (struct amli_conversion){.between = sizeof(float)};
	if (to == from)
		how->first = copy_of(to);
	else if (set)
		choose(how, set, to, from);
	how->streams = how->first && to != from;
	if (!how->first) {
		how->first = amli_convert_any(to, from);
		how->then = NULL;
	}
}
