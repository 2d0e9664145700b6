/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Byte swaps, and all pairs of conversions at every CPU level this machine has, against
 * arithmetic in long double, which holds every number of every type.
 */
#include <check.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "kernel/map.h"

#define GUARD 64
#define LONE ((size_t)16)
#define MOST (65536 + LONE * 32 * 32)

static const unsigned levels[] = {0, AMLI_CPU_SSE2 | AMLI_CPU_AVX2,
				  AMLI_CPU_SSE2 | AMLI_CPU_AVX2 | AMLI_CPU_AVX512};
#define NLEVELS ((int)(sizeof(levels) / sizeof(levels[0])))

static uint64_t state = 0x9e3779b97f4a7c15;

static uint64_t draw(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* ---- what should come out ---- */

/* mantissa bits of the two short types */
static int mantissa_of(enum aml_type type)
{
	return type == AML_TYPE_FLOAT16 ? 10 : 7;
}

static long double read_short(uint16_t bits, int mantissa)
{
	int most = (1 << (15 - mantissa)) - 1, exponent = bits >> mantissa & most;
	long double m = bits & ((1 << mantissa) - 1), sign = bits >> 15 ? -1 : 1;

	if (exponent == most)
		return m > 0 ? (long double)NAN : sign * (long double)INFINITY;
	if (exponent > 0)
		m += 1 << mantissa;
	else
		exponent = 1;
	return sign * ldexpl(m, exponent - most / 2 - mantissa);
}

/* In units of the last place, rounded as the machine rounds. */
static uint16_t write_short(long double v, int mantissa)
{
	int most = (1 << (15 - mantissa)) - 1, least = 1 - most / 2, exponent;
	long double units;
	unsigned bits, sign = signbit(v) ? 0x8000 : 0;

	if (isnan(v))
		return (uint16_t)(most << mantissa | 1);
	v = fabsl(v);
	exponent = v > 0 && !isinf(v) ? ilogbl(v) : least;
	if (exponent < least)
		exponent = least;
	if (isinf(v) || exponent > most)
		return (uint16_t)(sign | (unsigned)most << mantissa);
	units = rintl(ldexpl(v, mantissa - exponent));
	bits = (unsigned)units + ((unsigned)(exponent - least) << mantissa);
	if (bits > (unsigned)most << mantissa)
		bits = (unsigned)most << mantissa;
	return (uint16_t)(sign | bits);
}

static long double read_number(const char *at, enum aml_type type)
{
	union {
		int8_t i8;
		uint8_t u8;
		int16_t i16;
		uint16_t u16;
		int32_t i32;
		uint32_t u32;
		int64_t i64;
		uint64_t u64;
		float f;
		double d;
	} v;

	memcpy(&v, at, aml_type_size(type));
	switch (type) {
	case AML_TYPE_INT8:
		return v.i8;
	case AML_TYPE_UINT8:
		return v.u8;
	case AML_TYPE_INT16:
		return v.i16;
	case AML_TYPE_UINT16:
		return v.u16;
	case AML_TYPE_INT32:
		return v.i32;
	case AML_TYPE_UINT32:
		return v.u32;
	case AML_TYPE_INT64:
		return v.i64;
	case AML_TYPE_UINT64:
		return v.u64;
	case AML_TYPE_FLOAT:
		return v.f;
	case AML_TYPE_DOUBLE:
		return v.d;
	default:
		return read_short(v.u16, mantissa_of(type));
	}
}

static bool is_integer(enum aml_type type)
{
	return type <= AML_TYPE_UINT64;
}

/* The nearest integer of the type, as 64 bits. */
static uint64_t integer(long double v, enum aml_type type)
{
	int bits = (int)aml_type_size(type) * 8;
	bool has_sign = type % 2 == 0;
	long double over = ldexpl(1, has_sign ? bits - 1 : bits), low = has_sign ? -over : 0;

	if (isnan(v))
		return 0;
	v = truncl(v);
	if (v >= over)
		return UINT64_MAX >> (64 - bits + has_sign);
	if (v <= low)
		return has_sign ? UINT64_MAX << (bits - 1) : 0;
	return v < 0 ? (uint64_t)(int64_t)v : (uint64_t)v;
}

static void write_number(char *at, long double v, enum aml_type type)
{
	uint64_t whole;
	uint16_t bits;
	float f = (float)v;
	double d = (double)v;

	if (is_integer(type)) {
		whole = integer(v, type);
		memcpy(at, &whole, aml_type_size(type)); /* little endian */
	} else if (type == AML_TYPE_FLOAT) {
		memcpy(at, &f, sizeof(f));
	} else if (type == AML_TYPE_DOUBLE) {
		memcpy(at, &d, sizeof(d));
	} else {
		bits = write_short(v, mantissa_of(type));
		memcpy(at, &bits, sizeof(bits));
	}
}

/* ---- numbers worth trying ---- */

/* Bits with long runs, where roundings and limits are. */
static uint64_t runs_of_bits(void)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < 3; i++)
		v ^= UINT64_MAX >> (draw() % 64) << (draw() % 64);
	return v;
}

static double about(double v)
{
	static const double by[] = {0, 0, 0x1p-52, -0x1p-52, 0x1p-24, -0x1p-24, 0x1p-9, -0x1p-9};

	return v + v * by[draw() % 8];
}

static double some_double(void)
{
	double v;
	uint64_t bits = draw() % 2 ? draw() : runs_of_bits();

	switch (draw() % 6) {
	case 0: /* a power of two or one and a half of it, or close */
		return about(ldexp(draw() % 2 ? 1 : 1.5, (int)(draw() % 300) - 150)) *
		       (draw() % 2 ? 1 : -1);
	case 1: /* limits of integers */
		return about(ldexp(1, 7 + (int)(draw() % 58))) * (draw() % 2 ? 1 : -1) -
		       (double)(draw() % 3) / 2;
	case 2: /* halfway between two short ones */
		return about(ldexp((double)(draw() % 8192) + 0.5, (int)(draw() % 60) - 40));
	case 3:
		return (double)(int64_t)(draw() % 200001 - 100000) / 4;
	default:
		memcpy(&v, &bits, sizeof(v));
		return v;
	}
}

/* Vectors of 32 ordinary 16-bit numbers but for one, in each lane: what is next to each other among
 * all there are is all odd, or none. */
static size_t lone_numbers(char *to)
{
	static const uint16_t odd[LONE] = {0,	   0x8000, 1,	   0x8001, 0x03ff, 0x0400,
					   0x7bff, 0xfbff, 0x7c00, 0xfc00, 0x7c01, 0xffff,
					   0x007f, 0x7f7f, 0x7f80, 0xff80};
	const uint16_t even = 0x3e05;
	size_t n = 0;

	for (size_t i = 0; i < LONE; i++)
		for (size_t lane = 0; lane < 32; lane++)
			for (size_t k = 0; k < 32; k++, n++)
				memcpy(to + n * 2, k == lane ? &odd[i] : &even, 2);
	return n;
}

static size_t numbers(char *to, enum aml_type type)
{
	static const double fixed[] = {
		0,	 -0.0,	  INFINITY,  -INFINITY, NAN,	      DBL_MAX,	   DBL_MIN,
		FLT_MAX, FLT_MIN, 0x1p-149,  0x1p-1074, 65504,	      65519.999,   65520,
		0x1p-24, 0x1p-25, 0x1.8p-25, 0x1p-133,	0x1p-134,     0x1.fep127,  0x1.ffp127,
		-0.5,	 127.5,	  255.99999, -128.9,	2147483647.5, 4294967295.5};
	size_t n = 20000, nfixed = sizeof(fixed) / sizeof(fixed[0]);
	size_t size = aml_type_size(type);

	if (size <= 2) { /* all there are */
		for (size_t i = 0; i < 65536; i++)
			memcpy(to + i * size, &i, size);
		return size == 1 ? 256 : 65536 + lone_numbers(to + 65536 * size);
	}
	for (size_t i = 0; i < n; i++) {
		uint64_t bits = draw() % 2 ? draw() : runs_of_bits();
		double d = i < nfixed ? fixed[i] : some_double();
		float f = (float)d;

		if (i % 8 == 7) /* an integer about half way between two short numbers */
			bits = ((257 + 2 * (draw() % 1000)) << draw() % 55) + draw() % 3 - 1;
		if (type == AML_TYPE_FLOAT && i % 3)
			memcpy(to + i * size, &f, size);
		else if (type == AML_TYPE_DOUBLE)
			memcpy(to + i * size, &d, size);
		else
			memcpy(to + i * size, &bits, size);
	}
	return n;
}

/* ---- tests ---- */

static void convert(const struct amli_conversion *how, char *dst, const char *src, size_t n,
		    bool stream)
{
	static char between[MOST * 8];

	how->first(how->then ? between : dst, src, n, stream && !how->then);
	if (how->then)
		how->then(dst, between, n, stream);
}

static bool is_nan(const char *at, enum aml_type type)
{
	return !is_integer(type) && isnan(read_number(at, type));
}

static void check_pair(enum aml_type to, enum aml_type from, unsigned cpu)
{
	static char src[MOST * 8], got[MOST * 8 + 2 * GUARD];
	struct amli_conversion how;
	size_t n = numbers(src, from), d = aml_type_size(to), s = aml_type_size(from);

	memset(got, 0x5a, sizeof(got));
	amli_convert_select(&how, to, from, cpu);
	convert(&how, got + GUARD, src, n, false);
	for (size_t i = 0; i < n; i++) {
		const char *at = got + GUARD + i * d;
		long double v = read_number(src + i * s, from);
		char want[8];

		write_number(want, v, to);
		if (!memcmp(at, want, d))
			continue;
		if (is_nan(at, to) && is_nan(want, to) &&
		    (at[d - 1] & 0x80) == (src[i * s + s - 1] & 0x80))
			continue;
		ck_abort_msg("%s -> %s, cpu 0x%x, number %zu, %La (%Lg): got %La, want %La",
			     aml_type_name(from), aml_type_name(to), cpu, i, v, v,
			     read_number(at, to), read_number(want, to));
	}
	for (size_t i = 0; i < GUARD; i++)
		ck_assert(got[i] == 0x5a && got[GUARD + n * d + i] == 0x5a);
}

static bool has_level(int level)
{
	return (levels[level] & ~amli_cpu()) == 0;
}

START_TEST(every_pair_is_as_arithmetic_has_it)
{
	for (int to = 0; to < AML_TYPE_COUNT && has_level(_i); to++)
		for (int from = 0; from < AML_TYPE_COUNT; from++)
			check_pair((enum aml_type)to, (enum aml_type)from, levels[_i]);
}
END_TEST

/* Short and unaligned ones are what the long one has in the same place. */
static void check_lengths(enum aml_type to, enum aml_type from, unsigned cpu)
{
	static char src[MOST * 8], all[256 * 8], part[256 * 8 + 2 * GUARD];
	struct amli_conversion how;
	size_t d = aml_type_size(to), s = aml_type_size(from);

	numbers(src, from);
	amli_convert_select(&how, to, from, cpu);
	convert(&how, all, src, 200, false);
	for (size_t n = 0; n < 70; n++) {
		size_t at = n % 7;

		memset(part, 0x5a, sizeof(part));
		convert(&how, part + GUARD + 1, src + at * s, n, false);
		ck_assert_msg(!memcmp(part + GUARD + 1, all + at * d, n * d),
			      "%s -> %s, cpu 0x%x, %zu numbers", aml_type_name(from),
			      aml_type_name(to), cpu, n);
		for (size_t i = 0; i < GUARD; i++)
			ck_assert(part[i] == 0x5a && part[GUARD + 1 + n * d + i] == 0x5a);
	}
}

/* Streamed or not makes no difference; whole lines, as many as a stage has and a few. */
static void check_streamed(enum aml_type to, enum aml_type from, unsigned cpu)
{
	static char src[MOST * 8];
	static _Alignas(64) char plain[4096 * 8], streamed[4096 * 8 + 64];
	struct amli_conversion how;
	size_t d = aml_type_size(to);

	numbers(src, from);
	amli_convert_select(&how, to, from, cpu);
	for (size_t n = 64 / d; n <= 640 / d; n += 64 / d) {
		memset(streamed, 0x5a, sizeof(streamed));
		convert(&how, plain, src, n, false);
		convert(&how, streamed, src, n, true);
		ck_assert_msg(!memcmp(plain, streamed, n * d), "%s -> %s, cpu 0x%x, %zu numbers",
			      aml_type_name(from), aml_type_name(to), cpu, n);
		for (size_t i = 0; i < 64; i++)
			ck_assert(streamed[n * d + i] == 0x5a);
	}
}

START_TEST(streaming_makes_no_difference)
{
	for (int to = 0; to < AML_TYPE_COUNT && has_level(_i); to++)
		for (int from = 0; from < AML_TYPE_COUNT; from++)
			check_streamed((enum aml_type)to, (enum aml_type)from, levels[_i]);
}
END_TEST

START_TEST(every_length_is_right_and_writes_no_more)
{
	for (int to = 0; to < AML_TYPE_COUNT && has_level(_i); to++)
		for (int from = 0; from < AML_TYPE_COUNT; from++)
			check_lengths((enum aml_type)to, (enum aml_type)from, levels[_i]);
}
END_TEST

START_TEST(swaps_reverse_bytes)
{
	unsigned char src[1024], dst[1024 + 2 * GUARD];

	for (size_t i = 0; i < sizeof(src); i++)
		src[i] = (unsigned char)draw();
	for (size_t e = 2; e <= 8 && has_level(_i); e *= 2)
		for (size_t n = 0; n < 110; n++) {
			memset(dst, 0x5a, sizeof(dst));
			amli_swap_select(e, levels[_i])((char *)dst + GUARD, (char *)src + 1, n,
							false);
			for (size_t i = 0; i < n * e; i++)
				ck_assert(dst[GUARD + i] == src[1 + i - i % e + e - 1 - i % e]);
			for (size_t i = 0; i < GUARD; i++)
				ck_assert(dst[i] == 0x5a && dst[GUARD + n * e + i] == 0x5a);
		}
}
END_TEST

START_TEST(only_words_are_swapped)
{
	ck_assert_ptr_null(amli_swap_select(1, amli_cpu()));
	ck_assert_ptr_null(amli_swap_select(3, amli_cpu()));
	ck_assert_ptr_null(amli_swap_select(16, amli_cpu()));
}
END_TEST

START_TEST(types_have_sizes_and_names)
{
	ck_assert_uint_eq(aml_type_size(AML_TYPE_INT8), 1);
	ck_assert_uint_eq(aml_type_size(AML_TYPE_BFLOAT16), 2);
	ck_assert_uint_eq(aml_type_size(AML_TYPE_DOUBLE), 8);
	ck_assert_str_eq(aml_type_name(AML_TYPE_FLOAT16), "float16");
	ck_assert_uint_eq(aml_type_size(AML_TYPE_COUNT), 0);
	ck_assert_str_eq(aml_type_name((enum aml_type) - 1), "unknown");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("convert");
	TCase *tc = tcase_create("convert");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, every_pair_is_as_arithmetic_has_it, 0, NLEVELS);
	tcase_add_loop_test(tc, every_length_is_right_and_writes_no_more, 0, NLEVELS);
	tcase_add_loop_test(tc, streaming_makes_no_difference, 0, NLEVELS);
	tcase_add_loop_test(tc, swaps_reverse_bytes, 0, NLEVELS);
	tcase_add_test(tc, only_words_are_swapped);
	tcase_add_test(tc, types_have_sizes_and_names);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
