/* SPDX-License-Identifier: BSD-3-Clause */
/* Sets in words, for messages; the public part is aml/utils/bitmap.h. */
#ifndef AMLI_BASE_BITMAP_H
#define AMLI_BASE_BITMAP_H

#include <stddef.h>

#include "aml/utils/bitmap.h"

/* "0-3,6", "none", or as much of it as @size bytes hold; returns @text. */
char *amli_bitmap_list(const struct aml_bitmap *bitmap, char *text, size_t size);

#endif
