/* SPDX-License-Identifier: BSD-3-Clause */
/* A backend of your own, in a file of its own: copies in the calling thread and counts
 * what went through.  README.md says how to build and load it. */
#include <stdatomic.h>
#include <stdlib.h>

#include <aml/engine.h>

struct counter {
	atomic_size_t requests, bytes;
	size_t most; /* bytes per request; more is refused */
};

static const struct aml_engine_key counter_keys[] = {
	{"most", "bytes that one request may have; default: any number"},
	{NULL, NULL},
};

static int counter_open(struct aml_engine *e, const struct aml_spec *spec)
{
	struct counter *counter = calloc(1, sizeof(*counter));
	int rc;

	if (!counter)
		return aml_engine_refuse(AML_ENOMEM, "counter: no memory");
	counter->most = (size_t)-1;
	rc = aml_spec_size(spec, "most", 1, (size_t)-1, &counter->most);
	if (rc)
		free(counter);
	else
		e->state = counter;
	return rc;
}

static void counter_close(struct aml_engine *e)
{
	free(e->state);
}

static int counter_submit(struct aml_engine *e, struct aml_request *req)
{
	struct counter *counter = e->state;
	size_t bytes = aml_plan_bytes(aml_request_plan(req));

	if (bytes > counter->most)
		return aml_engine_refuse(AML_ENOTSUP, "counter: %zu bytes, most is %zu", bytes,
					 counter->most);
	atomic_fetch_add(&counter->requests, 1);
	atomic_fetch_add(&counter->bytes, bytes);
	aml_request_complete(req, aml_request_run(req, 0, 1));
	return 0;
}

static int counter_fprintf(const struct aml_engine *e, FILE *stream, const char *prefix)
{
	const struct counter *counter = e->state;

	fprintf(stream, "%s: requests: %zu\n", prefix, atomic_load(&counter->requests));
	fprintf(stream, "%s: bytes: %zu\n", prefix, atomic_load(&counter->bytes));
	return 0;
}

static const struct aml_engine_ops counter_ops = {
	.size = sizeof(counter_ops),
	.open = counter_open,
	.close = counter_close,
	.submit = counter_submit,
	.progress = aml_engine_no_progress,
	.cancel = aml_engine_no_cancel,
	.reaches = aml_engine_reaches_host_only,
	.fprintf = counter_fprintf,
};

AML_BACKEND(counter) = {
	.abi = AML_ENGINE_ABI,
	.name = "counter",
	.summary = "copies in the calling thread and counts",
	.flags = AML_DMA_INLINE | AML_DMA_HOST | AML_DMA_ORDERED,
	.keys = counter_keys,
	.engine = &counter_ops,
};
