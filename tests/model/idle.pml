/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The pool's workers that have nothing to do: backends/pool/idle.c, and who calls it in
 * worker.c and pool.c.  How the lane and the word of a job hold together is not in it:
 * here a piece is pushed or taken in one step.
 *
 * Two workers; two pieces, pushed by one thread at once or by two, and neither ends
 * before the other was started.  Then the pool is closed.
 *
 * Proved: as long as there are workers, no piece waits while one sleeps; no worker is
 * counted twice, and there is a token for each that was woken; close ends.
 *
 * BREAK 1  a worker does not look again before it sleeps
 * BREAK 2  a worker looks again and then counts itself asleep
 * BREAK 3  a worker that looked again does not ask whether it was woken meanwhile
 * BREAK 4  a worker that leaves pieces behind wakes nobody
 * BREAK 5  a worker ends its search after it took a piece
 * BREAK 6  who pushes looks at the counts first
 * BREAK 7  who wakes posts one token for all
 */
#ifndef BREAK
#define BREAK 0
#endif

#define WORKERS 2
#define PIECES 2

byte work; /* unclaimed pieces */
byte searching, asleep; /* one word */
byte tokens;
bool stop;

/* What really happened. */
byte started, joined, pushed;

#define DUE (stop || work > 0)

inline wake(n)
{
	atomic {
		if
		:: asleep == 0 || searching >= n -> woken = 0
		:: else ->
			woken = n - searching;
			if
			:: woken > asleep -> woken = asleep
			:: else
			fi;
			asleep = asleep - woken;
			searching = searching + woken
		fi
	}
#if BREAK == 7
	if
	:: woken > 0 -> tokens++; woken = 0
	:: else
	fi
#else
	do
	:: woken > 0 -> atomic { tokens++; woken-- }
	:: else -> break
	od
#endif
}

inline sleep()
{
#if BREAK == 2
	due = DUE;
#endif
	d_step { searching--; asleep++ }
#if BREAK == 1
	due = stop;
#elif BREAK != 2
	due = DUE;
#endif
	atomic {
		if
#if BREAK == 3
		:: due -> assert(asleep > 0); asleep--; searching++
#else
		:: due && asleep > 0 -> asleep--; searching++
#endif
		:: else -> due = false
		fi
	}
	if
	:: due
	:: else -> atomic { tokens > 0 -> tokens-- }
	fi;
	due = false
}

/* The next piece; left = how many wait then. */
inline take()
{
	d_step {
		have = work > 0;
		work = (have -> work - 1 : 0);
		left = work
	}
}

/* Took a piece. */
inline run_()
{
#if BREAK != 4
	if
	:: left > 0 -> wake(left)
	:: else
	fi;
#endif
	started++;
	started == PIECES;
	atomic { have = false; left = 0 }
}

proctype worker()
{
	byte woken, left;
	bool have, due;

	do
	:: take();
	   if
	   :: have -> run_()
	   :: !have && stop -> break
	   :: !have && !stop ->
		searching++;
		if
		:: DUE /* while it spins */
		:: sleep()
		fi;
#if BREAK == 5
		take();
		searching--;
		if
		:: have -> run_()
		:: else
		fi
#else
		d_step { assert(searching > 0); searching-- }
#endif
	   fi
	od;
	joined++
}

proctype submitter(byte n)
{
	byte woken;

#if BREAK == 6
	wake(n);
	work = work + n;
#else
	work = work + n;
	wake(n);
#endif
	pushed = pushed + n
}

proctype closer()
{
	byte woken;

	pushed == PIECES && started == PIECES;
	stop = true;
	wake(WORKERS);
	joined == WORKERS;
	assert(searching == 0 && asleep == 0 && tokens == 0 && work == 0)
}

init {
	atomic {
		run worker(); run worker(); run closer();
		if
		:: run submitter(1); run submitter(1)
		:: run submitter(2)
		fi
	}
}
