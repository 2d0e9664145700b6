/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The rules of a pool's queue, in a simpler one than backends/pool has: there lane.c joins
 * with one exchange instead of an inbox, queue.c decides about pieces in one word, and
 * idle.c sleeps on tokens (idle.pml).  So this stands for the rules, not for that code.
 *
 * Jobs are pushed to an inbox without a lock.  Who holds the consumer lock moves the
 * inbox behind the queue and claims pieces of the first job, or unlinks a cancelled one.
 * A worker that finds nothing spins, says that it will sleep, looks again, and sleeps on
 * the epoch; who pushes wakes one if somebody sleeps and nobody spins; a worker that
 * leaves work behind does the same.
 *
 * Two workers, and two threads that submit.  Two crowds, so that each is small: two jobs
 * of one thread and one of the other; or a job of two pieces and one of one piece, and
 * whoever submitted that one cancels either.  When all are complete the pool is closed.
 *
 * Proved: every piece runs once or is dropped; jobs of one thread start in its order; each
 * job completes once, and only when none of its pieces runs; nobody touches a job that
 * has completed; no job is left while the workers sleep; close ends.
 *
 * BREAK 1  a worker does not look again before it sleeps
 * BREAK 2  a worker looks again and then stops spinning
 * BREAK 3  a worker reads the epoch after it looked again
 * BREAK 4  cancel does not look into the inbox
 * BREAK 5  cancel completes although a piece runs
 * BREAK 6  who pushes reads the job to know how many to wake
 * BREAK 7  push stores the head without comparing
 * BREAK 8  the inbox is appended in its own order, last in first
 * BREAK 9  who finishes a piece counts down, and then looks whether it was the last
 * BREAK 10  cancel moves the inbox to the queue and wakes nobody
 */
#ifndef BREAK
#define BREAK 0
#endif
#include "futex.inc"

#define JOBS 3
#define EPOCH 1 /* an address */

/* Shared without a lock. */
byte inbox;	 /* job + 1; 0 = empty */
byte next[JOBS]; /* job + 1 */
byte epoch, sleepers, spinning;
bool stop;

/* Guarded by the consumer lock. */
bool lock;
chan queue = [JOBS] of { byte };
byte end_[JOBS], claimed[JOBS];

byte running[JOBS]; /* with claimed and end in one word */

/* What really happened. */
bool live[JOBS];
byte completed, started; /* sets of jobs */
byte ran[JOBS];
bool cancels; /* which crowd it is */
byte joined, submitters = 2;

inline touch(j)
{
	assert(live[j])
}

inline complete(j)
{
	d_step {
		touch(j);
		assert(running[j] == 0 && claimed[j] == end_[j]);
		assert(ran[j] == claimed[j]);
		live[j] = false;
		completed = completed | (1 << j)
	}
}

/* Take the lock, and the inbox: from here on a worker that looks again does not see
 * what was in it. */
inline acquire()
{
	atomic { !lock -> lock = true; k = inbox; inbox = 0 }
}

/* Append the chain from k to the queue, first in first.  With the lock held, and inside
 * atomic, as all that it guards: nobody else looks at it. */
inline append()
{
#if BREAK != 8
	do
	:: k != 0 ->
		touch(k - 1);
		turned = k;
		k = next[k - 1];
		next[turned - 1] = before;
		before = turned
	:: else -> break
	od;
	k = before;
	before = 0;
#endif
	do
	:: k != 0 -> touch(k - 1); turned = k - 1; queue!turned; k = next[turned]; next[turned] = 0
	:: else -> break
	od;
	turned = 0
}

inline wake()
{
	if
	:: spinning == 0 && sleepers > 0 -> epoch++; futex_wake_one(EPOCH)
	:: else
	fi
}

/* The next piece; have = there is one. */
inline claim()
{
	acquire();
	atomic {
		append();
		have = len(queue) > 0;
		if
		:: have ->
			queue?<j>;
			touch(j);
			assert(claimed[j] < end_[j]);
			assert(j != 1 || (started & 1));
			started = started | (1 << j);
			claimed[j]++;
			running[j]++;
			if
			:: claimed[j] == end_[j] -> queue?_
			:: else
			fi
		:: else
		fi;
		more = len(queue) > 0;
		lock = false
	}
}

/* The piece was run. */
inline finish(j)
{
#if BREAK == 9
	d_step { touch(j); ran[j]++; running[j]-- }
	d_step { touch(j); last = running[j] == 0 && claimed[j] == end_[j] }
#else
	d_step { touch(j); ran[j]++; running[j]--; last = running[j] == 0 && claimed[j] == end_[j] }
#endif
	if
	:: last -> complete(j)
	:: else
	fi
}

inline sleep(me)
{
	spinning++;
#if BREAK == 2
	have = inbox != 0 || len(queue) > 0 || stop;
#endif
	spinning--;
	sleepers++;
#if BREAK != 3
	seen = epoch;
#endif
#if BREAK == 1
	have = stop;
#elif BREAK != 2
	have = inbox != 0 || len(queue) > 0 || stop;
#endif
#if BREAK == 3
	seen = epoch;
#endif
	if
	:: !have -> futex_wait(me, EPOCH, epoch, seen)
	:: else
	fi;
	atomic { sleepers--; seen = 0; have = false }
}

proctype worker(byte me)
{
	byte j, k, before, turned, seen;
	bool have, more, last;

	do
	:: claim();
	   if
	   :: have ->
		if
		:: more -> wake()
		:: else
		fi;
		finish(j)
	   :: !have && stop -> break
	   :: !have && !stop -> sleep(me)
	   fi;
	   atomic { j = 0; last = false; have = false; more = false }
	od;
	joined++
}

inline submit(j, pieces)
{
	d_step { live[j] = true; end_[j] = pieces }
	do
	:: true -> k = inbox;
	   atomic {
		next[j] = k;
		if
#if BREAK == 7
		:: true -> inbox = j + 1; k = 0; break
#else
		:: inbox == k -> inbox = j + 1; k = 0; break
		:: else
#endif
		fi
	   }
	od;
#if BREAK == 6
	touch(j);
#endif
	wake()
}

/* Job j was submitted; its slot is pinned, it may be complete. */
inline cancel(j)
{
#if BREAK == 4
	atomic { !lock -> lock = true }
#else
	acquire();
#endif
	atomic {
		append();
		if
		:: claimed[j] == end_[j] -> last = false
		:: else ->
			end_[j] = claimed[j];
			if
			:: queue??[eval(j)] -> queue??eval(j)
			:: else
			fi;
			started = started | (1 << j);
#if BREAK == 5
			last = true
#else
			last = running[j] == 0
#endif
		fi;
		more = len(queue) > 0;
		lock = false
	}
	if
	:: last -> complete(j)
	:: else
	fi;
#if BREAK != 10
	if
	:: more -> wake()
	:: else
	fi
#endif
}

proctype first()
{
	byte k;

	if
	:: cancels -> submit(0, 2)
	:: else -> submit(0, 1); submit(1, 1)
	fi;
	submitters--
}

proctype second()
{
	byte k, before, turned;
	bool last, more;

	submit(2, 1);
	if
	:: cancels && submitters == 1 -> cancel(0) /* the other thread has told the handle */
	:: cancels -> cancel(2)
	:: else
	fi;
	submitters--
}

proctype closer()
{
	submitters == 0 && completed == (cancels -> 5 : 7);
	stop = true;
	epoch++;
	futex_wake_all(EPOCH);
	joined == 2
}

init {
	if
	:: cancels = true
	:: true
	fi;
	atomic { run worker(0); run worker(1); run first(); run second(); run closer() }
}
