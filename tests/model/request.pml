/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The word of one slot: request.h; alloc, release, take, put, pin and unpin of store.c;
 * amli_hand_over() and amli_submitted() of submit.c; publish() of complete.c; amli_await() with
 * sleep_on(), and end(), of wait.c; cancel.c; all in src/dma.
 *
 * One slot is used for two requests, one after the other; then its generations are used up.
 * Two threads hold the handle of the first, and each waits for it, cancels it, or asks for info
 * and then waits; one of them tries its stale handle again.  A third submits the second
 * request as soon as the slot is free, held or detached, and the engine may refuse it.  That one
 * is exposed: it has a deadline, or is submitted in a callback.  A fourth thread comes without a
 * handle, as a fence or a barrier does, or close: it pins what is under way, and stops it if it is
 * exposed.  The second request ends only after both holders of the first have returned, as a
 * program may arrange it.  The engine keeps private bytes in the slot, which its submit writes.
 *
 * Proved: each request completes once and is taken once; a stale handle neither takes nor
 * cancels the second request; whoever takes a request reads its own status; nobody touches a
 * slot that is another request's, so a pinned one is not reused; the engine's cancel sees
 * private bytes that are whole; a note for the submitting thread is acted upon; when wait or
 * cancel return, nobody moves bytes of the request; nobody sleeps for ever; a slot is put
 * back once, and not when its generations are used up.
 *
 * Left out: BLOCKED (after.pml), WATCHED (watch.pml), prepared requests (start.pml), flight
 * (flight.pml), the list of failures and CANCELLING, which it looks at; who spins; requests
 * on the stack, and others that only one thread knows, where the word is just stored.
 *
 * BREAK 1  take looks at the state and not at the generation
 * BREAK 2  cancel does not pin
 * BREAK 3  complete forgets the sleepers
 * BREAK 4  complete wakes one of them
 * BREAK 5  complete stores DONE and loses the pins
 * BREAK 6  a thread that sleeps has no pin
 * BREAK 7  the taker reads the status after it gave the slot back
 * BREAK 8  the taker puts the slot back although it is pinned
 * BREAK 9  the taker of a pinned slot has no pin of its own
 * BREAK 10  the last to unpin does not put it back
 * BREAK 11  who is exposed does not say SUBMITTING
 * BREAK 12  who is exposed has no pin
 * BREAK 13  cancel calls the engine although it is SUBMITTING
 * BREAK 14  the submitting thread does not look at the note
 * BREAK 15  a refused request is put back although it is pinned
 * BREAK 16  a detached request that ends drops the pins
 * BREAK 17  a slot is used again when its generations are used up
 * BREAK 18  cancel does not wait for what the engine could not drop
 * BREAK 19  DONE is published before the last byte has moved
 * BREAK 20  a request that the engine refused is not SUBMITTING before it is PLANNED
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
#define SUBMITTING 16
#define STOPPING 32
#define PIN 64 /* and above: how many */
#define ADDRESS 1

#define STATE_IS(s) ((low & STATE) == (s))
#define UNDER_WAY (STATE_IS(QUEUED) || STATE_IS(RUNNING))
#define PINS (low & ~(PIN - 1))

short low = FREE;
byte generation = 1; /* the high half; 0 = used up; a handle is the generation at submit */
#define NEXT_GENERATION ((generation + 1) % 3)

byte status;	     /* which request ended here */
bool is_free = true; /* on the stack of free slots */
bool is_queued;	     /* in the engine; guarded by its lock */
bool is_whole;	     /* the private bytes */

/* What really happened. */
byte use;		  /* requests that the slot was given to: the handle of the one there */
byte completed[3], taken[3]; /* by handle */
bool moving[3];
bool shared;	  /* the first handle is known to other threads */
byte returned;	  /* holders of the first handle that are through */
bool is_detached; /* the second one */

/* The request there is the one with handle h, or this was its slot a moment ago. */
#define touch(h) assert(use == (h) && !is_free)

/* ---- store.c ---- */

inline put(h)
{
	d_step { touch(h); is_whole = false } /* it is let go of */
	d_step {
		touch(h);
		assert(low == FREE);
		is_free = generation != 0 || BREAK == 17
	}
}

inline alloc()
{
	atomic {
		is_free -> assert(low == FREE && generation != 0);
		is_free = false;
		use++;
		low = PLANNED
	}
}

inline unpin(h)
{
	d_step {
		touch(h);
		assert(low >= PIN);
		low = low - PIN;
		last = low == FREE
	}
	if
#if BREAK != 10
	:: last -> put(h)
#endif
	:: else
	fi;
	last = false
}

/* The word becomes that of the next life, with the pins it has. */
inline release(h)
{
	d_step {
		touch(h);
		low = PINS;
#if BREAK == 16
		low = (is_detached && STATE_IS(FREE) -> FREE : low);
#endif
		generation = NEXT_GENERATION;
		last = low == FREE || BREAK == 15
	}
	if
	:: last -> put(h)
	:: else
	fi;
	last = false
}

/* DONE -> FREE; ended = this thread did it. */
inline take(h)
{
	d_step {
		got = status;
#if BREAK == 1
		ended = STATE_IS(DONE);
#else
		ended = generation == h && STATE_IS(DONE);
#endif
		if
		:: ended ->
			touch(h);
			taken[h]++;
#if BREAK == 9
			last = PINS == 0;
			low = PINS;
#else
			last = PINS == 0 || BREAK == 8;
			low = (last -> PINS : PINS + PIN);
#endif
			generation = NEXT_GENERATION
		:: else -> last = false
		fi
	}
	if
	:: ended ->
#if BREAK == 7
		put(h);
		got = status;
#endif
		touch(h); /* a failure is forgotten */
		assert(got == h && !moving[h]);
#if BREAK != 7
		if
		:: last -> put(h)
#if BREAK != 9
		:: else -> unpin(h)
#else
		:: else
#endif
		fi
#endif
	:: else
	fi;
	atomic { got = 0; last = false }
}

/* ---- complete.c ---- */

/* The request that is in the slot. */
inline complete(h)
{
#if BREAK != 19
	moving[h] = false;
#endif
	d_step { touch(h); assert(UNDER_WAY); status = use }
	if
	:: is_detached && h == 2 ->
		d_step { completed[2]++; taken[2]++ }
		release(2)
	:: else ->
		d_step {
			touch(h);
			old = low;
			completed[h]++;
#if BREAK == 5
			low = DONE
#else
			low = (low & ~STATE) | DONE
#endif
		}
		if /* only the address counts from here on */
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
	fi;
#if BREAK == 19
	moving[h] = false;
#endif
	old = 0
}

/* ---- the engine ---- */

/* Its cancel, under its lock: what is queued is dropped. */
inline engine_cancel(h)
{
	atomic {
		touch(h);
		assert(is_whole);
		dropped = is_queued;
		is_queued = false
	}
	if
	:: dropped -> complete(h)
	:: else
	fi;
	dropped = false
}

proctype engine()
{
	short old;
	bool last;

end:	do
	:: atomic { is_queued -> is_queued = false }
	   d_step {
		touch(use);
		assert(is_whole && STATE_IS(QUEUED));
		low = low - QUEUED + RUNNING;
		moving[use] = true
	   }
	   use == 1 || returned >= 2;
	   complete(use)
	od
}

/* ---- submit.c ---- */

#if BREAK == 11
#define EXPOSED PIN
#elif BREAK == 12
#define EXPOSED SUBMITTING
#else
#define EXPOSED (SUBMITTING + PIN)
#endif

inline engine_submit()
{
	is_whole = true;
	is_queued = true
}

inline submitted(h)
{
	d_step { touch(h); old = low; low = low & ~SUBMITTING }
	if
#if BREAK != 14
	:: (old & STOPPING) && ((old & STATE) == QUEUED || (old & STATE) == RUNNING) -> engine_cancel(h)
#endif
	:: else
	fi;
	assert(!(old & STOPPING) || !is_queued);
	old = 0
}

inline submit_exposed()
{
	alloc();
	low = low + EXPOSED - PLANNED + QUEUED;
	if
	:: engine_submit();
	   submitted(2);
#if BREAK != 12
	   unpin(2)
#endif
	:: refused = true;
#if BREAK == 20
	   low = low & ~SUBMITTING;
	   d_step { touch(2); assert(STATE_IS(QUEUED)); low = low - PIN - QUEUED + PLANNED }
#else
	   d_step { touch(2); assert(STATE_IS(QUEUED)); low = low - EXPOSED - QUEUED + PLANNED }
#endif
	   release(2)
	fi
}

/* ---- wait.c ---- */

#if BREAK == 6
#define ASLEEP 0
#else
#define ASLEEP PIN
#endif

/* Until it is DONE, or another's. */
inline await(me, h)
{
	do
	:: atomic {
		generation == h && UNDER_WAY -> /* has spun for long enough */
		low = (low | WAITER) + ASLEEP;
		old = low
	   }
	   futex_wait(me, ADDRESS, low, old);
	   old = 0;
#if BREAK != 6
	   unpin(h)
#endif
	:: generation != h || !UNDER_WAY -> break
	od
}

/* ---- cancel.c ---- */

/* It is pinned. */
inline stop(h)
{
	atomic {
		if
		:: UNDER_WAY && generation == h -> old = low; low = low | STOPPING
		:: else -> old = 0
		fi
	}
	if
	:: old != 0 && (!(old & SUBMITTING) || BREAK == 13) -> old = 0; engine_cancel(h)
	:: else -> old = 0
	fi
}

/* ---- the verbs ---- */

mtype = { WAIT, CANCEL, INFO };

/* Of a handle that names none: -AML_EINVAL, and nothing is done. */
proctype holder(byte me, h)
{
	mtype verb;
	short old;
	byte got;
	bool looked, tried, last, ended, pinned, dropped;

	do
	:: atomic {
		if
		:: verb = WAIT
		:: verb = CANCEL
		:: me == 0 && !looked -> verb = INFO
		fi;
		looked = true;
		if
		:: verb != WAIT && generation == h && !STATE_IS(FREE) -> low = low + PIN; pinned = true
		:: else
		fi
	   }
	   if
	   :: verb == INFO && pinned -> touch(h)
	   :: verb == CANCEL && pinned ->
#if BREAK == 2
		unpin(h);
		pinned = false;
#endif
		stop(h)
	   :: else
	   fi;
	   if
	   :: verb == INFO
	   :: else ->
		if
		:: BREAK != 18 || verb != CANCEL -> await(me, h)
		:: else
		fi;
		take(h)
	   fi;
	   if
	   :: pinned -> unpin(h); pinned = false
	   :: else
	   fi;
	   assert(verb != CANCEL || !moving[h]);
	   if
	   :: verb == INFO
	   :: verb != INFO && me == 1 && !tried -> tried = true /* again, with a stale handle */
	   :: verb != INFO && (me != 1 || tried) -> break
	   fi
	od;
	returned++
}

/* The first request, and the two who have its handle. */
proctype first()
{
	alloc();
	low = low - PLANNED + QUEUED;
	engine_submit();
	atomic { run holder(0, 1); run holder(1, 1); shared = true }
}

proctype second()
{
	short old;
	bool last, dropped, refused;

	shared;
	submit_exposed();
	if
	:: refused -> d_step { completed[2]++; taken[2]++ }
	:: !refused && is_detached
	:: !refused && !is_detached -> run holder(2, 2); returned == 3
	fi;
	returned >= 2 && generation == 0 && PINS == 0;
	assert(completed[1] == 1 && completed[2] == 1);
	assert(taken[1] == 1 && taken[2] == 1);
	assert(low == FREE && !is_free)
}

/* Without a handle: the generation is that of the word that it finds. */
proctype scanner()
{
	short old;
	byte h;
	bool last, dropped;

end:	atomic { UNDER_WAY -> low = low + PIN; h = use }
	touch(h);
	if
	:: h == 2 -> stop(2)
	:: else
	fi;
	unpin(h)
}

/* There is nothing for it to have. */
proctype third()
{
end:	use == 2 && is_free;
	alloc()
}

init {
	atomic {
		if
		:: is_detached = true
		:: true
		fi;
		run engine(); run first(); run second();
#if BREAK == 0 || BREAK > 10 /* the others are found without it, and sooner */
		run scanner();
#endif
		run third()
	}
}
