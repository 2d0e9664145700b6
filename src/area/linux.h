/* SPDX-License-Identifier: BSD-3-Clause */
/* What the parts of the linux area share: linux.c makes areas, linux_map.c maps,
 * linux_bind.c binds. */
#ifndef AMLI_AREA_LINUX_H
#define AMLI_AREA_LINUX_H

#include <stddef.h>

#include "aml/area/linux.h"
#include "aml/utils/bitmap.h"

/* The alignment that madvise() needs for huge pages from the first byte on, on all
 * common machines with 4 KiB pages. */
#define AMLI_TRANSPARENT_BYTES ((size_t)2 << 20)

/* NULL stands for ordinary memory. */
const struct aml_area_linux_data *amli_area_linux_data(const struct aml_area_data *data);
/* The mmap operation. */
void *amli_area_linux_map_and_bind(const struct aml_area_data *area_data, size_t size,
				   struct aml_area_mmap_options *opts);
/* "bind"; NULL for a policy that does not exist. */
const char *amli_area_linux_policy_name(enum aml_area_linux_policy policy);
/* The nodes of an area as a value. */
void amli_area_linux_nodes(const struct aml_area_linux_data *data, struct aml_bitmap *out);
/* mbind() as the area says, DEFAULT included. */
int amli_area_linux_bind(const struct aml_area_linux_data *data, void *ptr, size_t size);

#endif
