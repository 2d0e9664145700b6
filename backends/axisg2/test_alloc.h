/* SPDX-License-Identifier: BSD-3-Clause */
/* Allocations of a test program that fail on command.  A backend allocates with the C library's
 * functions; programs that are linked with this file and $(axisg2_wrap) get those below. */
#ifndef AXISG2_TEST_ALLOC_H
#define AXISG2_TEST_ALLOC_H

#include <check.h>

/* The n-th allocation from now on fails (1 = the next), once; 0: none does. */
void alloc_fail_at(unsigned n);

/* Make a call with its first, second, ... allocation failing, until it succeeds: each time
 * it must return -AML_ENOMEM.  @after is done after each of them. */
#define EXPECT_REFUSED_WITHOUT_MEMORY(call, after)          \
	do {                                                \
		for (unsigned n_ = 1;; n_++) {              \
			int rc_;                            \
                                                            \
			alloc_fail_at(n_);                  \
			rc_ = (call);                       \
			alloc_fail_at(0);                   \
			if (rc_ == 0) {                     \
				ck_assert_uint_gt(n_, 1);   \
				break;                      \
			}                                   \
			ck_assert_int_eq(rc_, -AML_ENOMEM); \
			after;                              \
		}                                           \
	} while (0)

#endif
