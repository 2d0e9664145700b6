/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Registers of firmware over a stream: SLAC's register protocol, version 3 (SRPv3).
 *
 * A master sends a request as a frame, and gets a response with the request's number, in any
 * order.  It is a stage: its accept takes the responses, its next is where requests go.
 *
 *	struct aml_axis_srp srp;
 *	uint32_t value;
 *
 *	aml_axis_srp_init(&srp, NULL);
 *	srp.stage.next = ... what sends frames to the card
 *	... frames of the card's destination go to aml_axis_stage_accept(&srp.stage, frame)
 *	aml_axis_srp_read(&srp, 0x0, &value, sizeof(value));
 *	aml_axis_srp_fini(&srp);
 *
 * The thread that waits is not the one that brings the responses, unless they come while the
 * request is sent.  Words are little endian in frames and as the host has them in memory.
 */
#ifndef AML_AXIS_SRP_H
#define AML_AXIS_SRP_H

#include "aml/axis/stage.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of a request at most. */
#define AML_AXIS_SRP_MAX 4096

/* What the tail of a response says: bits, all 0 = it went well. */
#define AML_AXIS_SRP_MEMORY 0xff    /* the response of the bus: */
#define AML_AXIS_SRP_BUS_SLAVE 0x2  /* ... bits 1:0, AXI: 2 = the slave refused */
#define AML_AXIS_SRP_BUS_DECODE 0x3 /* ... 3 = there is nobody at this address */
#define AML_AXIS_SRP_TIMEOUT 0x100  /* the bus did not answer in time */
#define AML_AXIS_SRP_EOFE 0x200	    /* the request came with an end of frame error */
#define AML_AXIS_SRP_FRAMING 0x400
#define AML_AXIS_SRP_VERSION 0x800
#define AML_AXIS_SRP_REQUEST 0x1000 /* it asked for what is not possible */
#define AML_AXIS_SRP_LOCKUP 0x2000  /* the bus is stuck for good */

enum aml_axis_srp_op {
	AML_AXIS_SRP_READ,
	AML_AXIS_SRP_WRITE,
	AML_AXIS_SRP_POST, /* a write without a response */
};

/** One request, in the caller's storage from start to wait. */
struct aml_axis_srp_request {
	/* set by the caller */
	enum aml_axis_srp_op op;
	uint64_t address; /* a multiple of 4 */
	void *data;	  /* of READ written, else read; not touched after wait */
	size_t bytes;	  /* a multiple of 4, 4 to AML_AXIS_SRP_MAX */
	/* the outcome */
	int status;
	uint32_t tail; /* of the response; 0 if there was none */
	/* the master's */
	uint32_t id;
	bool pending;
	uint64_t deadline_ns;
	struct aml_axis_srp_request *link;
};

struct aml_axis_srp_options {
	uint32_t dest;		   /* of the requests */
	int64_t timeout_us;	   /* for a response; any response gives all others as
				    * long again.  0 = a second */
	uint8_t bus_timeout_100ms; /* how long firmware shall wait for its bus; 0 = a second */
};

struct aml_axis_srp_counts {
	uint64_t requests, responses;
	uint64_t timeouts; /* requests without a response in time */
	uint64_t strays;   /* frames that answer nothing: bad, too short, too late, unknown */
};

struct aml_axis_srp_state;

/** A master.  Threads: any number may start, wait, and give it frames. */
struct aml_axis_srp {
	struct aml_axis_stage stage;
	struct aml_axis_srp_state *state;
};

/**
 * @param options  copied; NULL = all 0
 * @return 0, or -AML_ENOMEM
 */
AML_API int aml_axis_srp_init(struct aml_axis_srp *srp, const struct aml_axis_srp_options *options);

/** Nothing is under way, and no frames come, any more. */
AML_API void aml_axis_srp_fini(struct aml_axis_srp *srp);

/**
 * Send a request.  It must be waited for, posted writes as well; others may be started before.
 *
 * @return 0
 * @return -AML_EINVAL  address or size is no multiple of 4, or the size out of range
 * @return -AML_ENOMEM, or what the stages that send return: it was not sent
 *
 * Threads: any.
 */
AML_API int aml_axis_srp_start(struct aml_axis_srp *srp, struct aml_axis_srp_request *request);

/**
 * Wait until a request has ended: also its status.
 *
 * @return 0               also for a posted write, of which nobody knows more
 * @return -AML_ETIMEDOUT  no response; one that comes later is a stray
 * @return -AML_EIO        the tail says that it failed, or the response is not to this
 *                         request; aml_error_detail() has it in words
 *
 * Threads: any, one for each request.  Blocks: no longer than the timeout, unless other
 * responses come.
 */
AML_API int aml_axis_srp_wait(struct aml_axis_srp *srp, struct aml_axis_srp_request *request);

/**
 * Read or write any number of words, in requests of AML_AXIS_SRP_MAX bytes, several of them
 * under way at once.
 *
 * @param address, bytes  multiples of 4
 * @return 0
 * @return -AML_EINVAL  they are not, or go round the end of the addresses; nothing was sent
 * @return otherwise as start and wait, of the first request that failed; others may have been done
 */
AML_API int aml_axis_srp_read(struct aml_axis_srp *srp, uint64_t address, void *data, size_t bytes);
AML_API int aml_axis_srp_write(struct aml_axis_srp *srp, uint64_t address, const void *data,
			       size_t bytes);
AML_API int aml_axis_srp_post(struct aml_axis_srp *srp, uint64_t address, const void *data,
			      size_t bytes);

/** Threads: any. */
AML_API struct aml_axis_srp_counts aml_axis_srp_counts(struct aml_axis_srp *srp);

struct aml_axis_srp_model_state;

/** Firmware for tests: memory of 64-bit addresses, all 0 at first.  Its accept takes
 * requests, its next the responses, before accept returns. */
struct aml_axis_srp_model {
	struct aml_axis_stage stage;
	struct aml_axis_srp_model_state *state;
};

/** @return 0, or -AML_ENOMEM */
AML_API int aml_axis_srp_model_init(struct aml_axis_srp_model *model);
AML_API void aml_axis_srp_model_fini(struct aml_axis_srp_model *model);

#ifdef __cplusplus
}
#endif
#endif
