/* SPDX-License-Identifier: BSD-3-Clause */
/* Areas in words, and which of them are the host's. */
#include <string.h>

#include "aml/area/hwloc.h"
#include "aml/area/linux.h"

bool aml_area_is_host(const struct aml_area *area)
{
	return !area || area->ops == &aml_area_linux_ops || area->ops == &aml_area_hwloc_ops ||
	       area->ops == &aml_area_hwloc_preferred_ops;
}

/* The first line of what is printed; false: nothing is. */
static bool first_line(const struct aml_area *area, char *name, size_t size)
{
	FILE *stream = fmemopen(name, size, "w");
	int rc;

	if (!stream)
		return false;
	rc = aml_area_fprintf(stream, "", area);
	fclose(stream); /* ends it with 0 where there is room */
	name[size - 1] = '\0';
	name[strcspn(name, "\n")] = '\0';
	return rc == 0 && *name;
}

void aml_area_name(const struct aml_area *area, char *name, size_t size)
{
	size_t skip;

	if (!name || !size)
		return;
	*name = '\0';
	if (aml_area_is_host(area)) {
		snprintf(name, size, "host memory");
		return;
	}
	if (!first_line(area, name, size)) {
		snprintf(name, size, "an area without a name");
		return;
	}
	skip = strspn(name, ": "); /* behind a prefix that was empty */
	memmove(name, name + skip, strlen(name + skip) + 1);
}
