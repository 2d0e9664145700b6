/* SPDX-License-Identifier: BSD-3-Clause */
/* Random chains of views of views, each compared with index arithmetic done element by
 * element. */
#include <check.h>
#include <stdlib.h>

#include "aml/error.h"
#include "aml/layout/dense.h"
#include "aml/layout/native.h"
#include "aml/layout/pad.h"
#include "aml/layout/reshape.h"
#include "aml/tiling/native.h"
#include "aml/tiling/pad.h"
#include "aml/tiling/resize.h"
#include "tests/lib/model.h"

#define NDIMS 6	   /* of any view here */
#define COUNT 4000 /* elements of any view here */

static char buffer[1 << 14];
static const char neutral[16] = "neutral element";

struct chain {
	unsigned state;
	struct model m;
	struct aml_layout *l;
};

static void replace(struct chain *c, struct aml_layout *by)
{
	aml_layout_destroy(&c->l);
	c->l = by;
}

static void start(struct chain *c)
{
	size_t n = 1 + model_pick(&c->state, 4), dims[4], stride[4], pitch[4];
	size_t element = 1 + model_pick(&c->state, 8);
	int order = (int)model_pick(&c->state, 2);

	for (size_t i = 0; i < n; i++) {
		dims[i] = 1 + model_pick(&c->state, 5);
		stride[i] = 1 + (model_pick(&c->state, 4) == 0);
		pitch[i] = dims[i] * stride[i] + (model_pick(&c->state, 3) == 0);
	}
	c->m = model_dense(buffer, order, element, n, dims, stride, pitch);
	ck_assert_int_eq(
		aml_layout_dense_create(&c->l, buffer, order, element, n, dims, stride, pitch), 0);
}

/* What a view cannot do any more. */
static bool refused(struct chain *c, int rc)
{
	if (rc == 0)
		return false;
	ck_assert_int_eq(rc, -AML_ENOTSUP);
	ck_assert_ptr_null(c->l->ops->slice);
	return true;
}

static void slice(struct chain *c)
{
	size_t at[3][NDIMS];
	struct aml_layout *s;

	for (size_t i = 0; i < c->m.ndims; i++) {
		at[0][i] = model_pick(&c->state, c->m.dims[i]);
		at[2][i] = 1 + model_pick(&c->state, 2);
		at[1][i] = 1 + model_pick(&c->state, (c->m.dims[i] - 1 - at[0][i]) / at[2][i] + 1);
	}
	if (refused(c, aml_layout_slice_native(c->l, &s, at[0], at[1], at[2])))
		return;
	model_slice(&c->m, at[0], at[1], at[2]);
	replace(c, s);
}

static void reshape(struct chain *c)
{
	size_t dims[NDIMS], user[NDIMS], n = 0, left = c->m.count;
	struct aml_layout *r;
	int rc;

	while (left > 1 || n == 0) {
		size_t f = n == NDIMS - 1 ? left : 1 + model_pick(&c->state, left);

		while (left % f)
			f--;
		dims[n++] = f;
		left /= f;
	}
	model_flip(&c->m, n, user, dims);
	rc = aml_layout_reshape(c->l, &r, n, user);
	model_reshape(&c->m, n, dims);
	if (rc == 0) {
		replace(c, r);
		return;
	}
	if (rc == -AML_EINVAL)
		ck_assert(!model_is_affine(&c->m));
	ck_assert_int_eq(aml_layout_reshape_create(&r, c->l, c->m.order, n, user), 0);
	c->l = r; /* it owns the old one */
}

static void permute(struct chain *c)
{
	size_t n = c->m.ndims, from[NDIMS], perm[NDIMS];
	struct aml_layout *p;

	for (size_t i = 0; i < n; i++)
		from[i] = i;
	for (size_t i = n - 1; i > 0; i--) {
		size_t j = model_pick(&c->state, i + 1), swap = from[i];

		from[i] = from[j];
		from[j] = swap;
	}
	for (size_t i = 0; i < n; i++)
		perm[c->m.order ? n - 1 - i : i] = c->m.order ? n - 1 - from[i] : from[i];
	ck_assert_int_eq(aml_layout_permute(c->l, &p, perm), 0);
	model_permute(&c->m, from);
	replace(c, p);
}

static void broadcast(struct chain *c)
{
	size_t n = c->m.ndims, dims[NDIMS], user[NDIMS], count = c->m.count;
	struct aml_layout *b;

	for (size_t i = 0; i < NDIMS; i++) {
		size_t extent = 1 + model_pick(&c->state, 3);

		dims[i] = i < n ? c->m.dims[i] : 1;
		if (dims[i] == 1 && count * extent <= COUNT) {
			dims[i] = extent;
			count *= extent;
		}
	}
	n += model_pick(&c->state, NDIMS - n + 1);
	model_flip(&c->m, n, user, dims);
	if (refused(c, aml_layout_broadcast(c->l, &b, n, user)))
		return;
	model_broadcast(&c->m, n, dims);
	replace(c, b);
}

static void pad(struct chain *c)
{
	size_t dims[NDIMS], user[NDIMS], count = 1;
	struct aml_layout *p;
	char copy[16];

	for (size_t i = 0; i < c->m.ndims; i++) {
		dims[i] = c->m.dims[i] + model_pick(&c->state, 3);
		count *= dims[i];
	}
	for (size_t i = 0; i < c->m.count; i++)
		if (!c->m.at[i])
			return; /* the model has one neutral element */
	if (count > COUNT)
		return;
	if (model_pick(&c->state, 2))
		c->m.order = !c->m.order;
	model_flip(&c->m, c->m.ndims, user, dims);
	for (size_t i = 0; i < sizeof(copy); i++)
		copy[i] = neutral[i];
	ck_assert_int_eq(aml_layout_pad_create(&p, c->m.order, c->l, user, copy), 0);
	for (size_t i = 0; i < sizeof(copy); i++)
		copy[i] = 0; /* it was copied */
	model_pad(&c->m, dims, neutral);
	c->l = p;
}

/* One random tile of a random tiling. */
static void tile(struct chain *c)
{
	size_t size[NDIMS], user[NDIMS], at[3][NDIMS], grid[NDIMS];
	size_t n = c->m.ndims;
	int order = (int)model_pick(&c->state, 2);
	bool padded = model_pick(&c->state, 2);
	struct aml_tiling *t;
	struct aml_layout *got;

	for (size_t i = 0; i < n; i++) {
		size[i] = 1 + model_pick(&c->state, c->m.dims[i] + 1);
		user[order ? n - 1 - i : i] = size[i];
	}
	if (padded)
		ck_assert_int_eq(aml_tiling_pad_create(&t, order, c->l, n, user, (void *)neutral),
				 0);
	else
		ck_assert_int_eq(aml_tiling_resize_create(&t, order, c->l, n, user), 0);
	ck_assert_int_eq(aml_tiling_dims_native(t, grid), 0);
	for (size_t i = 0; i < n; i++) {
		size_t tile_at = model_pick(&c->state, grid[i]);

		ck_assert_uint_eq(grid[i], (c->m.dims[i] + size[i] - 1) / size[i]);
		user[order ? n - 1 - i : i] = tile_at;
		at[0][i] = tile_at * size[i];
		at[1][i] = c->m.dims[i] - at[0][i] < size[i] ? c->m.dims[i] - at[0][i] : size[i];
		at[2][i] = 1;
	}
	got = aml_tiling_index(t, user);
	if (padded)
		aml_tiling_pad_destroy(&t);
	else
		aml_tiling_resize_destroy(&t);
	if (!got) {
		ck_assert(refused(c, -aml_errno));
		return;
	}
	model_slice(&c->m, at[0], at[1], at[2]);
	if (padded)
		model_pad(&c->m, size, neutral);
	replace(c, got);
}

static void duplicate(struct chain *c)
{
	struct aml_layout *d;

	ck_assert_int_eq(aml_layout_duplicate(c->l, &d, NULL), 0);
	replace(c, d);
}

START_TEST(views_of_views_are_what_index_arithmetic_says)
{
	static void (*const steps[])(struct chain *) = {slice,	   reshape, permute, permute,
							broadcast, pad,	    tile,    duplicate};
	struct chain c = {.state = (unsigned)_i};

	start(&c);
	model_expect(&c.m, c.l);
	for (size_t depth = 0; depth < 5; depth++) {
		steps[model_pick(&c.state, sizeof(steps) / sizeof(steps[0]))](&c);
		model_expect(&c.m, c.l);
	}
	aml_layout_destroy(&c.l);
	model_free(&c.m);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("views");
	TCase *tc = tcase_create("random");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, views_of_views_are_what_index_arithmetic_says, 0, 1000);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
