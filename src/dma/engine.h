/* SPDX-License-Identifier: BSD-3-Clause */
/* An open engine, as the library sees it. */
#ifndef AMLI_DMA_ENGINE_H
#define AMLI_DMA_ENGINE_H

#include <stdbool.h>

#include "aml/engine.h"
#include "dma/failure.h"
#include "dma/flight.h"
#include "dma/request.h"

/* Made by aml_dma_open(), freed by aml_dma_close().  What is not guarded inside its
 * own struct is not written in between. */
struct amli_engine {
	struct aml_engine pub; /* first: what the backend sees */
	struct aml_dma dma;    /* what the program holds; dma.data is this engine */
	const struct aml_backend *backend;
	const struct aml_engine_ops *ops; /* the backend's */
	char *text;			  /* the spec it was opened with */
	bool counted;	   /* requests outlive submit: keep count of them in flight */
	atomic_uint spins; /* how long waiting threads spin before they sleep, see wait.c */
	struct amli_flight flight;
	struct amli_failures failures;
	struct amli_store store;
};

/* The engine behind a dma, or NULL if the program made the dma itself. */
struct amli_engine *amli_engine_of(const struct aml_dma *dma);

/* Open an engine of this backend; aml_dma_open() after it has found the backend. */
int amli_engine_open(struct aml_dma **dma, const struct aml_backend *backend,
		     const struct aml_spec *spec, const char *text);

/* table.c: AML's five operations for our engines. */
extern struct aml_dma_ops amli_dma_ops;

/* submit.c, wait.c: the verbs, for an engine of ours. */
int amli_submit(struct amli_engine *e, struct aml_dma_request **req, struct aml_layout *dst,
		const struct aml_layout *src, aml_dma_operator op, void *arg);
int amli_wait(struct amli_engine *e, struct aml_dma_request **req);
int amli_cancel(struct amli_engine *e, struct aml_dma_request **req);
int amli_barrier(struct amli_engine *e);
/* Return when the request is DONE. */
void amli_await(struct aml_dma_request *req);

/* inner.c: one user less of a forwarded request; the last one releases it. */
void amli_forwarded_leave(struct aml_dma_request *inner);

#endif
