/* SPDX-License-Identifier: BSD-3-Clause */
/* What happens to victims, over several inner engines, with and without delays. */
#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aml/dma.h"
#include "aml/error.h"
#include "aml/layout/dense.h"
#include "tests/lib/gate.h"
#include "tests/lib/pair.h"

#define ELEMENTS 51

static const char *const inners[] = {
	"memcpy",
	"(pool:threads=2)",
	"(pool:threads=2,small=0)",
	"(pool:threads=0)",
	"(fault:engine=memcpy)",
	"(fault:engine=(pool:threads=2,small=0),jitter_us=100)",
	"(fault:engine=memcpy,delay_us=50,thread)",
};
static const char *const delays[] = {
	"", ",delay_us=100", ",jitter_us=200", ",thread", ",delay_us=50,jitter_us=100,thread",
};
#define NINNERS (int)(sizeof(inners) / sizeof(inners[0]))
#define NDELAYS (int)(sizeof(delays) / sizeof(delays[0]))
#define NSPECS (NINNERS * NDELAYS)

static struct pair p;

static void setup(void)
{
	p = pair_dense(ELEMENTS, sizeof(int));
}

static void teardown(void)
{
	pair_free(&p);
}

static struct aml_dma *open_fault(const char *spec)
{
	struct aml_dma *dma;

	ck_assert_msg(aml_dma_open(&dma, spec) == 0, "%s: %s", spec, aml_error_detail());
	return dma;
}

/* Variant @i: of inner engines and delays. */
static struct aml_dma *open_variant(int i, const char *keys)
{
	char spec[200];

	snprintf(spec, sizeof(spec), "fault:engine=%s,%s%s", inners[i % NINNERS], keys,
		 delays[i / NINNERS]);
	return open_fault(spec);
}

static struct aml_dma_request *submit(struct aml_dma *dma)
{
	struct aml_dma_request *req;

	ck_assert_int_eq(aml_dma_async_copy(dma, &req, p.dst, p.src), 0);
	return req;
}

static bool untouched(void)
{
	return !memcmp(p.to.memory, p.to.before, p.to.size);
}

/* How many bytes of dst are not as @other has them. */
static size_t differing(const struct pair *q, const char *other)
{
	size_t n = 0;

	for (size_t i = 0; i < q->to.size; i++)
		n += q->to.memory[i] != other[i];
	return n;
}

/* About half of the data arrived, the first bytes, and nothing else (dense pairs). */
static bool half_arrived(void)
{
	size_t end = 0, missing = differing(&p, p.want), arrived = differing(&p, p.to.before);

	while (end < p.to.size && p.to.memory[end] == p.want[end])
		end++;
	return !memcmp(p.to.memory + end, p.to.before + end, p.to.size - end) &&
	       missing < arrived * 3 / 2 && arrived < missing * 3 / 2;
}

START_TEST(short_ones_fail_after_half_of_the_data)
{
	struct aml_dma *dma = open_variant(_i, "fail_at=2,short");

	ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), 0);
	pair_reset(&p);
	ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), -AML_EIO);
	ck_assert(half_arrived());
	ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), 0);
	ck_assert(pair_dst_equals_oracle(&p));
	aml_dma_close(&dma);
}
END_TEST

START_TEST(late_ones_fail_after_all_of_it)
{
	struct aml_dma *dma = open_variant(_i, "fail_at=1,late");

	ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), -AML_EIO);
	ck_assert(pair_dst_equals_oracle(&p));
	pair_reset(&p);
	ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(corrupt_ones_succeed_with_one_byte_wrong)
{
	struct aml_dma *dma = open_variant(_i, "fail_every=2,corrupt");

	ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), 0);
	ck_assert(pair_dst_equals_oracle(&p));
	ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), 0);
	ck_assert_uint_eq(differing(&p, p.want), 1);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(stalled_ones_wait_for_their_cancel)
{
	struct aml_dma *dma = open_variant(_i, "fail_at=1,stall");
	struct pair q = pair_dense(20, 4);
	struct aml_dma_request *stalled = submit(dma), *req;
	double begin = now_us();

	ck_assert_int_eq(aml_dma_async_copy(dma, &req, q.dst, q.src), 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req), 0); /* others go on */
	ck_assert(pair_dst_equals_oracle(&q));
	sleep_us(500);
	ck_assert_int_eq(aml_dma_cancel(dma, &stalled), 0);
	ck_assert_ptr_null(stalled);
	ck_assert(now_us() - begin < 5e6);
	ck_assert(untouched());
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	aml_dma_close(&dma);
	pair_free(&q);
}
END_TEST

START_TEST(stuck_ones_stop_half_way)
{
	struct aml_dma *dma = open_variant(_i, "rate=100,stuck");
	struct aml_dma_request *req = submit(dma);

	sleep_us(20000);
	ck_assert_int_eq(aml_dma_cancel(dma, &req), 0);
	ck_assert(_i < NINNERS || untouched() || half_arrived());
	ck_assert(_i >= NINNERS || half_arrived()); /* not delayed: inside submit */
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(refused_ones_never_were)
{
	struct aml_dma *dma = open_variant(_i, "fail_at=2,refuse");
	struct aml_dma_request *req = submit(dma), *none = req;

	ck_assert_int_eq(aml_dma_wait(dma, &req), 0);
	pair_reset(&p);
	ck_assert_int_eq(aml_dma_async_copy(dma, &none, p.dst, p.src), -AML_EAGAIN);
	ck_assert_ptr_null(none);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "request 2"));
	ck_assert_int_eq(aml_dma_barrier(dma), 0);
	ck_assert(untouched());
	ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), 0);
	aml_dma_close(&dma);
}
END_TEST

/* Some elements arrived, some did not, and nothing else was written.  (Layouts that are not
 * affine may have elements that are not there to be written: maybe all of the second half.) */
static void check_short(unsigned seed, bool affine)
{
	struct aml_dma *dma = open_fault("fault:rate=100,short");
	struct pair q = pair_random(seed, 0, affine);
	size_t all = differing(&q, q.want), missing;

	ck_assert_int_eq(aml_dma_copy(dma, q.dst, q.src), -AML_EIO);
	missing = differing(&q, q.want);
	ck_assert_msg(missing + differing(&q, q.to.before) == all, "%s", q.text);
	ck_assert_msg(missing > 0 || !affine, "%s", q.text);
	pair_free(&q);
	aml_dma_close(&dma);
}

START_TEST(short_ones_of_any_shape_write_elements_only)
{
	for (unsigned i = 0; i < test_pairs(300); i++)
		check_short(test_seed() + i, i % 4);
}
END_TEST

START_TEST(corrupt_ones_of_any_shape_spoil_one_byte_of_an_element)
{
	struct aml_dma *dma = open_fault("fault:rate=100,corrupt");
	struct aml_dma *good = open_fault("memcpy");

	for (unsigned i = 0; i < test_pairs(300); i++) {
		struct pair q = pair_random(test_seed() + i, 0, true);

		ck_assert_int_eq(aml_dma_copy(dma, q.dst, q.src), 0);
		ck_assert_msg(differing(&q, q.want) == 1, "%s", q.text);
		ck_assert_int_eq(aml_dma_copy(good, q.dst, q.src), 0);
		ck_assert_msg(pair_dst_equals_oracle(&q), "%s", q.text); /* no gap was hit */
		pair_free(&q);
	}
	aml_dma_close(&good);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(every_element_may_be_hit)
{
	struct aml_dma *dma = open_fault("fault:rate=100,corrupt");
	const size_t dims = 64, stride = 2;
	struct aml_layout *dst, *src;
	bool hit[64] = {false};
	char to[128], from[128] = {0};
	int n = 0;

	aml_layout_dense_create(&dst, to, AML_LAYOUT_ORDER_C, 1, 1, &dims, &stride, NULL);
	aml_layout_dense_create(&src, from, AML_LAYOUT_ORDER_C, 1, 1, &dims, &stride, NULL);
	for (int i = 0; i < 1000; i++) {
		memset(to, 0, sizeof(to));
		ck_assert_int_eq(aml_dma_copy(dma, dst, src), 0);
		for (int j = 0; j < 64; j++)
			hit[j] |= to[2 * j] != 0;
	}
	for (int j = 0; j < 64; j++)
		n += hit[j];
	ck_assert_int_eq(n, 64);
	aml_layout_destroy(&dst);
	aml_layout_destroy(&src);
	aml_dma_close(&dma);
}
END_TEST

/* Where the only wrong byte is. */
static size_t wrong_byte(const char *spec)
{
	struct aml_dma *dma = open_fault(spec);
	size_t i = 0;

	pair_reset(&p);
	ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), 0);
	while (i < p.to.size && p.to.memory[i] == p.want[i])
		i++;
	aml_dma_close(&dma);
	return i;
}

START_TEST(the_seed_chooses_the_byte)
{
	size_t i = wrong_byte("fault:fail_at=1,corrupt,seed=3");
	bool another = false;

	ck_assert_uint_eq(wrong_byte("fault:fail_at=1,corrupt,seed=3,engine=(pool:threads=2)"), i);
	for (int seed = 4; seed < 9; seed++) {
		char spec[100];

		snprintf(spec, sizeof(spec), "fault:fail_at=1,corrupt,seed=%d", seed);
		another |= wrong_byte(spec) != i;
	}
	ck_assert(another);
}
END_TEST

/* What befell the first 32 requests: a letter each. */
static void fates(const char *spec, char text[33])
{
	struct aml_dma *dma = open_fault(spec);

	for (int i = 0; i < 32; i++) {
		int rc;

		pair_reset(&p);
		rc = aml_dma_copy(dma, p.dst, p.src);
		text[i] = rc == 0	   ? differing(&p, p.want) ? 'c' : '.'
			  : untouched()	   ? 'f'
			  : half_arrived() ? 's'
					   : 'l';
	}
	text[32] = 0;
	aml_dma_close(&dma);
}

START_TEST(of_several_words_the_seed_chooses)
{
	char one[33], same[33], other[33];

	fates("fault:rate=80,fail,short,late,corrupt,seed=5", one);
	fates("fault:rate=80,fail,short,late,corrupt,seed=5,engine=pool,jitter_us=10,thread", same);
	fates("fault:rate=80,fail,short,late,corrupt,seed=6", other);
	ck_assert_str_eq(one, same);
	ck_assert_str_ne(one, other);
	ck_assert_uint_eq(strspn(one, ".csfl"), 32);
	for (const char *fate = ".csfl"; *fate; fate++)
		ck_assert_msg(strchr(one, *fate), "no %c in %s", *fate, one);
	fates("fault:rate=100,short=1,late=0", one);
	ck_assert_uint_eq(strspn(one, "s"), 32);
}
END_TEST

/* What happens must not follow from the draw that made it a victim. */
START_TEST(rare_victims_get_every_fate)
{
	struct aml_dma *dma = open_fault("fault:rate=1,short,late");
	int n[2] = {0};

	for (int i = 0; i < 3000; i++) {
		if (aml_dma_copy(dma, p.dst, p.src))
			n[pair_dst_equals_oracle(&p)]++;
		pair_reset(&p);
	}
	ck_assert_int_gt(n[0], 0);
	ck_assert_int_gt(n[1], 0);
	ck_assert_int_lt(n[0] + n[1], 100);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(operators_that_cannot_be_spoilt_fail)
{
	static const char *const specs[] = {
		"fault:rate=100,short",
		"fault:rate=100,stuck",
		"fault:rate=100,corrupt,engine=(pool:threads=2)",
	};

	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		struct aml_dma *dma = open_fault(specs[i]);
		struct gate gate = {.open = true};

		ck_assert_int_eq(aml_dma_copy_custom(dma, no_layout(), no_layout(), gate_pass,
						     &gate),
				 -AML_EIO);
		ck_assert_int_eq(gate.entered, 0);
		aml_dma_close(&dma);
	}
}
END_TEST

START_TEST(it_prints_what_it_did)
{
	static const char *const lines[] = {
		"f: inner: memcpy\n",
		"f: victims: at 2, every 4, 0 % of seed 7\n",
		"f: delay: 5 us, and up to 6 more\n",
		"f: submitted: 8\n",
		"f: delayed: 8\n",
		"f: short: 3\n",
	};
	struct aml_dma *dma =
		open_fault("fault:fail_at=2,fail_every=4,seed=7,short,delay_us=5,jitter_us=6");
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (int i = 0; i < 8; i++)
		aml_dma_copy(dma, p.dst, p.src);
	ck_assert_int_eq(aml_dma_fprintf(out, "f", dma), 0);
	fclose(out);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		ck_assert_msg(strstr(text, lines[i]), "no '%s' in:\n%s", lines[i], text);
	ck_assert_ptr_null(strstr(text, "stall:"));
	free(text);
	aml_dma_close(&dma);
}
END_TEST

START_TEST(bad_keys_are_refused_in_words)
{
	static const struct {
		const char *spec, *word;
	} bad[] = {
		{"fault:stall", "stall says what, but not to which requests: add fail_at="},
		{"fault:engine=pool,delay_us=3,corrupt", "corrupt says what"},
		{"fault:fail_at=1,short=2", "short=2 is not a number from 0 to 1"},
		{"fault:fail_at=1,late=x", "late=x"},
		{"fault:thread=2", "thread=2 is not a number from 0 to 1"},
		{"fault:jitter_us=1000000001", "jitter_us=1000000001"},
		{"fault:fail_at=1,stal", "engine fault has no key 'stal'; it has engine"},
		{"fault:engine=(fault:stall)", "stall says what"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct aml_dma *dma;

		ck_assert_msg(aml_dma_open(&dma, bad[i].spec) == -AML_EINVAL, "%s", bad[i].spec);
		ck_assert_ptr_null(dma);
		ck_assert_msg(strstr(aml_error_detail(), bad[i].word), "%s: %s", bad[i].spec,
			      aml_error_detail());
	}
}
END_TEST

static unsigned flags_of(const char *spec)
{
	struct aml_dma *dma = open_fault(spec);
	struct aml_dma_caps caps;

	ck_assert_int_eq(aml_dma_caps(dma, &caps), 0);
	aml_dma_close(&dma);
	return caps.flags & (AML_DMA_INLINE | AML_DMA_PROGRESS | AML_DMA_ORDERED);
}

START_TEST(it_promises_what_victims_and_delays_leave)
{
	ck_assert_uint_eq(flags_of("fault:rate=5,short,late,corrupt,refuse"),
			  AML_DMA_INLINE | AML_DMA_ORDERED);
	ck_assert_uint_eq(flags_of("fault:rate=0,stall"), AML_DMA_INLINE | AML_DMA_ORDERED);
	ck_assert_uint_eq(flags_of("fault:rate=5,stall"), 0);
	ck_assert_uint_eq(flags_of("fault:fail_at=5,fail,stuck"), 0);
	ck_assert_uint_eq(flags_of("fault:jitter_us=1"), AML_DMA_PROGRESS);
	ck_assert_uint_eq(flags_of("fault:jitter_us=1,thread"), 0);
	ck_assert_uint_eq(flags_of("fault:thread"), 0);
	ck_assert_uint_eq(flags_of("fault:thread,engine=(pool:threads=0)"), AML_DMA_PROGRESS);
}
END_TEST

START_TEST(all_words_at_once_are_a_spec)
{
	struct aml_dma *dma = open_fault(
		"fault:engine=pool,fail_at=3,delay_us=20,stall,corrupt,short,stuck,late,seed=4");
	struct aml_dma_request *req[3];
	struct pair q[3];

	for (int i = 0; i < 3; i++) {
		q[i] = pair_dense(20, 4);
		ck_assert_int_eq(aml_dma_async_copy(dma, &req[i], q[i].dst, q[i].src), 0);
	}
	ck_assert_int_eq(aml_dma_wait(dma, &req[0]), 0);
	ck_assert_int_eq(aml_dma_wait(dma, &req[1]), 0);
	ck_assert_int_eq(aml_dma_cancel(dma, &req[2]), 0);
	aml_dma_close(&dma);
	for (int i = 0; i < 3; i++)
		pair_free(&q[i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("victims");
	TCase *tc = tcase_create("victims");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, short_ones_fail_after_half_of_the_data, 0, NSPECS);
	tcase_add_loop_test(tc, late_ones_fail_after_all_of_it, 0, NSPECS);
	tcase_add_loop_test(tc, corrupt_ones_succeed_with_one_byte_wrong, 0, NSPECS);
	tcase_add_loop_test(tc, stalled_ones_wait_for_their_cancel, 0, NSPECS);
	tcase_add_loop_test(tc, stuck_ones_stop_half_way, 0, NSPECS);
	tcase_add_loop_test(tc, refused_ones_never_were, 0, NSPECS);
	tcase_add_test(tc, short_ones_of_any_shape_write_elements_only);
	tcase_add_test(tc, corrupt_ones_of_any_shape_spoil_one_byte_of_an_element);
	tcase_add_test(tc, every_element_may_be_hit);
	tcase_add_test(tc, the_seed_chooses_the_byte);
	tcase_add_test(tc, of_several_words_the_seed_chooses);
	tcase_add_test(tc, rare_victims_get_every_fate);
	tcase_add_test(tc, operators_that_cannot_be_spoilt_fail);
	tcase_add_test(tc, it_prints_what_it_did);
	tcase_add_test(tc, bad_keys_are_refused_in_words);
	tcase_add_test(tc, it_promises_what_victims_and_delays_leave);
	tcase_add_test(tc, all_words_at_once_are_a_spec);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
