/* SPDX-License-Identifier: BSD-3-Clause */
/* CRC32C: published vectors, every alignment and length, and joining parts. */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "kernel/map.h"

#define ROOM ((size_t)20000)

static unsigned char data[ROOM];

static void setup(void)
{
	uint32_t state = 12345;

	for (size_t i = 0; i < ROOM; i++) {
		state = state * 1664525 + 1013904223;
		data[i] = (unsigned char)(state >> 24);
	}
}

/* Bit by bit, from the definition. */
static uint32_t naive(uint32_t reg, const unsigned char *src, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		reg ^= src[i];
		for (int bit = 0; bit < 8; bit++)
			reg = reg & 1 ? reg >> 1 ^ 0x82f63b78 : reg >> 1;
	}
	return reg;
}

/* In C, by the instruction for it, by wide multiplications. */
#define VARIANTS 3
static amli_crc_fn *variant(int i)
{
	static const unsigned hidden[] = {~0u, AMLI_CPU_VPCLMUL, 0};

	return amli_crc_select(amli_cpu() & ~hidden[i]);
}

START_TEST(published_vectors_come_out)
{
	unsigned char bytes[32];
	amli_crc_fn *crc = variant(_i);

	ck_assert_uint_eq(~crc(UINT32_MAX, NULL, "123456789", 9), 0xe3069283);
	memset(bytes, 0, sizeof(bytes));
	ck_assert_uint_eq(~crc(UINT32_MAX, NULL, (char *)bytes, 32), 0x8a9136aa);
	memset(bytes, 0xff, sizeof(bytes));
	ck_assert_uint_eq(~crc(UINT32_MAX, NULL, (char *)bytes, 32), 0x62a8ab43);
	for (unsigned i = 0; i < 32; i++)
		bytes[i] = (unsigned char)i;
	ck_assert_uint_eq(~crc(UINT32_MAX, NULL, (char *)bytes, 32), 0x46dd794e);
	for (unsigned i = 0; i < 32; i++)
		bytes[i] = (unsigned char)(31 - i);
	ck_assert_uint_eq(~crc(UINT32_MAX, NULL, (char *)bytes, 32), 0x113fdb5c);
	ck_assert_uint_eq(~crc(UINT32_MAX, NULL, "", 0), 0);
}
END_TEST

START_TEST(every_alignment_and_length_is_as_defined)
{
	amli_crc_fn *crc = variant(_i);
	static const size_t longer[] = {255,  256,  257,  511,	512,  513,  1023,     1024,
					3071, 3072, 3073, 4096, 6143, 6144, 9216 + 7, ROOM - 64};

	for (size_t at = 0; at < 16; at++) {
		for (size_t n = 0; n < 100; n++)
			ck_assert_msg(crc(7, NULL, (char *)data + at, n) == naive(7, data + at, n),
				      "%zu bytes at %zu", n, at);
		for (size_t i = 0; i < sizeof(longer) / sizeof(longer[0]); i++)
			ck_assert_msg(crc(7, NULL, (char *)data + at, longer[i]) ==
					      naive(7, data + at, longer[i]),
				      "%zu bytes at %zu", longer[i], at);
	}
}
END_TEST

START_TEST(whole_lines_are_copied_on_the_way)
{
	static _Alignas(64) char copy[ROOM];
	const size_t most = ROOM / 64 - 1;
	amli_crc_fn *crc = variant(_i);

	for (size_t at = 0; at < 64; at += 21)
		for (size_t n = 0; n <= most; n += n < 70 ? 1 : 31) {
			memset(copy, 0x5a, sizeof(copy));
			ck_assert_uint_eq(crc(7, copy, (char *)data + at, n * 64),
					  crc(7, NULL, (char *)data + at, n * 64));
			ck_assert_msg(!memcmp(copy, data + at, n * 64), "%zu lines from %zu", n,
				      at);
			for (size_t i = n * 64; i < n * 64 + 64; i++)
				ck_assert_msg(copy[i] == 0x5a, "%zu lines from %zu: byte %zu", n,
					      at, i);
		}
}
END_TEST

START_TEST(parts_are_joined_by_shifting)
{
	uint32_t whole = naive(99, data, 5000);

	for (size_t cut = 0; cut <= 5000; cut += cut < 20 ? 1 : 83) {
		uint32_t a = amli_crc_any(99, NULL, (char *)data, cut);
		uint32_t b = amli_crc_any(0, NULL, (char *)data + cut, 5000 - cut);

		ck_assert_uint_eq(amli_crc_shift(a, 5000 - cut) ^ b, whole);
	}
}
END_TEST

START_TEST(a_shift_is_so_many_zero_bytes)
{
	static const unsigned char zero[4096];

	for (size_t n = 0; n <= sizeof(zero); n += n < 40 ? 1 : 97)
		ck_assert_uint_eq(amli_crc_shift(0xdeadbeef, n), naive(0xdeadbeef, zero, n));
	ck_assert_uint_eq(amli_crc_shift(0, SIZE_MAX), 0);
	/* shifts add up, also where nobody could sum that many bytes */
	ck_assert_uint_eq(amli_crc_shift(amli_crc_shift(1, (size_t)1 << 40), (size_t)3 << 50),
			  amli_crc_shift(1, ((size_t)1 << 40) + ((size_t)3 << 50)));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("crc");
	TCase *tc = tcase_create("crc");
	SRunner *runner;
	int failed;

	setup();
	tcase_add_loop_test(tc, published_vectors_come_out, 0, VARIANTS);
	tcase_add_loop_test(tc, every_alignment_and_length_is_as_defined, 0, VARIANTS);
	tcase_add_loop_test(tc, whole_lines_are_copied_on_the_way, 0, VARIANTS);
	tcase_add_test(tc, parts_are_joined_by_shifting);
	tcase_add_test(tc, a_shift_is_so_many_zero_bytes);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
