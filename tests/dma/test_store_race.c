/* SPDX-License-Identifier: BSD-3-Clause */
/* The one race that the stack of free slots has: a thread has read what comes after the top, and
 * before it takes the top the others take two and put the first of them back.  The source is
 * included with a hook in that place. */
#include <check.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "dma/engine.h"

static void loaded(const volatile void *from);

#undef atomic_load_explicit
#define atomic_load_explicit(from, order)                        \
	__extension__({                                          \
		__typeof__(((void)0, *(from))) value_ = *(from); \
		loaded((const volatile void *)(from));           \
		value_;                                          \
	})
#include "dma/store.c"

static struct amli_engine engine;
static const volatile void *awaited; /* the hook runs when this is read */
static struct aml_request *meanwhile[2];

static void loaded(const volatile void *from)
{
	if (from != awaited)
		return;
	awaited = NULL;
	for (int i = 0; i < 2; i++)
		meanwhile[i] = pop(&engine.store);
	push(&engine.store, meanwhile[0]);
}

START_TEST(a_slot_that_somebody_has_is_not_given_out)
{
	struct aml_request *slot[4], *got;

	amli_store_init(&engine.store);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(amli_request_alloc(&engine, &slot[i], AMLI_HELD), 0);
	for (int i = 0; i < 4; i++)
		push(&engine.store, slot[i]);
	awaited = &slot[3]->next; /* of the top */
	got = pop(&engine.store);
	ck_assert_ptr_eq(meanwhile[0], slot[3]);
	ck_assert_ptr_eq(meanwhile[1], slot[2]);
	ck_assert_ptr_eq(got, slot[3]);
	got = pop(&engine.store);
	ck_assert_ptr_ne(got, meanwhile[1]);
	ck_assert_ptr_eq(got, slot[1]);
	for (int i = 0; i < 4; i++)
		atomic_store(&slot[i]->word, 0); /* FREE, for the end */
	amli_store_fini(&engine.store);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store race");
	TCase *tc = tcase_create("store race");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tc, a_slot_that_somebody_has_is_not_given_out);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
