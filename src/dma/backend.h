/* SPDX-License-Identifier: BSD-3-Clause */
/* Backends by name: those in this library, and modules. */
#ifndef AMLI_DMA_BACKEND_H
#define AMLI_DMA_BACKEND_H

#include "aml/engine.h"

/* -AML_EINVAL: there is none (the sentence lists those there are); -AML_ENOTSUP: not in
 * this build, or its module cannot be used. */
int amli_backend_find(const char *name, const struct aml_backend **out);

/* The first that works here; -AML_ENOTSUP. */
int amli_backend_default(const struct aml_backend **out);

/* Whether it can work here; -AML_ENOTSUP says why not. */
int amli_backend_probe(const struct aml_backend *backend);

/* Whether this library can use a table that came from elsewhere under this name;
 * -AML_ENOTSUP. */
int amli_backend_check(const struct aml_backend *backend, const char *name);

/* module.c: look for aml_<name>.so in $AML_BACKEND_PATH and where the library's own
 * modules are installed.  0 and *out NULL if there is no such file; -AML_ENOTSUP if there
 * is one and it cannot be used; -AML_ENOMEM. */
int amli_module_load(const char *name, const struct aml_backend **out);

#endif
