/* SPDX-License-Identifier: BSD-3-Clause */
/* The pool is told that something long is being planned. */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aml/dma.h"
#include "aml/error.h"
#include "aml/request.h"
#include "tests/lib/gate.h"
#include "tests/lib/pair.h"

static bool says(struct aml_dma *dma, const char *line)
{
	char text[1000] = "";
	FILE *file = fmemopen(text, sizeof(text), "w");

	ck_assert_int_eq(aml_dma_fprintf(file, "p", dma), 0);
	fclose(file);
	return strstr(text, line);
}

/* Its one worker, for at most five seconds. */
static void await_sleep(struct aml_dma *dma)
{
	for (int i = 0; i < 5000 && !says(dma, "p: idle: 0 searching, 1 asleep\n"); i++)
		sleep_us(1000);
	ck_assert(says(dma, "p: idle: 0 searching, 1 asleep\n"));
}

/* A batch whose last part is refused when the others are planned. */
START_TEST(workers_wake_for_a_batch_that_is_being_planned_and_sleep_again_if_it_comes_to_nothing)
{
	enum { N = 200 };
	struct aml_dma *dma = NULL;
	struct pair p = pair_dense(1 << 16, 1), q = pair_dense(8, 1);
	struct aml_layout *dst[N];
	const struct aml_layout *src[N];
	bool woke = false;

	ck_assert_int_eq(aml_dma_open(&dma, "pool:threads=1"), 0);
	for (size_t i = 0; i < N; i++) {
		dst[i] = p.dst;
		src[i] = i + 1 < N ? p.src : q.src;
	}
	for (int i = 0; i < 1000 && !woke; i++) {
		await_sleep(dma);
		ck_assert_int_eq(aml_dma_async_batch(dma, NULL, N, dst, src), -AML_EINVAL);
		woke = says(dma, "p: idle: 1 searching, 0 asleep\n");
	}
	ck_assert(woke);
	await_sleep(dma);
	pair_free(&p);
	pair_free(&q);
	aml_dma_close(&dma);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("expect");
	TCase *tc = tcase_create("expect");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_test(
		tc,
		workers_wake_for_a_batch_that_is_being_planned_and_sleep_again_if_it_comes_to_nothing);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
