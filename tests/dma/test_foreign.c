/* SPDX-License-Identifier: BSD-3-Clause */
/* A dma that the program made, with AML's five operations or fewer. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "aml/dma.h"
#include "aml/error.h"
#include "aml/plan.h"
#include "tests/lib/pair.h"

/* Copies when it is waited for. */
struct aml_dma_request {
	struct aml_layout *dst, *src;
};

struct aml_dma_data {
	struct aml_dma_request request;
	int created, waited, destroyed, barriers, printed;
};

static int create(struct aml_dma_data *data, struct aml_dma_request **req, struct aml_layout *dest,
		  struct aml_layout *src, aml_dma_operator op, void *op_arg)
{
	(void)op;
	(void)op_arg;
	data->created++;
	data->request.dst = dest;
	data->request.src = src;
	if (req)
		*req = &data->request;
	return 0;
}

static int destroy(struct aml_dma_data *data, struct aml_dma_request **req)
{
	(void)req;
	data->destroyed++;
	return 0;
}

static int wait_for(struct aml_dma_data *data, struct aml_dma_request **req)
{
	struct aml_plan *plan;
	int rc = aml_plan_create(&plan, (*req)->dst, (*req)->src, AML_PLAN_DEFAULT);

	data->waited++;
	if (rc)
		return rc;
	rc = aml_plan_run(plan);
	aml_plan_destroy(&plan);
	return rc;
}

static int barrier(struct aml_dma_data *data)
{
	data->barriers++;
	return -42;
}

static int print(const struct aml_dma_data *data, FILE *stream, const char *prefix)
{
	((struct aml_dma_data *)data)->printed++;
	ck_assert_ptr_nonnull(stream);
	ck_assert_str_eq(prefix, "");
	return 0;
}

START_TEST(five_operations_are_enough_for_amls_calls)
{
	struct aml_dma_ops ops = {create, destroy, wait_for, barrier, print};
	struct aml_dma_data data = {0};
	struct aml_dma dma = {&ops, &data};
	struct pair p = pair_dense(20, 4);
	struct aml_dma_request *req;

	ck_assert_int_eq(aml_dma_copy(&dma, p.dst, p.src), 0);
	ck_assert(pair_dst_equals_oracle(&p));
	ck_assert_int_eq(aml_dma_async_copy(&dma, &req, p.dst, p.src), 0);
	ck_assert_ptr_eq(req, &data.request);
	ck_assert_int_eq(aml_dma_wait(&dma, &req), 0);
	ck_assert_ptr_null(req);
	ck_assert_int_eq(aml_dma_wait(&dma, &req), -AML_EINVAL);
	ck_assert_int_eq(aml_dma_async_copy(&dma, NULL, p.dst, p.src), 0);
	ck_assert_int_eq(aml_dma_async_copy(&dma, &req, p.dst, p.src), 0);
	ck_assert_int_eq(aml_dma_cancel(&dma, &req), 0);
	ck_assert_ptr_null(req);
	ck_assert_int_eq(aml_dma_barrier(&dma), -42);
	ck_assert_int_eq(aml_dma_fprintf(stdout, NULL, &dma), 0);
	ck_assert_int_eq(data.created, 4);
	ck_assert_int_eq(data.waited, 2);
	ck_assert_int_eq(data.destroyed, 1);
	ck_assert_int_eq(data.printed, 1);
	pair_free(&p);
}
END_TEST

START_TEST(our_other_calls_are_not_supported)
{
	struct aml_dma_ops ops = {create, destroy, wait_for, barrier, print};
	struct aml_dma_data data = {0};
	struct aml_dma dma = {&ops, &data}, *pointer = &dma;
	struct pair p = pair_dense(20, 4);
	struct aml_dma_request *req = &data.request;
	struct aml_dma_caps caps;
	struct aml_plan *plan;

	ck_assert_int_eq(aml_plan_create(&plan, p.dst, p.src, AML_PLAN_DEFAULT), 0);
	ck_assert_int_eq(aml_dma_async_plan(&dma, &req, plan), -AML_ENOTSUP);
	ck_assert_ptr_null(req);
	ck_assert_int_eq(aml_dma_caps(&dma, &caps), -AML_ENOTSUP);
	ck_assert_int_eq(aml_dma_close(&pointer), -AML_EINVAL);
	ck_assert_ptr_eq(pointer, &dma);
	aml_plan_destroy(&plan);
	pair_free(&p);
}
END_TEST

static void check_lacks_everything(struct aml_dma *dma)
{
	struct pair p = pair_dense(20, 4);
	struct aml_dma_data data = {0};
	struct aml_dma_request *req = &data.request;

	ck_assert_int_eq(aml_dma_wait(dma, &req), -AML_ENOTSUP);
	ck_assert_int_eq(aml_dma_cancel(dma, &req), -AML_ENOTSUP);
	ck_assert_ptr_eq(req, &data.request);
	ck_assert_int_eq(aml_dma_copy(dma, p.dst, p.src), -AML_ENOTSUP);
	ck_assert_int_eq(aml_dma_async_copy(dma, &req, p.dst, p.src), -AML_ENOTSUP);
	ck_assert_ptr_null(req);
	ck_assert_int_eq(aml_dma_barrier(dma), -AML_ENOTSUP);
	ck_assert_int_eq(aml_dma_fprintf(stdout, "x", dma), -AML_ENOTSUP);
	pair_free(&p);
}

START_TEST(an_empty_table_and_no_table_are_survived)
{
	struct aml_dma_ops none = {0};
	struct aml_dma empty = {&none, NULL}, nothing = {NULL, NULL};

	check_lacks_everything(&empty);
	check_lacks_everything(&nothing);
}
END_TEST

START_TEST(a_copy_that_could_not_be_waited_for_is_not_started)
{
	struct aml_dma_ops ops = {.create_request = create};
	struct aml_dma_data data = {0};
	struct aml_dma dma = {&ops, &data};
	struct pair p = pair_dense(20, 4);

	ck_assert_int_eq(aml_dma_copy(&dma, p.dst, p.src), -AML_ENOTSUP);
	ck_assert_int_eq(data.created, 0);
	ck_assert_ptr_nonnull(strstr(aml_error_detail(), "wait_request"));
	pair_free(&p);
}
END_TEST

START_TEST(our_table_works_when_it_is_called_directly)
{
	struct aml_dma *dma;
	struct aml_dma_request *req;
	struct pair p = pair_dense(20, 4);

	ck_assert_int_eq(aml_dma_open(&dma, "pool:threads=1"), 0);
	ck_assert_int_eq(dma->ops->create_request(dma->data, &req, p.dst, p.src, NULL, NULL), 0);
	ck_assert_int_eq(dma->ops->wait_request(dma->data, &req), 0);
	ck_assert_ptr_null(req);
	ck_assert(pair_dst_equals_oracle(&p));
	ck_assert_int_eq(dma->ops->create_request(dma->data, &req, p.dst, p.src, NULL, NULL), 0);
	ck_assert_int_eq(dma->ops->destroy_request(dma->data, &req), 0);
	ck_assert_ptr_null(req);
	ck_assert_int_eq(dma->ops->barrier(dma->data), 0);
	ck_assert_int_eq(dma->ops->wait_request(dma->data, &req), -AML_EINVAL);
	aml_dma_close(&dma);
	pair_free(&p);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("foreign");
	TCase *tc = tcase_create("foreign");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tc, five_operations_are_enough_for_amls_calls);
	tcase_add_test(tc, our_other_calls_are_not_supported);
	tcase_add_test(tc, an_empty_table_and_no_table_are_survived);
	tcase_add_test(tc, a_copy_that_could_not_be_waited_for_is_not_started);
	tcase_add_test(tc, our_table_works_when_it_is_called_directly);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
