/* SPDX-License-Identifier: BSD-3-Clause */
#include <check.h>

#include "aml/layout/dense.h"
#include "tests/lib/permuted.h"

struct aml_plan *permuted_plan(void *dst, void *src, size_t element, size_t n, const size_t *dims,
			       const size_t *pitch, const size_t *perm, unsigned flags)
{
	struct aml_layout *d, *s, *view;
	size_t to[PERMUTED_DIMS];
	struct aml_plan *plan;

	for (size_t i = 0; i < n; i++)
		to[i] = dims[perm[i]];
	ck_assert_int_eq(aml_layout_dense_create(&s, src, AML_LAYOUT_ORDER_C, element, n, dims,
						 NULL, pitch),
			 0);
	ck_assert_int_eq(aml_layout_dense_create(&d, dst, AML_LAYOUT_ORDER_C, element, n, to, NULL,
						 NULL),
			 0);
	ck_assert_int_eq(aml_layout_permute(s, &view, perm), 0);
	ck_assert_int_eq(aml_plan_create(&plan, d, view, flags), 0);
	aml_layout_destroy(&d);
	aml_layout_destroy(&s);
	aml_layout_destroy(&view);
	return plan;
}
