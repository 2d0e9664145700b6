/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests that start when others are done.
 *
 *	predecessor --dependents--> edge --> join --> dependent (BLOCKED)
 *
 * Each unfinished predecessor has an edge in its list; its end closes the list and counts
 * the edges down at their join.  The last one starts the dependent, unless that was
 * dropped meanwhile: who moves it away from BLOCKED decides.  The join frees itself when the
 * last edge has come in.  It may outlive the dependent that was dropped, and its engine: it
 * knows both by number, and looks whether they are still the same.
 *
 * Whoever ends a request also starts what waited for it.  A chain of such ends is walked,
 * not recursed: edges go through a queue of the thread.
 */
#ifndef AMLI_DMA_ORDER_H
#define AMLI_DMA_ORDER_H

#include "dma/request.h"

/* In the list of a request that has ended. */
extern struct amli_edge amli_order_closed;

/* Edges of a request that has ended, in the order in which they came. */
struct amli_edges {
	struct amli_edge *first;
};

/* Order @req, PLANNED, after those of the job and after fences.  0: it is to be handed
 * over now; 1: it is BLOCKED, or has ended for the sake of one of them: no more to do.
 * -AML_EINVAL, -AML_ENOMEM: nothing was done. */
int amli_order(struct aml_request *req, const struct aml_dma_job *job);

/* Its dependents, now that its status is written; from now on it accepts none. */
struct amli_edges amli_order_close(struct aml_request *req);
/* Let go on those who waited for a request that ended with this status. */
void amli_order_fire(struct amli_edges edges, int status);

/* Let go on those that this thread has fired further up its stack: before it waits, since it may
 * wait for one of them. */
void amli_order_walk(void);

/* End a BLOCKED request with this status; false: it is not BLOCKED any more. */
bool amli_order_drop(struct aml_request *req, int status);

#endif
