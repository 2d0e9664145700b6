/* SPDX-License-Identifier: BSD-3-Clause */
/* Who has a buffer, and what can be done with it then. */
#include <check.h>

#include "aml/error.h"
#include "backends/axisg2/owner.h"

#define TX 2u
#define RX 3u

static struct amli_axis_owners owners;

static void setup(void)
{
	ck_assert_int_eq(amli_axis_owners_init(&owners, TX, RX), 0);
}

static void teardown(void)
{
	amli_axis_owners_fini(&owners);
}

static int move(uint32_t index, enum amli_axis_move how)
{
	return amli_axis_owner_move(&owners, index, how);
}

/* The moves that bring a receive buffer to a state, and a sending one. */
static void bring(uint32_t index, enum amli_axis_owner owner)
{
	if (owner == AMLI_AXIS_DRIVER)
		return;
	if (index < TX) {
		ck_assert_int_eq(move(index, AMLI_AXIS_RESERVE), 0);
	} else {
		ck_assert_int_eq(move(index, AMLI_AXIS_READ), 0);
		if (owner != AMLI_AXIS_RECEIVED)
			ck_assert_int_eq(move(index, AMLI_AXIS_LEND), 0);
	}
	if (owner == AMLI_AXIS_CARD)
		ck_assert_int_eq(move(index, AMLI_AXIS_SEND), 0);
	ck_assert_int_eq(amli_axis_owner_of(&owners, index), owner);
}

/* All that can happen to a receive buffer, by where it is; then to a sending one. */
static const struct {
	uint32_t index;
	enum amli_axis_owner from;
	bool read, reserve, lend, back, send, unsend;
} rows[] = {
	{TX, AMLI_AXIS_DRIVER, .read = true},
	{TX, AMLI_AXIS_RECEIVED, .lend = true, .back = true},
	{TX, AMLI_AXIS_BORROWED, .back = true, .send = true},
	{TX, AMLI_AXIS_CARD, .read = true, .unsend = true},
	{0, AMLI_AXIS_DRIVER, .reserve = true},
	{0, AMLI_AXIS_RESERVED, .back = true, .send = true},
	{0, AMLI_AXIS_CARD, .reserve = true, .unsend = true},
};

static void try(int row, enum amli_axis_move how, bool allowed)
{
	setup();
	bring(rows[row].index, rows[row].from);
	ck_assert_msg(move(rows[row].index, how) == (allowed ? 0 : -AML_EINVAL),
		      "row %d, move %d: should be %s", row, how, allowed ? "allowed" : "refused");
	teardown();
}

START_TEST(a_buffer_goes_only_where_it_can)
{
	teardown();
	try(_i, AMLI_AXIS_READ, rows[_i].read);
	try(_i, AMLI_AXIS_RESERVE, rows[_i].reserve);
	try(_i, AMLI_AXIS_LEND, rows[_i].lend);
	try(_i, AMLI_AXIS_RETURN, rows[_i].back);
	try(_i, AMLI_AXIS_SEND, rows[_i].send);
	try(_i, AMLI_AXIS_UNSEND, rows[_i].unsend);
	setup();
}
END_TEST

START_TEST(a_refusal_changes_nothing)
{
	bring(TX, AMLI_AXIS_RECEIVED);
	ck_assert_int_eq(move(TX, AMLI_AXIS_SEND), -AML_EINVAL);
	ck_assert_int_eq(amli_axis_owner_of(&owners, TX), AMLI_AXIS_RECEIVED);
	ck_assert_uint_eq(owners.held, 1);
}
END_TEST

START_TEST(an_index_that_no_buffer_has_is_refused)
{
	ck_assert_int_eq(move(TX + RX, AMLI_AXIS_READ), -AML_EINVAL);
	ck_assert_int_eq(move(UINT32_MAX, AMLI_AXIS_RETURN), -AML_EINVAL);
	ck_assert_str_eq(aml_error_detail(), "axisg2: no buffer 4294967295: there are 5");
}
END_TEST

START_TEST(a_buffer_that_is_returned_twice_is_refused_the_second_time)
{
	bring(TX + 1, AMLI_AXIS_BORROWED);
	ck_assert_int_eq(move(TX + 1, AMLI_AXIS_RETURN), 0);
	ck_assert_int_eq(move(TX + 1, AMLI_AXIS_RETURN), -AML_EINVAL);
	ck_assert_str_eq(aml_error_detail(),
			 "axisg2: buffer 3 is with the driver: it cannot be returned");
}
END_TEST

START_TEST(held_and_borrowed_buffers_are_counted)
{
	bring(TX, AMLI_AXIS_RECEIVED);
	bring(TX + 1, AMLI_AXIS_BORROWED);
	bring(TX + 2, AMLI_AXIS_CARD);
	bring(0, AMLI_AXIS_RESERVED);
	ck_assert_uint_eq(owners.held, 2);
	ck_assert_uint_eq(owners.borrowed, 1);
	ck_assert_int_eq(move(TX + 1, AMLI_AXIS_RETURN), 0);
	ck_assert_int_eq(move(TX, AMLI_AXIS_RETURN), 0);
	ck_assert_uint_eq(owners.held, 0);
	ck_assert_uint_eq(owners.borrowed, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("owner");
	TCase *tcase = tcase_create("owner");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, a_buffer_goes_only_where_it_can, 0,
			    sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tcase, a_refusal_changes_nothing);
	tcase_add_test(tcase, an_index_that_no_buffer_has_is_refused);
	tcase_add_test(tcase, a_buffer_that_is_returned_twice_is_refused_the_second_time);
	tcase_add_test(tcase, held_and_borrowed_buffers_are_counted);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
