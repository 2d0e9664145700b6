/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The master.
 *
 *	start ---> pending, in the list ---> response, or its deadline seen by wait or
 *			   |                 by a response that is late: ended, not in the list
 *			   +---> it could not be sent: never was
 *
 * What a request and the list say is guarded by lock, which is not held while something is
 * sent: the response may come before that returns.
 */
#include "aml/axis/srp.h"

#include <pthread.h>
#include <stdlib.h>

#include "aml/engine.h"
#include "backends/axisg2/stages/srp.h"
#include "backends/axisg2/stages/srp_wire.h"
#include "backends/axisg2/stages/wait.h"
#include "backends/axisg2/stages/wire.h"

struct aml_axis_srp_state {
	struct aml_axis_srp_options options;
	pthread_mutex_t sending; /* one at a time, as stages have it */
	pthread_mutex_t lock;
	pthread_cond_t ended; /* some request has */
	struct aml_axis_srp_request *pending;
	uint32_t id; /* of the last request */
	struct aml_axis_srp_counts counts;
};

static struct amli_axis_srp_head head_of(const struct aml_axis_srp_state *s,
					 const struct aml_axis_srp_request *request)
{
	static const uint32_t ops[] = {
		[AML_AXIS_SRP_READ] = AMLI_AXIS_SRP_OP_READ,
		[AML_AXIS_SRP_WRITE] = AMLI_AXIS_SRP_OP_WRITE,
		[AML_AXIS_SRP_POST] = AMLI_AXIS_SRP_OP_POST,
	};

	return (struct amli_axis_srp_head){
		.what = AMLI_AXIS_SRP_VERSION | ops[request->op] << 8 |
			(uint32_t)s->options.bus_timeout_100ms << 24,
		.id = request->id,
		.address = request->address,
		.last = (uint32_t)request->bytes - 1,
	};
}

/* The pointer in the list to a request, by its number; to NULL if it is not pending. */
static struct aml_axis_srp_request **find(struct aml_axis_srp_state *s, uint32_t id)
{
	struct aml_axis_srp_request **at = &s->pending;

	while (*at && (*at)->id != id)
		at = &(*at)->link;
	return at;
}

static void end(struct aml_axis_srp_state *s, struct aml_axis_srp_request **at, int status)
{
	struct aml_axis_srp_request *request = *at;

	*at = request->link;
	request->status = status;
	request->pending = false;
	if (status == -AML_ETIMEDOUT)
		s->counts.timeouts++;
	pthread_cond_broadcast(&s->ended);
}

static int check(const struct aml_axis_srp_request *request)
{
	if ((unsigned)request->op > AML_AXIS_SRP_POST || !request->data)
		return aml_engine_refuse(AML_EINVAL, "a request needs %s",
					 request->data ? "an operation there is" : "data (NULL)");
	if (request->address % 4)
		return aml_engine_refuse(AML_EINVAL, "address 0x%llx is no multiple of 4",
					 (unsigned long long)request->address);
	if (request->bytes % 4 || request->bytes == 0 || request->bytes > AML_AXIS_SRP_MAX)
		return aml_engine_refuse(AML_EINVAL, "%zu bytes are no multiple of 4 from 4 to %d",
					 request->bytes, AML_AXIS_SRP_MAX);
	return 0;
}

static int make_frame(struct aml_axis_srp *srp, const struct aml_axis_srp_request *request,
		      struct aml_axis_frame **frame)
{
	struct amli_axis_srp_head head = head_of(srp->state, request);
	unsigned char data[AMLI_AXIS_SRP_FRAME_MAX];
	size_t bytes = AMLI_AXIS_SRP_HEAD;
	int rc;

	amli_axis_srp_put_head(data, &head);
	if (request->op != AML_AXIS_SRP_READ) {
		amli_axis_srp_swap(data + bytes, request->data, request->bytes);
		bytes += request->bytes;
	}
	rc = aml_axis_frame_create(frame, bytes);
	if (rc)
		return rc;
	(*frame)->dest = srp->state->options.dest;
	(*frame)->first_user = AML_AXIS_SOF;
	return aml_axis_frame_write(*frame, 0, data, bytes);
}

static void enlist(struct aml_axis_srp_state *s, struct aml_axis_srp_request *request)
{
	pthread_mutex_lock(&s->lock);
	if (++s->id == 0) /* means nobody's */
		s->id = 1;
	request->id = s->id;
	request->status = 0;
	request->tail = 0;
	request->pending = request->op != AML_AXIS_SRP_POST;
	request->deadline_ns = UINT64_MAX; /* it begins when it has been sent */
	if (request->pending) {
		request->link = s->pending;
		s->pending = request;
	}
	pthread_mutex_unlock(&s->lock);
}

/* After the attempt to send it: how it went. */
static void sent(struct aml_axis_srp_state *s, struct aml_axis_srp_request *request, int rc)
{
	struct aml_axis_srp_request **at;

	pthread_mutex_lock(&s->lock);
	at = find(s, request->id);
	if (*at && rc)
		end(s, at, rc);
	else if (*at)
		request->deadline_ns = amli_axis_deadline_ns(s->options.timeout_us);
	if (!rc)
		s->counts.requests++;
	pthread_mutex_unlock(&s->lock);
}

int aml_axis_srp_start(struct aml_axis_srp *srp, struct aml_axis_srp_request *request)
{
	struct aml_axis_frame *frame = NULL;
	struct aml_axis_srp_state *s = srp->state;
	int rc = check(request);

	if (rc)
		return rc;
	pthread_mutex_lock(&s->sending);
	enlist(s, request);
	rc = make_frame(srp, request, &frame);
	if (!rc)
		rc = aml_axis_stage_accept(srp->stage.next, frame);
	sent(s, request, rc);
	pthread_mutex_unlock(&s->sending);
	aml_axis_frame_release(&frame);
	return rc;
}

/* What a response is to the request that it names. */
static int judge(const struct aml_axis_srp_state *s, struct aml_axis_srp_request *request,
		 const struct aml_axis_frame *frame, const struct amli_axis_srp_head *head)
{
	struct amli_axis_srp_head want = head_of(s, request);
	unsigned char data[AMLI_AXIS_SRP_FRAME_MAX], tail[AMLI_AXIS_SRP_TAIL];

	if (amli_axis_now_ns() >= request->deadline_ns)
		return -AML_ETIMEDOUT;
	if ((head->what & ~AMLI_AXIS_SRP_ABLE) != want.what || head->address != want.address ||
	    head->last != want.last)
		return -AML_EIO;
	aml_axis_frame_read(frame, frame->bytes - sizeof(tail), tail, sizeof(tail));
	request->tail = amli_axis_get32(tail);
	if (request->tail ||
	    frame->bytes != AMLI_AXIS_SRP_HEAD + request->bytes + AMLI_AXIS_SRP_TAIL)
		return -AML_EIO;
	if (request->op == AML_AXIS_SRP_READ) {
		aml_axis_frame_read(frame, AMLI_AXIS_SRP_HEAD, data, request->bytes);
		amli_axis_srp_swap(request->data, data, request->bytes);
	}
	return 0;
}

/* Firmware that answers somebody is at work: the others have time again. */
static void refresh(struct aml_axis_srp_state *s)
{
	uint64_t deadline = amli_axis_deadline_ns(s->options.timeout_us);

	for (struct aml_axis_srp_request *r = s->pending; r; r = r->link)
		if (r->deadline_ns != UINT64_MAX)
			r->deadline_ns = deadline;
}

static int srp_accept(struct aml_axis_stage *stage, struct aml_axis_frame *frame)
{
	struct aml_axis_srp_state *s = ((struct aml_axis_srp *)stage)->state;
	struct aml_axis_srp_request **at = NULL;
	struct amli_axis_srp_head head;
	unsigned char data[AMLI_AXIS_SRP_HEAD];
	bool whole = !frame->error && frame->bytes >= AMLI_AXIS_SRP_HEAD + AMLI_AXIS_SRP_TAIL;

	pthread_mutex_lock(&s->lock);
	if (whole) {
		aml_axis_frame_read(frame, 0, data, sizeof(data));
		head = amli_axis_srp_get_head(data);
		at = find(s, head.id);
	}
	if (at && *at) {
		end(s, at, judge(s, *at, frame, &head));
		s->counts.responses++;
		refresh(s);
	} else {
		s->counts.strays++;
	}
	pthread_mutex_unlock(&s->lock);
	return 0;
}

int amli_axis_srp_explain(const struct aml_axis_srp_request *request)
{
	static const char *const names[] = {"read", "write", "posted write"};
	char words[256] = "the response is not to this request";
	unsigned long long address = request->address;

	if (request->status == -AML_ETIMEDOUT)
		return aml_engine_refuse(AML_ETIMEDOUT, "%s of %zu bytes at 0x%llx: no response",
					 names[request->op], request->bytes, address);
	if (request->tail)
		amli_axis_srp_tail_words(words, sizeof(words), request->tail);
	return aml_engine_refuse(AML_EIO, "%s of %zu bytes at 0x%llx: %s", names[request->op],
				 request->bytes, address, words);
}

void amli_axis_srp_finish(struct aml_axis_srp *srp, struct aml_axis_srp_request *request)
{
	struct aml_axis_srp_state *s = srp->state;

	pthread_mutex_lock(&s->lock);
	while (request->pending) {
		if (amli_axis_now_ns() >= request->deadline_ns)
			end(s, find(s, request->id), -AML_ETIMEDOUT);
		else
			amli_axis_cond_wait(&s->ended, &s->lock, request->deadline_ns);
	}
	pthread_mutex_unlock(&s->lock);
}

int aml_axis_srp_wait(struct aml_axis_srp *srp, struct aml_axis_srp_request *request)
{
	amli_axis_srp_finish(srp, request);
	return request->status ? amli_axis_srp_explain(request) : 0;
}

struct aml_axis_srp_counts aml_axis_srp_counts(struct aml_axis_srp *srp)
{
	struct aml_axis_srp_counts counts;

	pthread_mutex_lock(&srp->state->lock);
	counts = srp->state->counts;
	pthread_mutex_unlock(&srp->state->lock);
	return counts;
}

int aml_axis_srp_init(struct aml_axis_srp *srp, const struct aml_axis_srp_options *options)
{
	struct aml_axis_srp_state *s = calloc(1, sizeof(*s));

	*srp = (struct aml_axis_srp){.stage.accept = srp_accept, .state = s};
	if (!s)
		return aml_engine_refuse(AML_ENOMEM, "no memory for a master of registers");
	if (options)
		s->options = *options;
	if (s->options.timeout_us == 0)
		s->options.timeout_us = 1000000;
	if (s->options.bus_timeout_100ms == 0)
		s->options.bus_timeout_100ms = 10;
	pthread_mutex_init(&s->sending, NULL);
	pthread_mutex_init(&s->lock, NULL);
	amli_axis_cond_init(&s->ended);
	return 0;
}

void aml_axis_srp_fini(struct aml_axis_srp *srp)
{
	struct aml_axis_srp_state *s = srp->state;

	if (!s)
		return;
	pthread_cond_destroy(&s->ended);
	pthread_mutex_destroy(&s->lock);
	pthread_mutex_destroy(&s->sending);
	free(s);
	srp->state = NULL;
}
