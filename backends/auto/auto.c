/* SPDX-License-Identifier: BSD-3-Clause */
/* The engine auto: looks at both sides of each request, and hands it to the engine that reaches
 * them. */
#include <stdio.h>
#include <stdlib.h>

#include "auto.h"

#define AUTO_SMALL ((size_t)32 << 10)

static const struct aml_engine_key auto_keys[] = {
	{"small",
	 "bytes up to which a copy in host memory may be made by the thread that submits it, "
	 "if no other is under way there; default 32768"},
	{"host", "the engine for the others in host memory, in parentheses if its spec has commas; "
		 "default pool:small=0, or memcpy where there is no pool"},
	{NULL, NULL},
};

static int auto_open_host(struct amli_auto *self, const struct aml_spec *spec)
{
	const char *host = aml_spec_text(spec, "host");
	int rc = aml_dma_open(&self->host, host ? host : "pool:small=0");

	if (!host && (rc == -AML_ENOTSUP || rc == -AML_EINVAL))
		rc = aml_dma_open(&self->host, "memcpy");
	return rc ? rc : aml_dma_caps(self->host, &self->host_caps);
}

static int auto_open_parts(struct amli_auto *self, const struct aml_spec *spec)
{
	int rc;

	self->small = AUTO_SMALL;
	rc = aml_spec_size(spec, "small", 0, SIZE_MAX, &self->small);
	if (rc == 0)
		rc = auto_open_host(self, spec);
	if (rc)
		return rc;
	rc = amli_auto_wake_init(self);
	if (rc)
		aml_dma_close(&self->host);
	return rc;
}

static int auto_open(struct aml_engine *e, const struct aml_spec *spec)
{
	struct amli_auto *self = calloc(1, sizeof(*self));
	const unsigned kept = AML_DMA_HOST | AML_DMA_OPERATORS | AML_DMA_CANCEL;
	int rc;

	if (!self)
		return aml_engine_refuse(AML_ENOMEM, "auto: no memory");
	rc = auto_open_parts(self, spec);
	if (rc) {
		free(self);
		return rc;
	}
	pthread_mutex_init(&self->lock, NULL);
	e->state = self;
	e->fd = self->group;
	e->caps.flags = (self->host_caps.flags & kept) | AML_DMA_PROGRESS;
	e->caps.threads = self->host_caps.threads;
	e->caps.capacity = self->host_caps.capacity;
	return 0;
}

static void auto_close(struct aml_engine *e)
{
	struct amli_auto *self = e->state;

	aml_dma_close(&self->host);
	amli_auto_wake_fini(self);
	pthread_mutex_destroy(&self->lock);
	free(self);
}

static bool auto_reaches(const struct aml_engine *e, const struct aml_area *area)
{
	struct aml_dma *dma;

	(void)e;
	if (aml_engine_visit(&dma, area, area))
		return false;
	aml_engine_leave(dma);
	return true;
}

static int auto_fprintf(const struct aml_engine *e, FILE *stream, const char *prefix)
{
	struct amli_auto *self = e->state;

	fprintf(stream, "%s: by %s: %zu requests\n", prefix, self->host_caps.spec,
		atomic_load(&self->done[AMLI_AUTO_HOST]));
	fprintf(stream, "%s: at once, up to %zu bytes: %zu requests\n", prefix, self->small,
		atomic_load(&self->done[AMLI_AUTO_AT_ONCE]));
	fprintf(stream, "%s: by other engines: %zu requests\n", prefix,
		atomic_load(&self->done[AMLI_AUTO_GUEST]));
	return 0;
}

static const struct aml_engine_ops auto_ops = {
	.size = sizeof(auto_ops),
	.open = auto_open,
	.close = auto_close,
	.submit = amli_auto_submit,
	.progress = amli_auto_progress,
	.cancel = amli_auto_cancel,
	.reaches = auto_reaches,
	.fprintf = auto_fprintf,
};

AML_BACKEND(auto) = {
	.abi = AML_ENGINE_ABI,
	.name = "auto",
	.summary = "hands each request to the open engine that reaches both sides",
	.flags = AML_DMA_HOST | AML_DMA_OPERATORS | AML_DMA_PROGRESS,
	.only_by_name = true,
	.keys = auto_keys,
	.engine = &auto_ops,
};
