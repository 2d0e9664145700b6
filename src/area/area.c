/* SPDX-License-Identifier: BSD-3-Clause */
#include "aml/area.h"
#include "base/error.h"

void *aml_area_mmap(const struct aml_area *area, size_t size, struct aml_area_mmap_options *opts)
{
	if (size == 0)
		return NULL;
	if (!area || !area->ops)
		return amli_fail_null(AML_EINVAL, "area is NULL");
	if (!area->ops->mmap)
		return amli_fail_null(AML_ENOTSUP, "this area cannot map memory");
	return area->ops->mmap(area->data, size, opts);
}

int aml_area_munmap(const struct aml_area *area, void *ptr, size_t size)
{
	if (!ptr || size == 0)
		return 0;
	if (!area || !area->ops)
		return amli_fail(AML_EINVAL, "area is NULL");
	if (!area->ops->munmap)
		return amli_fail(AML_ENOTSUP, "this area cannot unmap memory");
	return area->ops->munmap(area->data, ptr, size);
}

int aml_area_fprintf(FILE *stream, const char *prefix, const struct aml_area *area)
{
	if (!stream)
		return amli_fail(AML_EINVAL, "stream is NULL");
	if (!area || !area->ops)
		return amli_fail(AML_EINVAL, "area is NULL");
	if (!area->ops->fprintf)
		return amli_fail(AML_ENOTSUP, "this area cannot describe itself");
	return area->ops->fprintf(area->data, stream, prefix ? prefix : "");
}
