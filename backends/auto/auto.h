/* SPDX-License-Identifier: BSD-3-Clause */
/* The parts of the engine auto: where requests go (way.c), the engines of others that they go
 * to (guest.c), and the descriptor that says when there is something to drive (wake.c). */
#ifndef AUTO_AUTO_H
#define AUTO_AUTO_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "aml/engine.h"

/* A stay at an engine that somebody else opened: from the first of our requests there to the
 * last.  Also who drives it is a user. */
struct amli_auto_guest {
	struct amli_auto_guest *next, *prev;
	struct aml_dma *dma;
	int fd;	      /* its descriptor, which is in the group; -1 = it has none */
	size_t users; /* guarded by the lock */
};

struct amli_auto {
	struct aml_dma *host; /* opened by this engine */
	struct aml_dma_caps host_caps;
	size_t small;	 /* bytes */
	int group, wake; /* an epoll of wake, an eventfd, and the guests' descriptors */
	atomic_uint raised;
	pthread_mutex_t lock; /* guards guests */
	struct amli_auto_guest *guests;
	atomic_size_t nguests; /* in the list */
	atomic_size_t nhost;   /* requests that are at the host engine */
	atomic_size_t done[3]; /* requests so far, see AMLI_AUTO_AT_ONCE */
};

/* Where requests went. */
enum { AMLI_AUTO_AT_ONCE, AMLI_AUTO_HOST, AMLI_AUTO_GUEST };

/*
 * A request that was forwarded ends in two steps: the inner one does (ENDED), and nobody
 * looks at it any more.  Those who may are holders: submit, and threads that cancel.  Who comes
 * last, of these and the end, completes it.
 */
#define AMLI_AUTO_ENDED 1u
#define AMLI_AUTO_ASKED 2u /* to be cancelled */
#define AMLI_AUTO_HOLD 4u  /* one holder */

/* In the private bytes of its request. */
struct amli_auto_job {
	struct amli_auto *self;
	struct aml_request *req;
	struct amli_auto_guest *guest; /* NULL: it is at the host engine */
	atomic_uint state;
	int status; /* of the inner request, once it has ended */
};
_Static_assert(sizeof(struct amli_auto_job) <= AML_REQUEST_PRIVATE, "a job is private bytes");

/* guest.c */
/* Find an engine that reaches both, and stay.  -AML_ENOTSUP: there is none; -AML_ENOMEM. */
int amli_auto_enter(struct amli_auto *self, struct amli_auto_guest **guest,
		    const struct aml_area *dst, const struct aml_area *src);
void amli_auto_leave(struct amli_auto *self, struct amli_auto_guest *guest);
/* Drive them all; true: something moved. */
bool amli_auto_help(struct amli_auto *self);

/* wake.c */
/* -AML_ENOMEM: the system gives no descriptor. */
int amli_auto_wake_init(struct amli_auto *self);
void amli_auto_wake_fini(struct amli_auto *self);
/* Make the descriptor readable, and no longer so. */
void amli_auto_wake(struct amli_auto *self);
void amli_auto_awake(struct amli_auto *self);
bool amli_auto_watch(struct amli_auto *self, int fd);
void amli_auto_unwatch(struct amli_auto *self, int fd);

/* way.c: the engine's calls. */
int amli_auto_submit(struct aml_engine *e, struct aml_request *req);
int amli_auto_progress(struct aml_engine *e, struct aml_request *req);
int amli_auto_cancel(struct aml_engine *e, struct aml_request *req);

#endif
