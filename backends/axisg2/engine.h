/* SPDX-License-Identifier: BSD-3-Clause */
/* The engine: requests that send wait in a line for buffers, those that receive are wants of
 * the device's receiver (device.h). */
#ifndef AXISG2_ENGINE_H
#define AXISG2_ENGINE_H

#include "aml/area/axis.h"
#include "aml/engine.h"
#include "backends/axisg2/device.h"

/* ---- endpoint.c ---- */

struct amli_axis_endpoint {
	struct aml_axis *axis;
	uint32_t dest;
	uint8_t first_user, last_user;
};

/* NULL: it is no endpoint. */
const struct amli_axis_endpoint *amli_axis_endpoint_of(const struct aml_layout *layout);

/* ---- engine.c ---- */

struct amli_axis_engine;
struct amli_axis_pair;

/* What is told of a request's frame. */
struct amli_axis_said {
	size_t bytes;
	uint32_t dest, error, parts;
	uint8_t first_user, last_user;
	bool is; /* there is one */
};
_Static_assert(sizeof(struct amli_axis_said) <= AML_REQUEST_TOLD, "it can be told");

/* In the private bytes of its request. */
struct amli_axis_job {
	struct amli_axis_want want; /* of one that receives; links of one that sends */
	struct aml_request *req;
	struct amli_axis_engine *engine;
	struct amli_axis_pair *pair; /* it sends, or receives, one half of a request; or NULL */
	struct amli_axis_said said;
	bool is_pair;	/* it has, or had, a pair */
	bool at_work;	/* of one that sends: a thread packs it, or looks for buffers */
	bool cancelled; /* meanwhile: it shall not go back into the line */
};
_Static_assert(sizeof(struct amli_axis_job) <= AML_REQUEST_PRIVATE, "a job is private bytes");

/* A copy from memory to memory through the card: the job in its request sends.  Guarded by the
 * lock of the engine. */
struct amli_axis_pair {
	struct amli_axis_job fetch;
	unsigned left;	/* halves that the request waits for */
	unsigned users; /* halves that will still look at this */
	int status;	/* of the first that failed */
	bool got;	/* the reply is being unpacked */
	bool abandoned; /* the request has ended without it */
};

struct amli_axis_engine {
	struct aml_axis *axis;
	uint32_t loop;		     /* what pairs go through; AML_AXIS_ANY: there are none */
	pthread_mutex_t couple_lock; /* halves of pairs stand in both lines in one order */
	pthread_mutex_t lock;	     /* guards the line, and pairs */
	struct amli_axis_want *first, *last;
	unsigned char busy[AML_AXIS_DESTS / 8]; /* a frame to it is being packed */
	uint64_t pause_ns;			/* until buffers are looked for again */
	atomic_uint waiting;			/* in the line */
};

extern const struct aml_engine_ops amli_axis_engine_ops;

/* send.c */
int amli_axis_job_send(struct amli_axis_job *job);
/* Only stand in the line. */
void amli_axis_job_line_up(struct amli_axis_job *job);
/* Send what can be sent; true: something moved. */
bool amli_axis_send_line(struct amli_axis_engine *engine);
/* False: it is sent, or about to be, or to end. */
bool amli_axis_job_unsend(struct amli_axis_job *job);
/* The same with the lock held. */
bool amli_axis_line_leave(struct amli_axis_job *job);

/* fetch.c */
int amli_axis_job_fetch(struct amli_axis_job *job, uint32_t dest);
/* The same, for a frame that is still to come. */
int amli_axis_job_expect(struct amli_axis_job *job);

/* pair.c */
int amli_axis_pair_begin(struct amli_axis_job *job);
/* A job has ended: its request has, or half of it. */
void amli_axis_job_end(struct amli_axis_job *job, int status);
/* The reply is there: false: nobody wants it. */
bool amli_axis_pair_got(struct amli_axis_job *job);
/* True: the request has ended, and is to be completed. */
bool amli_axis_pair_cancel(struct amli_axis_job *job);
/* What was abandoned and has not come by close. */
void amli_axis_pair_forget(struct amli_axis_engine *engine);

#endif
