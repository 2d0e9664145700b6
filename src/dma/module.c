/* SPDX-License-Identifier: BSD-3-Clause */
/* Backends in shared objects.  A module stays loaded once it was asked for: requests,
 * caps and descriptions point into it. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "dma/backend.h"

struct module {
	struct module *next;
	const struct aml_backend *backend;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct module *modules; /* guarded by lock; only grows */

/* A name becomes part of a path: nothing that could lead elsewhere. */
static bool is_plain(const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	return *name && !name[strspn(name, plain)];
}

static const struct aml_backend *loaded(const char *name)
{
	for (const struct module *m = modules; m; m = m->next)
		if (!strcmp(m->backend->name, name))
			return m->backend;
	return NULL;
}

static int open_file(const char *path, const char *name, const struct aml_backend **out)
{
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	struct module *m;
	int rc;

	if (!handle)
		return amli_fail(AML_ENOTSUP, "module %s: %s", name, dlerror());
	m = amli_calloc(1, sizeof(*m));
	if (!m) {
		rc = amli_fail(AML_ENOMEM, "no memory for module %s", name);
		goto fail;
	}
	m->backend = dlsym(handle, "aml_backend");
	if (m->backend)
		rc = amli_backend_check(m->backend, name);
	else
		rc = amli_fail(AML_ENOTSUP, "module %s has no aml_backend", name);
	if (rc)
		goto fail;
	m->next = modules;
	modules = m;
	*out = m->backend;
	return 0;

fail:
	free(m);
	dlclose(handle);
	return rc;
}

/* The first directory of a colon list that has the file decides. */
static int search(const char *dirs, const char *name, const struct aml_backend **out)
{
	while (dirs && *dirs) {
		size_t len = strcspn(dirs, ":");
		char path[4096];
		int n = snprintf(path, sizeof(path), "%.*s/aml_%s.so", (int)len, dirs, name);

		if (len && n > 0 && (size_t)n < sizeof(path) && !access(path, F_OK))
			return open_file(path, name, out);
		dirs += len + (dirs[len] == ':');
	}
	return 0;
}

int amli_module_load(const char *name, const struct aml_backend **out)
{
	int rc = 0;

	*out = NULL;
	if (!is_plain(name))
		return 0;
	pthread_mutex_lock(&lock);
	*out = loaded(name);
	if (!*out)
		rc = search(secure_getenv("AML_BACKEND_PATH"), name, out);
	if (!*out && rc == 0)
		rc = search(AML_PKGLIBDIR, name, out);
	pthread_mutex_unlock(&lock);
	return rc;
}
