/* SPDX-License-Identifier: BSD-3-Clause */
/* The threads of this process, as the system lists them. */
#ifndef TESTS_LIB_THREADS_H
#define TESTS_LIB_THREADS_H

#include <stdbool.h>

/*
 * Whether there come to be `threads` whose name begins so, within two seconds. A thread
 * takes a moment to get its name, and one that was joined a moment to leave the list:
 * the system wakes who joins it before.
 */
bool threads_come_to(const char *name, unsigned threads);

#endif
