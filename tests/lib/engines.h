/* SPDX-License-Identifier: BSD-3-Clause */
/* The engines that a test runs over: the specs in $AML_TEST_ENGINES, or a usual set. */
#ifndef TESTS_LIB_ENGINES_H
#define TESTS_LIB_ENGINES_H

#include <stdbool.h>

#include "aml/dma.h"

/* How many, leaving out those that cannot work here, which are named on stdout. */
int engines_count(void);
/* The same with another usual set; to be called first. */
int engines_choose(const char *rather);
const char *engines_spec(int i);
/* Open number i; the test fails if that fails. */
struct aml_dma *engines_open(int i);
bool engine_has(const struct aml_dma *dma, unsigned flag);

#endif
