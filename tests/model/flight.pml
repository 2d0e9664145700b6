/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests in flight: src/dma/flight.c, room.c, and the barrier of src/dma/wait.c.
 *
 * Two counters, of the generation's parity, for barriers; one word of all, with a flag
 * for threads that wait for room, which who leaves lowers in the same step.  Barriers take
 * turns; one that finds the turn taken sleeps on its word, and is served by any that began
 * later.  Threads submit one request each; each request ends in a thread of the engine.
 * When all have returned the engine is closed: another barrier, and it is freed.  Crowds, so
 * that each is small: three requests and room for one; two requests and a barrier; a request and
 * three barriers, two of them of one thread and one that may give up; a request that is in
 * flight, and three barriers of as many threads.
 *
 * Proved: a barrier returns only when all requests that were submitted before it was
 * called have left, or it gives up; it does return; nobody waits for ever for room or for a
 * turn; no more are in flight than the engine takes; nobody touches the engine after it was
 * freed, except to wake sleepers on its address.  Not proved: that a barrier gets its turn
 * however many others come.
 *
 * BREAK 1  enter does not look at the generation again
 * BREAK 2  barriers do not take turns
 * BREAK 3  leave does not wake the barrier
 * BREAK 4  leave tells of room last, after its generation's counter
 * BREAK 5  leave wakes one of those that wait for room
 * BREAK 6  leave counts down, and then lowers the flag
 * BREAK 7  the barrier sleeps without its flag
 * BREAK 8  who waits for a turn sleeps without its flag
 * BREAK 9  a barrier forgets what one before it left that gave up
 * BREAK 10  a barrier takes its own generation for drained too soon
 */
#ifndef BREAK
#define BREAK 0
#endif
#include "futex.inc"

#define FLAG 16 /* somebody sleeps on the word; below it the count */
#define COUNT(word) ((word) & 15)

#define USED 1	   /* addresses */
#define PARITY(g) (2 + ((g) & 1))
#define TURN 4

#define TURN_HELD 1
#define TURN_WAITER 2

byte capacity;
byte generation = 1;
byte count[2];
byte used;
byte turn;
byte drained = 1; /* generations before this one have none left */
bool gives_up;

/* What really happened. */
bool freed;
byte entered, left; /* sets of requests */
byte in_flight, born[3];
byte fences; /* threads in a barrier */

/* A step that touches the engine. */
#define touch assert(!freed)

inline leave_generation(g)
{
	d_step { touch; assert(COUNT(count[(g) & 1]) > 0); old = count[(g) & 1]; count[(g) & 1]-- }
	if
#if BREAK == 3
	:: false
#else
	:: old == (FLAG | 1) -> futex_wake_all(PARITY(g))
#endif
	:: else
	fi
}

/* Room first. */
inline enter(me)
{
	do
	:: atomic { COUNT(used) < capacity -> touch; used++; break }
	:: atomic { COUNT(used) >= capacity -> touch; used = used | FLAG; old = used }
	   futex_wait(me, USED, used, old)
	od;
	now = generation;
	do
	:: before = now;
	   d_step { touch; count[before & 1]++ }
	   now = generation;
	   if
#if BREAK == 1
	   :: true -> now = before; break
#else
	   :: now == before -> break
	   :: else -> leave_generation(before)
#endif
	   fi
	od
}

inline leave_room()
{
	d_step {
		touch;
		assert(COUNT(used) > 0);
		old = used;
#if BREAK == 6
		used--;
#else
		used = COUNT(used) - 1;
#endif
		in_flight--;
		left = left | (1 << i)
	}
	if
	:: old & FLAG ->
#if BREAK == 6
		futex_wake_all(USED);
		d_step { touch; used = COUNT(used) }
#elif BREAK == 5
		futex_wake_one(USED)
#else
		futex_wake_all(USED)
#endif
	:: else
	fi
}

inline leave(i, g)
{
#if BREAK == 4
	leave_generation(g);
	leave_room()
#else
	leave_room();
	leave_generation(g)
#endif
}

/* over = none is left of generation g. */
inline drain(me, may_give_up)
{
	do
	:: atomic { COUNT(count[g & 1]) == 0 -> touch; over = true; break }
	:: may_give_up -> over = false; break
	:: atomic {
		COUNT(count[g & 1]) != 0 ->
		touch;
#if BREAK != 7
		count[g & 1] = count[g & 1] | FLAG;
#endif
		old = count[g & 1]
	   }
	   futex_wait(me, PARITY(g), count[g & 1], old)
	od;
	atomic { touch; count[g & 1] = COUNT(count[g & 1]); old = 0 }
}

/* With the turn. */
inline drain_all(me, may_give_up)
{
	atomic { touch; g = generation - 1; over = count[g & 1] == 0 }
	if
#if BREAK != 9
	:: !over -> drain(me, may_give_up)
#endif
	:: else -> over = true
	fi;
	if
	:: over ->
		d_step { touch; g = generation; generation++ }
		drain(me, may_give_up);
		if
		:: over -> d_step { touch; drained = g + 1 }
		:: else
		fi
	:: else
	fi
}

inline give_turn()
{
	atomic { touch; old = turn; turn = 0 }
	if
	:: old & TURN_WAITER -> futex_wake_all(TURN)
	:: else
	fi;
	old = 0
}

inline barrier(me, may_give_up)
{
	atomic { touch; before = entered; over = true }
	mine = generation;
	do
#if BREAK == 10
	:: drained >= mine -> break
	:: drained < mine ->
#else
	:: drained > mine -> break
	:: drained <= mine ->
#endif
		atomic {
			if
#if BREAK == 2
			:: true -> touch; held = true
#else
			:: turn == 0 -> touch; turn = TURN_HELD; held = true
#endif
			:: else -> held = false
			fi
		}
		if
		:: held ->
			drain_all(me, may_give_up);
			give_turn();
			if
			:: !over -> break
			:: else
			fi
		:: else ->
			atomic {
				if
				:: turn & TURN_HELD ->
					touch;
#if BREAK != 8
					turn = turn | TURN_WAITER;
#endif
					old = turn
				:: else -> held = true
				fi
			}
			if
			:: !held -> futex_wait(me, TURN, turn, old)
			:: else
			fi;
			atomic { held = false; old = 0 }
		fi
	od;
	atomic {
		assert(!over || (before & ~left) == 0);
		before = 0;
		g = 0;
		old = 0;
		mine = 0;
		held = false
	}
}

proctype submitter(byte me)
{
	byte now, before, old;

	enter(me);
	atomic {
		in_flight++;
		assert(in_flight <= capacity);
		born[me] = now;
		entered = entered | (1 << me);
		now = 0;
		before = 0;
		old = 0
	}
}

proctype completer(byte i)
{
	byte old;

	entered & (1 << i);
	leave(i, born[i])
}

proctype fence(byte me, times)
{
	byte g, old, before, mine;
	bool over, held;

	do
	:: times > 0 -> barrier(me, gives_up && me == 2); times--
	:: else -> break
	od;
	fences--
}

proctype closer(byte requests)
{
	byte g, old, before, mine;
	bool over, held;

	entered == requests && fences == 0;
	barrier(0, false);
	assert(in_flight == 0);
	freed = true
}

init {
	atomic {
		run completer(0);
		if
		:: capacity = 1;
		   run submitter(0);
		   run submitter(1); run completer(1);
		   run submitter(2); run completer(2);
		   run closer(7)
		:: capacity = 2; fences = 1;
		   run submitter(0);
		   run submitter(1); run completer(1);
		   run fence(3, 1);
		   run closer(3)
		:: capacity = 1; fences = 2; gives_up = true;
		   run submitter(0);
		   run fence(3, 2); run fence(2, 1);
		   run closer(1)
		:: capacity = 1; fences = 3; gives_up = true;
		   used = 1; count[1] = 1; in_flight = 1; born[0] = 1; entered = 1;
		   run fence(3, 1); run fence(2, 1); run fence(1, 1);
		   run closer(1)
		fi
	}
}
