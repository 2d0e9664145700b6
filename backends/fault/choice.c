/* SPDX-License-Identifier: BSD-3-Clause */
/* Who is a victim, and of what: decided by the spec and the number of the request, whatever
 * the timing. */
#include "fault.h"

const char *const amli_fault_names[AMLI_FAULT_KINDS + 1] = {
	"fail", "short", "stuck", "stall", "corrupt", "late", "refuse", NULL,
};

static int fault_read_numbers(struct amli_fault_choice *choice, const struct aml_spec *spec,
			      bool *any)
{
	const struct {
		const char *key;
		size_t max, *value;
	} numbers[] = {
		{"fail_at", SIZE_MAX, &choice->fail_at},
		{"fail_every", SIZE_MAX, &choice->fail_every},
		{"rate", 100, &choice->rate},
	};

	*any = false;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		int rc = aml_spec_size(spec, numbers[i].key, 0, numbers[i].max, numbers[i].value);

		if (rc)
			return rc;
		*any |= aml_spec_text(spec, numbers[i].key) != NULL;
	}
	choice->seed = 1;
	return aml_spec_size(spec, "seed", 0, SIZE_MAX, &choice->seed);
}

int amli_fault_choice_read(struct amli_fault_choice *choice, const struct aml_spec *spec)
{
	bool any;
	int rc = fault_read_numbers(choice, spec, &any);

	for (int i = 0; rc == 0 && i < AMLI_FAULT_KINDS; i++) {
		size_t is_given = 0;

		rc = aml_spec_size(spec, amli_fault_names[i], 0, 1, &is_given);
		if (rc == 0 && is_given && !any)
			return aml_engine_refuse(AML_EINVAL,
						 "fault: %s says what, but not to which requests: "
						 "add fail_at=, fail_every= or rate=",
						 amli_fault_names[i]);
		choice->kinds |= (unsigned)is_given << i;
	}
	if (!choice->kinds)
		choice->kinds = 1u << AMLI_FAULT_FAIL;
	return rc;
}

uint64_t amli_fault_draw(size_t seed, enum amli_fault_series series, size_t number)
{
	uint64_t x = seed * UINT64_C(0x9e3779b97f4a7c15) + number;

	x += (uint64_t)series << 48;
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static bool fault_is_victim(const struct amli_fault_choice *choice, size_t number)
{
	return number == choice->fail_at ||
	       (choice->fail_every && number % choice->fail_every == 0) ||
	       amli_fault_draw(choice->seed, AMLI_FAULT_WHO, number) % 100 < choice->rate;
}

enum amli_fault_what amli_fault_choose(const struct amli_fault_choice *choice, size_t number)
{
	unsigned skip, n = (unsigned)__builtin_popcount(choice->kinds);
	int what = 0;

	if (!fault_is_victim(choice, number))
		return AMLI_FAULT_NONE;
	skip = (unsigned)(amli_fault_draw(choice->seed, AMLI_FAULT_OF_WHAT, number) % n);
	while (!(choice->kinds >> what & 1) || skip-- > 0)
		what++;
	return (enum amli_fault_what)what;
}
