/* SPDX-License-Identifier: BSD-3-Clause */
/* Where requests of the engine auto go: nowhere, to a pool, to engines that the test opens. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "aml/area/linux.h"
#include "backends/auto/test_away.h"
#include "dma/engine.h"
#include "tests/lib/gate.h"
#include "tests/lib/manual.h"
#include "tests/lib/pair.h"
#include "tests/lib/slot.h"

/* ---- in host memory ---- */

static bool says(const char *text)
{
	static char all[2000];
	FILE *out = fmemopen(all, sizeof(all), "w");

	ck_assert_int_eq(aml_dma_fprintf(out, "", automatic), 0);
	fclose(out);
	return strstr(all, text);
}

START_TEST(size_decides_who_copies_in_host_memory)
{
	struct pair large = pair_dense(100000, 4);
	struct aml_dma_caps caps;

	ck_assert_int_eq(aml_dma_copy(automatic, p.dst, p.src), 0);
	ck_assert(pair_dst_equals_oracle(&p));
	ck_assert(says("at once, up to 32768 bytes: 1 requests") &&
		  says("by pool:threads=1,small=0: 0 requests"));
	ck_assert_int_eq(aml_dma_copy(automatic, large.dst, large.src), 0);
	ck_assert(pair_dst_equals_oracle(&large));
	ck_assert(says("at once, up to 32768 bytes: 1 requests") &&
		  says("by pool:threads=1,small=0: 1 requests"));
	ck_assert_int_eq(aml_dma_caps(automatic, &caps), 0);
	ck_assert_uint_eq(caps.threads, 1);
	ck_assert_uint_eq(caps.flags & AML_DMA_INLINE, 0);
	ck_assert_int_eq(manual.submitted, 0);
	pair_free(&large);
}
END_TEST

START_TEST(a_small_copy_does_not_overtake_what_is_under_way)
{
	struct gate gate = {.open = false};
	struct aml_dma_request *first, *second;

	ck_assert_int_eq(aml_dma_async_copy_custom(automatic, &first, no_layout(), no_layout(),
						   gate_pass, &gate),
			 0);
	gate_await(&gate);
	ck_assert_int_eq(aml_dma_async_copy(automatic, &second, p.dst, p.src), 0);
	ck_assert(says("at once, up to 32768 bytes: 0 requests") &&
		  says("by pool:threads=1,small=0: 2 requests"));
	gate_open(&gate);
	ck_assert_int_eq(aml_dma_wait(automatic, &second), 0);
	ck_assert(pair_dst_equals_oracle(&p));
	ck_assert_int_eq(aml_dma_wait(automatic, &first), 0);
}
END_TEST

START_TEST(custom_operators_run_on_the_host_engine)
{
	struct gate gate = {.open = true, .returns = -77};

	ck_assert_int_eq(aml_dma_copy_custom(automatic, no_layout(), no_layout(), gate_pass, &gate),
			 -77);
	ck_assert_int_eq(gate.entered, 1);
	ck_assert(says("at once, up to 32768 bytes: 0 requests"));
}
END_TEST

START_TEST(what_the_engine_on_the_host_is_can_be_said)
{
	struct aml_dma *other;
	struct aml_dma_caps caps;

	ck_assert_int_eq(aml_dma_open(&other, "auto:host=memcpy,small=0"), 0);
	ck_assert_int_eq(aml_dma_copy(other, p.dst, p.src), 0);
	ck_assert(pair_dst_equals_oracle(&p));
	aml_dma_close(&other);
	ck_assert_int_eq(aml_dma_open(&other, "auto"), 0);
	ck_assert_int_eq(aml_dma_caps(other, &caps), 0);
	ck_assert(caps.flags & AML_DMA_HOST && caps.flags & AML_DMA_OPERATORS);
	aml_dma_close(&other);
	ck_assert_int_eq(aml_dma_open(&other, "auto:host=none"), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_open(&other, "auto:small=x"), -AML_EINVAL);
	ck_assert_ptr_null(other);
}
END_TEST

/* ---- at another engine ---- */

START_TEST(a_stream_goes_to_the_engine_that_reaches_it)
{
	struct aml_dma_request *req = away_send();

	ck_assert_int_eq(manual.submitted, 1);
	ck_assert_ptr_eq(aml_request_plan(manual.req[0]),
			 aml_request_plan(slot_of(automatic, req)));
	ck_assert_ptr_eq(aml_request_area(manual.req[0], AML_DMA_SIDE_DST), &here);
	ck_assert_ptr_null(aml_request_area(manual.req[0], AML_DMA_SIDE_SRC));
	ck_assert_int_eq(manual_start(0), 0);
	ck_assert_int_eq(slot_state(automatic, req), AMLI_RUNNING);
	aml_request_complete(manual.req[0], -AML_EIO);
	ck_assert_int_eq(aml_dma_wait(automatic, &req), -AML_EIO);
	ck_assert(says("by other engines: 1 requests"));
}
END_TEST

START_TEST(its_refusal_is_passed_on)
{
	struct aml_dma_request *req;

	manual.submit_fails = -AML_EAGAIN;
	ck_assert_int_eq(aml_dma_async_copy(automatic, &req, &stream_here, p.src), -AML_EAGAIN);
	ck_assert_ptr_null(req);
	manual.submit_fails = 0;
	req = away_send();
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(automatic, &req), 0);
}
END_TEST

START_TEST(of_two_engines_the_latest_has_it_and_a_program_may_drive_it_itself)
{
	struct aml_dma *second = second_manual_open(AML_DMA_HOST | AML_DMA_PROGRESS);
	struct aml_dma_request *req;

	second_manual.reached = &here;
	req = away_send();
	ck_assert_int_eq(manual.submitted, 0);
	ck_assert_int_eq(second_manual.submitted, 1);
	ck_assert_int_eq(aml_dma_wait_for(automatic, &req, 3000), -AML_ETIMEDOUT);
	ck_assert_int_gt(second_manual.progressed, 0);
	second_manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(automatic, &req), 0);
	aml_dma_close(&second);
	req = away_send();
	ck_assert_int_eq(manual.submitted, 1);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(automatic, &req), 0);
}
END_TEST

START_TEST(several_engines_are_driven_at_once)
{
	struct aml_dma *second = second_manual_open(AML_DMA_HOST | AML_DMA_PROGRESS);
	struct aml_dma_request *req[2];

	second_manual.reached = &there;
	req[0] = away_send();
	ck_assert_int_eq(aml_dma_async_copy(automatic, &req[1], p.dst, &stream_there), 0);
	ck_assert_int_eq(second_manual.submitted, 1);
	ck_assert_int_eq(aml_dma_wait_for(automatic, &req[0], 3000), -AML_ETIMEDOUT);
	ck_assert_int_gt(manual.progressed, 0);
	ck_assert_int_gt(second_manual.progressed, 0);
	second_manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(automatic, &req[1]), 0);
	aml_dma_close(&second); /* nothing of ours is there any more */
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(automatic, &req[0]), 0);
}
END_TEST

START_TEST(without_an_engine_for_both_sides_it_is_refused_by_name)
{
	struct aml_dma_request *req;
	struct aml_dma *second;

	ck_assert_int_eq(aml_dma_async_copy(automatic, &req, &stream_there, p.src), -AML_ENOTSUP);
	ck_assert_msg(strstr(aml_error_detail(), "card two"), "%s", aml_error_detail());
	ck_assert_ptr_null(strstr(aml_error_detail(), "more"));
	second = second_manual_open(0); /* not the host's memory */
	second_manual.reached = &there;
	ck_assert_int_eq(aml_dma_async_copy(automatic, &req, &stream_there, p.src), -AML_ENOTSUP);
	ck_assert_msg(strstr(aml_error_detail(), "card two and host memory"), "%s",
		      aml_error_detail());
	ck_assert_ptr_null(req);
	ck_assert_int_eq(aml_dma_copy(automatic, p.dst, p.src), 0);
	aml_dma_close(&second);
}
END_TEST

START_TEST(a_batch_goes_to_one_engine_or_nowhere)
{
	struct aml_dma *second = second_manual_open(AML_DMA_HOST);
	struct pair q = pair_dense(16, 4);
	struct aml_layout *same[] = {&stream_here, &stream_here},
			  *mixed[] = {&stream_here, &stream_there}, *half[] = {q.dst, &stream_here};
	const struct aml_layout *src[] = {p.src, q.src};
	struct aml_dma_request *req;

	second_manual.reached = &there;
	ck_assert_int_eq(aml_dma_async_batch(automatic, &req, 2, mixed, src), -AML_ENOTSUP);
	ck_assert_msg(strstr(aml_error_detail(), "several areas"), "%s", aml_error_detail());
	ck_assert_int_eq(aml_dma_async_batch(automatic, &req, 2, half, src), -AML_ENOTSUP);
	ck_assert_msg(strstr(aml_error_detail(), "several areas"), "%s", aml_error_detail());
	ck_assert_ptr_null(req);
	ck_assert_int_eq(aml_dma_async_batch(automatic, &req, 2, same, src), 0);
	ck_assert_int_eq(manual.submitted, 1);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(automatic, &req), 0);
	aml_dma_close(&second);
	pair_free(&q);
}
END_TEST

START_TEST(an_engine_around_auto_is_not_found_by_it)
{
	struct aml_dma *around, *second;
	struct aml_dma_request *req;

	ck_assert_int_eq(aml_dma_open(&around, "fault:engine=auto"), 0);
	ck_assert_int_eq(aml_dma_open(&second, "auto"), 0);
	ck_assert_int_eq(aml_dma_async_copy(around, &req, &stream_here, p.src), 0);
	ck_assert_int_eq(manual.submitted, 1);
	ck_assert_ptr_eq(aml_request_area(manual.req[0], AML_DMA_SIDE_DST), &here);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(around, &req), 0);
	ck_assert_int_eq(aml_dma_async_copy(second, &req, &stream_there, p.src), -AML_ENOTSUP);
	aml_dma_close(&second);
	aml_dma_close(&around);
}
END_TEST

/* ---- plain pointers ---- */

START_TEST(a_plain_pointer_into_memory_that_the_cpu_cannot_use_is_not_used)
{
	struct pair generic = pair_random(7, 2, false);
	struct aml_dma_request *req;

	ck_assert_int_eq(aml_area_range_add(&there, p.from.memory, p.from.size, 0), 0);
	ck_assert_int_eq(aml_dma_copy(automatic, p.dst, p.src), -AML_ENOTSUP);
	ck_assert_msg(strstr(aml_error_detail(), "host memory and card two"), "%s",
		      aml_error_detail());
	ck_assert_int_eq(aml_dma_async_batch(automatic, &req, 1, &p.dst,
					     (const struct aml_layout *const *)&p.src),
			 -AML_ENOTSUP);
	ck_assert_int_eq(aml_area_range_remove(&there, p.from.memory, p.from.size), 0);
	ck_assert_int_eq(aml_area_range_add(&here, p.from.memory, p.from.size, 0), 0);
	ck_assert_int_eq(aml_dma_async_copy(automatic, &req, p.dst, p.src), 0);
	ck_assert_int_eq(manual.submitted, 1);
	ck_assert_ptr_null(aml_request_area(manual.req[0], AML_DMA_SIDE_DST));
	ck_assert_ptr_eq(aml_request_area(manual.req[0], AML_DMA_SIDE_SRC), &here);
	manual_complete(0, 0);
	ck_assert_int_eq(aml_dma_wait(automatic, &req), 0);
	ck_assert_int_eq(aml_area_range_remove(&here, p.from.memory, p.from.size), 0);
	ck_assert_int_eq(aml_dma_copy(automatic, generic.dst, generic.src), 0);
	pair_free(&generic);
}
END_TEST

START_TEST(one_that_the_cpu_can_use_is_as_good_as_host_memory)
{
	ck_assert_int_eq(aml_area_range_add(&there, p.from.memory, p.from.size, AML_AREA_RANGE_CPU),
			 0);
	ck_assert_int_eq(aml_dma_copy(automatic, p.dst, p.src), 0);
	ck_assert(pair_dst_equals_oracle(&p));
	ck_assert_int_eq(aml_area_range_remove(&there, p.from.memory, p.from.size), 0);
}
END_TEST

/* ---- select ---- */

START_TEST(select_opens_what_copies_between_two_areas)
{
	struct aml_dma *selected;
	struct aml_dma_caps caps;

	ck_assert_int_eq(aml_dma_select(&selected, NULL, &aml_area_linux), 0);
	ck_assert_int_eq(aml_dma_caps(selected, &caps), 0);
	ck_assert_str_ne(caps.engine, "auto");
	aml_dma_close(&selected);
	ck_assert_int_eq(aml_dma_select(&selected, &here, &aml_area_linux), 0);
	ck_assert_int_eq(aml_dma_caps(selected, &caps), 0);
	ck_assert_str_eq(caps.engine, "auto");
	aml_dma_close(&selected);
	ck_assert_int_eq(aml_dma_select(&selected, &here, &there), -AML_ENOTSUP);
	ck_assert_ptr_null(selected);
	ck_assert_msg(strstr(aml_error_detail(), "card one and card two"), "%s",
		      aml_error_detail());
	ck_assert_int_eq(aml_dma_select(NULL, &here, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_select(NULL, NULL, NULL), -AML_EINVAL);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("auto");
	TCase *tc = tcase_create("auto");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, away_setup, away_teardown);
	tcase_add_test(tc, size_decides_who_copies_in_host_memory);
	tcase_add_test(tc, a_small_copy_does_not_overtake_what_is_under_way);
	tcase_add_test(tc, custom_operators_run_on_the_host_engine);
	tcase_add_test(tc, what_the_engine_on_the_host_is_can_be_said);
	tcase_add_test(tc, a_plain_pointer_into_memory_that_the_cpu_cannot_use_is_not_used);
	tcase_add_test(tc, one_that_the_cpu_can_use_is_as_good_as_host_memory);
	tcase_add_test(tc, a_stream_goes_to_the_engine_that_reaches_it);
	tcase_add_test(tc, its_refusal_is_passed_on);
	tcase_add_test(tc, of_two_engines_the_latest_has_it_and_a_program_may_drive_it_itself);
	tcase_add_test(tc, several_engines_are_driven_at_once);
	tcase_add_test(tc, without_an_engine_for_both_sides_it_is_refused_by_name);
	tcase_add_test(tc, a_batch_goes_to_one_engine_or_nowhere);
	tcase_add_test(tc, an_engine_around_auto_is_not_found_by_it);
	tcase_add_test(tc, select_opens_what_copies_between_two_areas);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
