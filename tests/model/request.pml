/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The word of one slot: src/dma/request.h, wait.c, complete.c.
 *
 * One slot is used for two requests, one after the other.  Two threads hold the handle
 * of the first, and each waits for it, cancels it, or asks for info and then waits; one
 * of them tries its stale handle again.  A third thread submits the second request
 * as soon as the slot is free.  The second one ends only after both holders of
 * the first have returned, as a program may arrange it.
 *
 * Proved: each request completes once and is taken once; a stale handle neither takes
 * nor cancels the second request; whoever takes a request reads its own status; a
 * pinned slot is not reused, so the engine's cancel call never sees another request;
 * nobody sleeps for ever.
 *
 * BREAK 1  take looks at the state and not at the generation
 * BREAK 2  cancel does not pin
 * BREAK 3  complete forgets the sleepers
 * BREAK 4  complete wakes one of them
 * BREAK 5  complete stores DONE and loses the pins
 * BREAK 6  a thread that sleeps has no pin
 * BREAK 7  the taker reads the status after it gave the slot back
 * BREAK 8  the taker frees the slot although it is pinned
 *
 * As to 6: the slot is reused before the thread lies down, somebody waits for the second
 * request, and the low half is the same again; it would sleep until that one ends.
 */
#ifndef BREAK
#define BREAK 0
#endif
#include "futex.inc"

/* The low half of the word, which is what threads sleep on. */
#define FREE 0
#define PLANNED 1
#define QUEUED 2
#define RUNNING 3
#define DONE 4
#define STATE 7
#define WAITER 8
#define CANCELLING 16
#define PIN 32 /* and above: how many */
#define ADDRESS 1

#define STATE_IS(s) ((low & STATE) == (s))
#define PENDING (STATE_IS(QUEUED) || STATE_IS(RUNNING))
#define PINS (low & 224)

byte low = FREE;
byte generation; /* the high half; handle = generation at submit */

byte status;	    /* which request ended here */
bool is_free = true; /* on the free list */
bool is_queued;	    /* in the engine; guarded by its lock */

/* What really happened. */
byte use;	  /* requests that the slot was given to */
byte completed[2], taken[2];
bool shared;	  /* the first handle is known to other threads */
byte returned;	  /* holders of the first handle that are through */

inline release()
{
	d_step {
		assert(!is_free);
		assert(low == FREE);
		is_free = true
	}
}

inline unpin()
{
	atomic {
		assert(low >= PIN);
		low = low - PIN;
		last = low == FREE
	}
	if
	:: last -> release()
	:: else
	fi
}

inline submit(h)
{
	atomic { is_free -> is_free = false; assert(low == FREE); use++ }
	low = PLANNED;
	low = QUEUED;
	is_queued = true
}

/* The request that is in the slot. */
inline complete()
{
	d_step { assert(PENDING); status = use }
	d_step {
		old = low;
		completed[use - 1]++;
		assert(completed[use - 1] == 1);
#if BREAK == 5
		low = DONE
#else
		low = DONE | (low & CANCELLING) | PINS
#endif
	}
	if
	:: old & WAITER ->
#if BREAK == 3
		skip
#elif BREAK == 4
		futex_wake_one(ADDRESS)
#else
		futex_wake_all(ADDRESS)
#endif
	:: else
	fi
}

/* DONE -> FREE; ended = this thread did it. */
inline take(h)
{
#if BREAK != 7
	got = status;
#endif
	atomic {
		if
#if BREAK == 1
		:: STATE_IS(DONE) ->
#else
		:: generation == h && STATE_IS(DONE) ->
#endif
			assert(use == h + 1);
			taken[h]++;
			low = FREE | PINS;
			generation++;
			last = low == FREE;
			ended = true
		:: else -> last = false
		fi
	}
	if
#if BREAK == 8
	:: ended -> is_free = true
#else
	:: last -> release()
#endif
	:: else
	fi;
#if BREAK == 7
	got = status;
#endif
	if
	:: ended -> assert(got == h + 1)
	:: else
	fi
}

/* Until it is DONE, or another's. */
inline await(me, h, pin)
{
	do
	:: atomic {
		generation == h && PENDING -> /* has spun for long enough */
		low = (low | WAITER) + pin;
		old = low
	   }
	   futex_wait(me, ADDRESS, low, old);
	   if
	   :: pin != 0 -> unpin()
	   :: else
	   fi
	:: generation != h || !PENDING -> break
	od
}

inline wait(me, h)
{
	do
	:: generation == h && STATE_IS(DONE) ->
		take(h);
		if
		:: ended -> break
		:: else
		fi
#if BREAK == 1
	:: generation != h && STATE_IS(DONE) ->
		take(h);
		break
	:: generation != h && !STATE_IS(DONE) -> break
#else
	:: generation != h || STATE_IS(FREE) -> break /* -AML_EINVAL */
#endif
	:: generation == h && PENDING ->
#if BREAK == 6
		await(me, h, 0)
#else
		await(me, h, PIN)
#endif
	od
}

#if BREAK == 2
#define CANCEL_PIN 0
#else
#define CANCEL_PIN PIN
#endif

inline cancel(me, h)
{
	atomic {
		if
		:: generation == h && PENDING ->
			low = (low | CANCELLING) + CANCEL_PIN;
			pinned = true
		:: else
		fi
	}
	if
	:: pinned ->
		atomic { /* the engine's cancel, under its lock */
			assert(use == h + 1);
			dropped = is_queued;
			is_queued = false
		}
		if
		:: dropped -> complete()
		:: else -> await(me, h, 0)
		fi;
		take(h);
#if BREAK != 2
		unpin();
#endif
		pinned = false
	:: else -> wait(me, h) /* it was over, or is unknown: does not block */
	fi
}

/* Pin, read, unpin. */
inline info(h)
{
	atomic {
		if
		:: generation == h && !STATE_IS(FREE) -> low = low + PIN; pinned = true
		:: else
		fi
	}
	if
	:: pinned -> assert(use == h + 1); unpin(); pinned = false
	:: else
	fi
}

inline some_verb(me, h)
{
	if
	:: true -> wait(me, h)
	:: true -> cancel(me, h)
	:: true -> info(h); wait(me, h)
	fi
}

proctype engine()
{
	byte old;

end:	do
	:: atomic { is_queued -> is_queued = false } /* claimed, under the engine's lock */
	   d_step { assert(STATE_IS(QUEUED)); low = low - QUEUED + RUNNING }
	   use == 1 || returned == 2; /* it moves bytes */
	   complete()
	od
}

/* The first holder submits. */
proctype holder(byte me)
{
	byte old, got;
	bool last, ended, pinned, dropped;

	if
	:: me == 0 -> submit(0); shared = true
	:: else -> shared
	fi;
	some_verb(me, 0);
	if
	:: me == 1 -> /* again, with a stale handle: refused, and nothing happens */
		ended = false;
		if
		:: true -> wait(me, 0)
		:: true -> cancel(me, 0)
		fi;
		assert(!ended)
	:: else
	fi;
	returned++
}

proctype other()
{
	byte old, got;
	bool last, ended, pinned, dropped;

	shared;
	submit(1);
	some_verb(2, 1);
	assert(ended);
	returned == 2 && is_free;
	assert(completed[0] == 1 && completed[1] == 1);
	assert(taken[0] == 1 && taken[1] == 1);
	assert(low == FREE && generation == 2)
}

init {
	atomic { run engine(); run holder(0); run holder(1); run other() }
}
