/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AMLI_AREA_RANGE_H
#define AMLI_AREA_RANGE_H

#include <stdbool.h>

/* Whether any address is in a range. */
bool amli_area_has_ranges(void);

#endif
