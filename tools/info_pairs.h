/* SPDX-License-Identifier: BSD-3-Clause */
/* Which engine copies from each area to each. */
#ifndef INFO_PAIRS_H
#define INFO_PAIRS_H

#include <stdbool.h>

/* With the engines of these specs open as well, beside those that open by name alone.
 * 0, or the exit code of the program. */
int print_pairs(bool json, int nspecs, char *const specs[]);

#endif
