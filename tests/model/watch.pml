/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * aml_dma_wait_any(): src/dma/many.c, and the end in complete.c and prepared.c.
 *
 * The waiter reads `ends`, marks each request WATCHED unless it is over, and sleeps while
 * `ends` is what it was; only the end of a watched request counts it up and wakes.  Two
 * threads wait for any of the same two requests and take what they find; a third takes one
 * of them with a plain wait.  They may be prepared: an engine may refuse the
 * start of one that could be seen QUEUED already, and it is PLANNED again.
 *
 * Proved: nobody sleeps for ever while one of its requests is over, or all are gone.
 *
 * BREAK 1  `ends` is read after the requests were looked at
 * BREAK 2  a request is marked with a load and a store
 * BREAK 3  completion wakes one
 * BREAK 4  completion wakes and then counts up
 * BREAK 5  completion counts up and then publishes DONE
 * BREAK 6  a start that is refused drops the mark and wakes nobody
 */
#ifndef BREAK
#define BREAK 0
#endif
#include "futex.inc"

#define PENDING 0
#define DONE 1
#define TAKEN 2
#define PLANNED 3
#define STATE 3
#define WATCHED 4
#define ENDS 1 /* an address */

byte word[2] = PENDING;
byte ends;

inline bump()
{
#if BREAK == 4
	futex_wake_all(ENDS);
	ends++
#elif BREAK == 3
	ends++;
	futex_wake_one(ENDS)
#else
	ends++;
	futex_wake_all(ENDS)
#endif
}

proctype completer(byte i)
{
	byte old;

#if BREAK == 5
	old = word[i];
	if
	:: old & WATCHED -> bump()
	:: else
	fi;
	word[i] = DONE
#else
	d_step { old = word[i]; word[i] = DONE }
	if
	:: old & WATCHED -> bump()
	:: else
	fi
#endif
}

/* Back to PLANNED: unclaim() of prepared.c. */
proctype refuser(byte i)
{
	byte old;

	d_step { old = word[i]; word[i] = PLANNED }
	if
#if BREAK != 6
	:: old & WATCHED -> bump()
#endif
	:: else
	fi
}

/* Take it if it is DONE, mark it if it is not; stale handles end the call. */
inline visit(i)
{
#if BREAK == 2
	old = word[i];
	if
	:: old == DONE -> d_step { word[i] == DONE -> word[i] = TAKEN }; over = true
	:: old == TAKEN || old == PLANNED -> over = true
	:: else -> word[i] = old | WATCHED
	fi
#else
	atomic {
		if
		:: word[i] == DONE -> word[i] = TAKEN; over = true
		:: word[i] == TAKEN || word[i] == PLANNED -> over = true
		:: else -> word[i] = word[i] | WATCHED
		fi
	}
#endif
}

proctype waiter(byte me)
{
	byte seen, old;
	bool over;

	do
	:: !over ->
#if BREAK != 1
		seen = ends;
#endif
		visit(0);
		if
		:: !over -> visit(1)
		:: else
		fi;
		if
		:: !over ->
#if BREAK == 1
			seen = ends;
#endif
			futex_wait(me, ENDS, ends, seen)
		:: else
		fi
	:: over -> break
	od
}

proctype taker()
{
end:	atomic { word[0] == DONE -> word[0] = TAKEN }
}

init {
	atomic {
		run waiter(0); run waiter(1);
		if
		:: run completer(0)
		:: run refuser(0)
		fi;
		if /* the second one may take longer than any of them likes to wait */
		:: run completer(1)
		:: run refuser(1)
		:: true
		fi;
		if
		:: run taker()
		:: true
		fi
	}
}
