/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of backends, which configure writes, and checks on what is in it. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "dma/backend.h"

#define AML_BACKEND_ENTRY(name) extern const struct aml_backend amli_backend_##name;
#define AML_BACKEND_ABSENT(name, why)
#include "dma/backend_table.inc"
#undef AML_BACKEND_ENTRY
#undef AML_BACKEND_ABSENT

/* In order of preference. */
static const struct entry {
	const char *name;
	const struct aml_backend *backend; /* NULL = not in this library */
	const char *why;		   /* then: the reason */
} table[] = {
#define AML_BACKEND_ENTRY(name) {#name, &amli_backend_##name, NULL},
#define AML_BACKEND_ABSENT(name, why) {#name, NULL, why},
#include "dma/backend_table.inc"
	{NULL, NULL, NULL},
};

static const struct entry *entry(const char *name)
{
	const struct entry *e = table;

	while (e->name && strcmp(e->name, name))
		e++;
	return e->name ? e : NULL;
}

static int refuse_name(const char *name)
{
	char list[160] = "";
	size_t used = 0;

	for (const struct entry *e = table; e->name && used < sizeof(list); e++)
		if (e->backend)
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
						 used ? ", " : "", e->name);
	return amli_fail(AML_EINVAL,
			 "there is no engine '%s': there are %s, and modules in AML_BACKEND_PATH",
			 name, list);
}

int amli_backend_find(const char *name, const struct aml_backend **out)
{
	const struct entry *e = entry(name);
	int rc;

	*out = e ? e->backend : NULL;
	if (*out)
		return 0;
	rc = amli_module_load(name, out);
	if (rc || *out)
		return rc;
	if (!e)
		return refuse_name(name);
	return amli_fail(AML_ENOTSUP, "engine %s is not in this build: %s", name, e->why);
}

int amli_backend_probe(const struct aml_backend *backend)
{
	const char *reason = NULL;

	if (!backend->probe || backend->probe(&reason) == 0)
		return 0;
	return amli_fail(AML_ENOTSUP, "engine %s cannot work here: %s", backend->name,
			 reason ? reason : "no reason given");
}

int amli_backend_default(const struct aml_backend **out)
{
	for (const struct entry *e = table; e->name; e++) {
		*out = e->backend;
		if (*out && !(*out)->only_by_name && amli_backend_probe(*out) == 0)
			return 0;
	}
	*out = NULL;
	return amli_fail(AML_ENOTSUP, "no engine of this build works here");
}

static int is_complete(const struct aml_engine_ops *ops)
{
	return ops && ops->size >= sizeof(*ops) && ops->open && ops->close && ops->submit &&
	       ops->progress && ops->cancel && ops->reaches && ops->fprintf;
}

int amli_backend_check(const struct aml_backend *backend, const char *name)
{
	if (backend->abi != AML_ENGINE_ABI)
		return amli_fail(AML_ENOTSUP, "module %s has engine ABI %u, this library %u", name,
				 backend->abi, AML_ENGINE_ABI);
	if (!backend->name || strcmp(backend->name, name))
		return amli_fail(AML_ENOTSUP, "module %s calls its engine '%s'", name,
				 backend->name ? backend->name : "");
	if (!is_complete(backend->engine))
		return amli_fail(AML_ENOTSUP, "module %s: its table of engine calls has gaps",
				 name);
	return 0;
}

int aml_backend_info(size_t i, struct aml_backend_info *info)
{
	const struct entry *e = table;

	if (!info)
		return amli_fail(AML_EINVAL, "info is NULL");
	for (size_t skip = i; e->name && skip > 0; skip--)
		e++;
	if (!e->name)
		return amli_fail(AML_EDOM, "there are fewer than %zu backends", i + 1);
	info->name = e->name;
	info->probe = 0;
	info->reason = NULL;
	info->backend = e->backend;
	if (!info->backend && (amli_module_load(e->name, &info->backend) || !info->backend)) {
		info->backend = NULL;
		info->probe = -AML_ENOTSUP;
		info->reason = e->why;
	} else if (info->backend->probe) {
		info->probe = info->backend->probe(&info->reason);
	}
	return 0;
}
