/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The descriptor of an engine: readable when requests have ended since the last drain.
 *
 *	an end:   request DONE; ended++; if (exchange(raised, 1) == 0) write
 *	a drain:  read; raised = 0; take ended
 *
 * An end that finds `raised` up comes before the drain lowers it, so who looks at the requests
 * after the drain sees it DONE.  Read before lower, or the read could swallow the write of
 * an end in between, with `raised` up for ever.
 */
#ifndef AMLI_DMA_EVENT_H
#define AMLI_DMA_EVENT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct aml_engine;

struct amli_event {
	atomic_int counter; /* an eventfd; -1 until somebody asks for a descriptor */
	atomic_uint raised;
	atomic_size_t ended;
	pthread_mutex_t lock; /* for making the descriptors */
	int group;	      /* an epoll of counter and the engine's own; -1 = none */
};

void amli_event_init(struct amli_event *event);
void amli_event_fini(struct amli_event *event);
/* The descriptor, made now if need be; -AML_ENOMEM. */
int amli_event_open(struct amli_event *event, const struct aml_engine *e, int *fd);
/* The slow half of the calls below. */
void amli_event_write(struct amli_event *event);
size_t amli_event_take(struct amli_event *event);

/* Make it readable: there is something to drive. */
static inline void amli_event_raise(struct amli_event *event)
{
	if (atomic_load_explicit(&event->counter, memory_order_relaxed) >= 0)
		amli_event_write(event);
}

/* A request has ended. */
static inline void amli_event_end(struct amli_event *event)
{
	if (atomic_load(&event->counter) < 0)
		return;
	atomic_fetch_add(&event->ended, 1);
	amli_event_write(event);
}

#endif
