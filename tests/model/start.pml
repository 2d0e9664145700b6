/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Prepared requests: src/dma/prepared.c, stop() of cancel.c, amli_submitted() of submit.c,
 * and taken() of store.c.
 *
 * One thread starts a prepared request twice, each time waits for it, releases it, and
 * the slot becomes another request's.  Another thread has the handle as well: it cancels
 * or waits, at any time.  The first run may come after a fence: then it is BLOCKED first, and
 * another thread hands it over.  The engine may refuse one of the runs.  It keeps private bytes in
 * the slot, which its submit writes before anybody may cancel.
 *
 * Who starts claims PLANNED|SUBMITTING, with a pin, and waits for whoever holds it: who
 * submitted the last run, or has a note in it (STOPPING) and pins.  While it is SUBMITTING a
 * cancel leaves the note, and the submitting thread acts on it.
 *
 * Proved: the engine's cancel never sees private bytes that are not whole; each run
 * ends once; a cancel of a run that was not refused at once is not forgotten; nobody sleeps
 * for ever; nobody takes SUBMITTING from who set it; what has ended can be started again, and released;
 * a start that is refused leaves the last run to be waited for.
 *
 * BREAK 1  cancel does not look for SUBMITTING
 * BREAK 2  start does not wait for who holds it
 * BREAK 3  taking clears SUBMITTING
 * BREAK 4  the submitting thread stores the word instead of changing it
 * BREAK 5  release does not ask whether it is SUBMITTING
 * BREAK 6  the submitting thread does not look at the note
 * BREAK 7  a late run that is refused stays SUBMITTING
 * BREAK 8  who hands it over late does not say SUBMITTING
 * BREAK 9  a start that is refused leaves it PLANNED always
 */
#ifndef BREAK
#define BREAK 0
#endif
#include "futex.inc"

#define PLANNED 1
#define BLOCKED 2
#define QUEUED 3
#define RUNNING 4
#define DONE 5
#define STATE 7
#define WAITER 8
#define SUBMITTING 16
#define STOPPING 32
#define PIN 64
#define ADDRESS 1

#define STATE_IS(s) ((low & STATE) == (s))
#define UNDER_WAY (STATE_IS(BLOCKED) || STATE_IS(QUEUED) || STATE_IS(RUNNING))
#define PINS (low & 960)
#define HELD ((low & SUBMITTING) || ((low & STOPPING) && PINS != 0))

short low = PLANNED;
byte generation, run_;

bool is_whole = true; /* the private bytes */
bool is_queued;	      /* guarded by the engine's lock */
bool is_late;	      /* a thread is to hand it over */
byte started, completed;
bool refused; /* once is enough */
bool is_kept; /* the last run has ended, and was not waited for */
bool is_over; /* released */

inline complete()
{
	d_step {
		assert(UNDER_WAY);
		old = low;
		completed++;
		assert(completed == started);
		is_kept = true;
		low = (low & ~STATE) | DONE
	}
	if
	:: old & WAITER -> futex_wake_all(ADDRESS)
	:: else
	fi
}

/* Its cancel, under its lock. */
inline engine_cancel()
{
	atomic {
		assert(is_whole);
		dropped = is_queued;
		is_queued = false
	}
	if
	:: dropped -> complete(); dropped = false
	:: else
	fi
}

proctype engine()
{
	short old;

end:	do
	:: atomic { is_queued -> is_queued = false }
	   d_step { assert(is_whole && STATE_IS(QUEUED)); low = (low & ~STATE) | RUNNING }
	   complete()
	od
}

inline unpin()
{
	d_step { assert(PINS >= PIN); low = low - PIN }
}

inline await(me)
{
	do
	:: atomic { generation == 0 && UNDER_WAY -> low = (low | WAITER) + PIN; old = low }
	   futex_wait(me, ADDRESS, low, old);
	   d_step { assert(PINS >= PIN); low = low - PIN; old = 0 }
	:: generation != 0 || !UNDER_WAY -> break
	od
}

/* DONE -> PLANNED, by anybody. */
inline take()
{
	atomic {
		if
		:: generation == 0 && STATE_IS(DONE) ->
			is_kept = false;
#if BREAK == 3
			low = PINS | PLANNED
#else
			low = (low & (SUBMITTING | STOPPING)) | PINS | PLANNED
#endif
		:: else
		fi
	}
}

/* Submit has returned.  The request is pinned. */
inline submitted()
{
#if BREAK == 4
	old = low;
	low = old & ~SUBMITTING;
#else
	d_step { assert(low & SUBMITTING); old = low; low = low & ~SUBMITTING }
#endif
	if
#if BREAK != 6
	:: (old & STOPPING) && (old & STATE) != DONE -> engine_cancel()
#endif
	:: else
	fi;
	assert(!(old & STOPPING) || !is_queued)
}

inline submit()
{
	is_whole = false;
	is_whole = true;
	is_queued = true
}

/* Once all that it comes after are done; refused = it fails. */
proctype later()
{
	short old;
	bool dropped;

end:	do
	:: atomic { is_late -> is_late = false }
	   atomic {
		if
#if BREAK == 8
		:: STATE_IS(BLOCKED) -> low = low - BLOCKED + QUEUED + PIN
#else
		:: STATE_IS(BLOCKED) -> low = (low - BLOCKED + QUEUED + PIN) | SUBMITTING
#endif
		:: else -> goto end /* it was dropped */
		fi
	   }
	   if
	   :: submit(); submitted()
	   :: complete();
#if BREAK != 7
	      d_step { low = low & ~SUBMITTING }
#endif
	   fi;
	   unpin();
	   old = 0
	od
}

inline claim()
{
	atomic {
#if BREAK == 2
		STATE_IS(PLANNED) || STATE_IS(DONE);
#else
		(STATE_IS(PLANNED) || STATE_IS(DONE)) && !HELD;
#endif
		assert(generation == 0);
		was_done = STATE_IS(DONE);
		low = (PINS + PIN) | PLANNED | SUBMITTING;
		run_++
	}
}

/* It did not start. */
inline unclaim()
{
	d_step {
		old = low;
#if BREAK == 9
		low = PINS | PLANNED;
#else
		low = PINS | (was_done -> DONE : PLANNED);
#endif
		assert(is_kept == STATE_IS(DONE))
	}
	if
	:: old & WAITER -> futex_wake_all(ADDRESS)
	:: else
	fi
}

inline start()
{
	claim();
	if
	:: d_step { started++; is_kept = false; low = low - PLANNED + QUEUED } submit(); submitted()
	:: !refused ->
	   d_step { refused = true; low = low - PLANNED + QUEUED }
	   d_step { low = low - QUEUED + PLANNED }
	   unclaim()
	:: started == 0 ->
	   d_step { started++; low = ((low & ~SUBMITTING) - PLANNED) + BLOCKED } is_late = true
	fi;
	unpin();
	atomic { old = 0; was_done = false }
}

inline release()
{
	atomic {
#if BREAK == 5
		STATE_IS(PLANNED) || STATE_IS(DONE);
#else
		(STATE_IS(PLANNED) || STATE_IS(DONE)) && !(low & SUBMITTING);
#endif
		generation = 1;
		low = PINS
	}
	atomic { low == 0 -> is_over = true; low = PLANNED } /* another request's */
	is_whole = false
}

/* The request is pinned. */
inline stop()
{
	life = run_;
	do
	:: atomic {
		if
		:: !UNDER_WAY || run_ != life -> break
		:: else -> was = low; low = low | STOPPING
		fi
	   }
	   if
#if BREAK != 1
	   :: was & SUBMITTING
#endif
	   :: (BREAK == 1 || !(was & SUBMITTING)) && (was & STATE) == BLOCKED ->
		/* drop it, of this life */
		atomic {
			if
			:: STATE_IS(BLOCKED) && run_ == life ->
				low = low - BLOCKED + QUEUED;
				dropped = true
			:: else
			fi
		}
		if
		:: dropped -> complete(); dropped = false
		:: else
		fi
	   :: (BREAK == 1 || !(was & SUBMITTING)) && (was & STATE) != BLOCKED -> engine_cancel()
	   fi;
	   break
	od;
	atomic { was = 0; life = 0 }
}

inline cancel(me)
{
	atomic {
		if
		:: generation == 0 -> low = low + PIN; pinned = true
		:: else
		fi
	}
	if
	:: pinned ->
		stop();
		await(me);
		take();
		unpin()
	:: else
	fi
}

proctype starter()
{
	short old;
	bool dropped, was_done;

	start();
	await(0);
	start();
	await(0);
	take();
	release();
	assert(completed == started)
}

proctype holder(byte me)
{
	short old, was;
	byte life;
	bool pinned, dropped;

	if
	:: true -> cancel(me)
	:: true -> await(me); take()
	fi
}

init {
	atomic { run engine(); run later(); run starter(); run holder(1) }
}
