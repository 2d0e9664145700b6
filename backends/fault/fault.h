/* SPDX-License-Identifier: BSD-3-Clause */
/* The parts of the fault engine: who is a victim and of what (choice.c), what is done to
 * it (mischief.c), requests that are held back (hold.c, thread.c), and their way through
 * all that (way.c). */
#ifndef FAULT_FAULT_H
#define FAULT_FAULT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "aml/engine.h"

/* What happens to a victim; the keys of the spec in this order. */
enum amli_fault_what {
	AMLI_FAULT_FAIL,    /* nothing moves, -AML_EIO */
	AMLI_FAULT_SHORT,   /* half of it moves, -AML_EIO */
	AMLI_FAULT_STUCK,   /* half of it moves, and then nothing more until it is cancelled */
	AMLI_FAULT_STALL,   /* nothing moves until it is cancelled */
	AMLI_FAULT_CORRUPT, /* all of it moves, one byte is wrong, 0 */
	AMLI_FAULT_LATE,    /* all of it moves, -AML_EIO */
	AMLI_FAULT_REFUSE,  /* submit returns -AML_EAGAIN */
	AMLI_FAULT_KINDS,
	AMLI_FAULT_NONE = AMLI_FAULT_KINDS, /* no victim */
};
extern const char *const amli_fault_names[AMLI_FAULT_KINDS + 1];

/* Who is a victim, and of what.  Not changed after open. */
struct amli_fault_choice {
	size_t fail_at, fail_every; /* numbers of requests; 0 = none */
	size_t rate, seed;	    /* percent */
	unsigned kinds;		    /* 1 << what of those that were asked for */
};

/* Independent series of numbers that follow from the seed. */
enum amli_fault_series {
	AMLI_FAULT_WHO,
	AMLI_FAULT_OF_WHAT,
	AMLI_FAULT_WHICH_BYTE,
	AMLI_FAULT_HOW_LONG,
};

/*
 *	             due               accepted by the inner engine
 *	HELD ----------------> TAKEN -------------------------------> AWAY
 *	 | ^                   |   |
 *	 | +-- stalls, retry --+   +-- ends here
 *	 +-- cancelled: ends
 *
 * A request is TAKEN when it is submitted, and HELD if something delays it.  Who takes it
 * out of HELD, a thread that finds it due or a cancel, owns it.  While a thread has it as
 * TAKEN, a cancel leaves word (cancelled), and so does the end of the inner request
 * (ended, status): that thread reads them before it lets go.
 */
enum amli_fault_where { AMLI_FAULT_TAKEN, AMLI_FAULT_HELD, AMLI_FAULT_AWAY };

/* In the private bytes of its request. */
struct amli_fault_job {
	struct amli_fault_job *next, *prev; /* while HELD, except for ever */
	struct amli_fault *fault;
	struct aml_request *req;
	size_t number; /* of the request, from 1 */
	enum amli_fault_what what;
	unsigned retries; /* times that the inner engine had no room */
	/* guarded by the lock of the hold: */
	uint64_t due_ns; /* CLOCK_MONOTONIC */
	enum amli_fault_where where;
	bool cancelled, ended;
	int status; /* of the inner request, when it has ended */
};
_Static_assert(sizeof(struct amli_fault_job) <= AML_REQUEST_PRIVATE, "a job is private bytes");

#define AMLI_FAULT_NEVER UINT64_MAX

/* Requests that are held.  Those held for ever are in no list. */
struct amli_fault_hold {
	pthread_mutex_t lock;		    /* guards the list, stop, and the jobs */
	struct amli_fault_job *head, *tail; /* the one that is due first is the head */
	int timer;			    /* a timerfd, readable when it is due; -1 = none */
	pthread_cond_t changed;		    /* there is another head, or stop */
	bool stop;
};

struct amli_fault {
	struct aml_dma *inner;
	struct aml_dma_caps caps; /* of inner */
	struct amli_fault_choice choice;
	size_t delay_us, jitter_us, threads; /* threads: 0 or 1 */
	struct amli_fault_hold hold;
	int wake, group; /* descriptors, see wake.c; -1 = none */
	pthread_t thread;
	atomic_size_t submitted, held;
	atomic_size_t done[AMLI_FAULT_KINDS]; /* times */
};

static inline bool amli_fault_delays(const struct amli_fault *fault)
{
	return fault->delay_us || fault->jitter_us || fault->threads;
}

/* choice.c */
int amli_fault_choice_read(struct amli_fault_choice *choice, const struct aml_spec *spec);
enum amli_fault_what amli_fault_choose(const struct amli_fault_choice *choice, size_t number);
/* Looks random, but follows from the seed, the series and the number. */
uint64_t amli_fault_draw(size_t seed, enum amli_fault_series series, size_t number);

/* mischief.c */
/* Whether it can be done to this plan. */
bool amli_fault_is_possible(enum amli_fault_what what, const struct aml_plan *plan);
/* Start, and move the first half.  0, or the code to complete with; *bytes: how many moved, or
 * SIZE_MAX where only the library knows. */
int amli_fault_move_half(struct aml_request *req, size_t *bytes);
/* Invert one byte of the destination. */
void amli_fault_corrupt(const struct aml_plan *plan, uint64_t which);

/* hold.c */
/* -AML_ENOMEM: the system gives no timer. */
int amli_fault_hold_init(struct amli_fault_hold *hold, bool timer);
void amli_fault_hold_fini(struct amli_fault_hold *hold);
uint64_t amli_fault_now_ns(void);
/* Hold one that is TAKEN; false: it was cancelled meanwhile, and is still the caller's. */
bool amli_fault_hold(struct amli_fault_hold *hold, struct amli_fault_job *job, uint64_t due_ns);
/* Take the first that is due; NULL: none is. */
struct amli_fault_job *amli_fault_due(struct amli_fault_hold *hold);
/* The same, and wait for it; NULL: stop. */
struct amli_fault_job *amli_fault_await(struct amli_fault_hold *hold);
/* Cancel: where it was.  HELD: it is the caller's now, to be completed. */
enum amli_fault_where amli_fault_recall(struct amli_fault_hold *hold, struct amli_fault_job *job);
/* The inner request has ended; false: the thread that has the job as TAKEN sees to the rest. */
bool amli_fault_ended(struct amli_fault_hold *hold, struct amli_fault_job *job, int status);
/* Let go of a job that the inner engine has accepted; true: it is over, and the caller's. */
bool amli_fault_let_go(struct amli_fault_hold *hold, struct amli_fault_job *job);

/* wake.c: set fault->wake; -AML_ENOMEM. */
int amli_fault_wake_init(struct amli_fault *fault);
void amli_fault_wake_fini(struct amli_fault *fault);

/* thread.c */
/* -AML_ENOMEM: the system gives no thread. */
int amli_fault_thread_start(struct amli_fault *fault);
void amli_fault_thread_stop(struct amli_fault *fault);

/* way.c */
/* The engine's calls. */
int amli_fault_submit(struct aml_engine *e, struct aml_request *req);
int amli_fault_progress(struct aml_engine *e, struct aml_request *req);
int amli_fault_cancel(struct aml_engine *e, struct aml_request *req);
/* Go on with one that was due. */
void amli_fault_release(struct amli_fault_job *job);

#endif
