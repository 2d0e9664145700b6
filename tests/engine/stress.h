/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The parts of the stress test: items (stress_item.c), which are requests with their memory
 * and what is expected of them; operations (stress_ops.c, stress_many.c) that a thread
 * draws; and the threads (stress.c).
 *
 * An item belongs to one thread.  Some are shared: other threads copy the handle, and try
 * to end or cancel the request too, of which one thread gets how it ended.
 */
#ifndef TESTS_ENGINE_STRESS_H
#define TESTS_ENGINE_STRESS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "aml/error.h"
#include "aml/request.h"
#include "aml/stats.h"
#include "tests/lib/pair.h"

#define ENGINES_MOST 16
#define THREADS_MOST 16
#define ITEMS 24     /* that one thread holds */
#define DETACHED 24  /* that it has not seen end */
#define STALE 8	     /* handles it remembers */
#define QUARANTINE 8 /* ended items whose memory nobody may touch */
#define SHARED 8

struct engine {
	const char *spec;
	struct aml_dma *dma;
	bool fails;	      /* some of its requests, on purpose */
	atomic_ulong started; /* requests since it was opened */
};

enum kind { HELD, PREPARED, KEPT_BY_LIBRARY };
enum fate { UNDECIDED, ACCEPTED, REFUSED };

struct item {
	struct pair p;
	enum kind kind;
	struct engine *engine;
	struct aml_dma *dma;		   /* of engine, while it was made */
	struct aml_dma_request *req, *was; /* as the library left it, and as it was given */
	uint64_t seed;			   /* for its callback */
	bool running;			   /* prepared ones: started, and not known to have ended */
	bool calls_back, has_deadline;
	bool fresh; /* the destination is as it was made, before the run */
	bool may_be_refused, must_be_refused; /* for what it comes after */
	bool is_chain;			      /* submitted in a callback, or not: see fate */
	int runs;
	bool ordered;	       /* how others ended can become how it ends */
	atomic_bool cancelled; /* somebody asked for that */
	_Atomic enum fate fate;
	atomic_int ends;	  /* callbacks of this run */
	struct aml_dma_info info; /* of the callback */
	struct item *chain;	  /* submitted in the callback; in the thread's detached then */
	/* shared ones */
	bool shared;
	atomic_int users;	/* threads that have borrowed it */
	atomic_int taken;	/* threads other than the owner that got how it ended */
	_Atomic int taken_with; /* the code */
};

struct thread {
	pthread_t id;
	unsigned number;
	uint64_t random;
	struct item *item[ITEMS];
	struct item *detached[DETACHED];
	struct item *quarantine[QUARANTINE];
	unsigned quarantined;
	struct engine *stale_engine[STALE];
	struct aml_dma_request *stale[STALE];
	unsigned staled;
	_Atomic(const char *) op;	 /* what it does now */
	_Atomic(const char *) op_engine; /* on which engine */
	atomic_ulong ops;
};

extern struct engine engines[ENGINES_MOST];
extern unsigned nengines;
extern unsigned seed;

/* Print what is wrong with the seed and what all threads do, and abort. */
void fail_at(const char *what, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), noreturn));
#define EXPECT(what, ...)                            \
	do {                                         \
		if (!(what))                         \
			fail_at(#what, __VA_ARGS__); \
	} while (0)

/* ---- drawing ---- */

uint64_t draw(uint64_t *state);
size_t below(struct thread *t, size_t n);
/* True once in n times. */
bool one_in(struct thread *t, size_t n);
struct engine *any_engine(struct thread *t);
/* Tell the watchdog. */
void does(struct thread *t, const char *op, const struct engine *engine);

/* ---- items ---- */

/* For a status: nobody was told. */
#define UNKNOWN 1

struct item *item_make(struct thread *t, enum kind kind, struct engine *engine);
void item_free(struct item *item);
/* The job of an item: its sides, callback, flags, deadline, and at random what it comes
 * after, in @after. */
#define AFTER_MOST 4
struct aml_dma_job item_job(struct thread *t, struct item *item, struct aml_dma_request **after);
/* A run begins. */
void item_accepted(struct thread *t, struct item *item);
/* The run of an item of this thread's is over: check all there is to check. */
void item_ended(struct item *item, int status, const struct aml_dma_info *info);
/* Nobody told how, but perhaps its callback. */
void item_ended_somehow(struct item *item);
/* Its memory is now nobody's but the test's. */
void item_retire(struct thread *t, struct item *item);
/* All in quarantine are as they were left; and free them. */
void quarantine_flush(struct thread *t);

/* The owner used a verb on a held request, which left item->req: NULL, or another thread may
 * have ended it. */
void settle(struct thread *t, struct item **slot, int rc, const struct aml_dma_info *info);
/* The same for a prepared one, which keeps its handle. */
void settle_prepared(struct thread *t, struct item **slot, int rc, bool ended,
		     const struct aml_dma_info *info);
void stale_add(struct thread *t, struct engine *engine, struct aml_dma_request *req);

/* Shared items. */
void share(struct thread *t, struct item *item);
void withdraw(struct item *item);
struct item *borrow(struct thread *t, struct aml_dma_request **req);
void give_back(struct item *item);
/* A borrower got @rc: it ended the request. */
void take(struct item *item, int rc);

/* Look for detached items that ended; all: those of this engine have. */
void detached_sweep(struct thread *t);
void detached_over(struct thread *t, const struct engine *engine);
void detached_add(struct thread *t, struct item *item);

/* ---- operations ---- */

struct op {
	unsigned weight;
	void (*run)(struct thread *t);
};

extern const struct op ops[];
extern const size_t nops;

void op_wait_any(struct thread *t);
void op_wait_some(struct thread *t);
void op_wait_all(struct thread *t);
void op_shared(struct thread *t);
void op_stale(struct thread *t);

/* An own item that is held or running; NULL: none. */
struct item **any_item(struct thread *t);

/* End all that the thread holds. */
void end_all(struct thread *t);
/* Forget all of an engine that was closed. */
void forget_engine(struct thread *t, const struct engine *engine);

#endif
