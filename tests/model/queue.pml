/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The pool's queue: lane.c, queue.c, idle.c of backends/pool, pool_next() and pool_idle() of
 * worker.c, and submit, find, run, progress and cancel of pool.c.
 *
 * Each step is one access to a word that others may change meanwhile: the tail of a lane,
 * its head, a job's `next`, the word of a job, the counts of idle.c.  What only the holder of
 * the lock uses goes with the step before or after it; a CAS goes with its load, and a look for
 * work is one step, as in idle.pml, which has more of idle.c.
 *
 * A crowd is one of these, so that each is small; then the pool is closed:
 *
 *	PIECES	 a job of two pieces, which is cancelled and of which one may fail, and one of
 *		 one piece; two workers
 *	LINE	 three jobs of two threads, two of which are cancelled; one worker
 *	URGENT	 a job of two pieces, and an urgent one, which goes first; two workers
 *	SETS	 a job in each of two sets, and a worker at home in each
 *	HELP	 a thread submits a job and helps until it is done, waking nobody for that;
 *		 another one submits one, which may be an operator: not for helpers; one worker
 *
 * In URGENT and SETS the first piece takes until all others were started.
 *
 * Proved: each piece runs once, or not at all after a failure or a cancel; a job completes
 * once, only when none of its pieces runs or is still to run; nobody but a cancel, which has it
 * pinned, touches a job that has completed; jobs of one thread start in its order; no job waits
 * while those who could run it sleep; close ends.
 *
 * Left out: copies made at once by who submits them; turns of a worker away from home; how
 * long urgent ones may go first (here: once); what is before submit and after complete:
 * request.pml.
 *
 * BREAK 1  a worker does not look again before it sleeps
 * BREAK 2  a worker that leaves pieces behind wakes nobody
 * BREAK 3  a worker that found nothing in its set does not look at the others
 * BREAK 4  the last of a lane leaves without awaiting who has joined behind it
 * BREAK 5  a job is taken out of the middle without settling what is before it
 * BREAK 6  one that leaves stays the last that is settled
 * BREAK 7  who leaves the end of a lane changes the tail, and then what leads to it
 * BREAK 8  join links to the one before, and then changes the tail
 * BREAK 9  who claims the last piece inside leaves it in the lane
 * BREAK 10  who leaves counts down, and then looks whether it was the last
 * BREAK 11  drop completes a job although a thread is inside
 * BREAK 12  drop does not take the lock
 * BREAK 13  drop changes the word first, and then takes it out of the lane
 * BREAK 14  a failure cuts off the rest, and leaves it in the lane
 * BREAK 15  who fails takes it out of the lane although another has
 * BREAK 16  who pushes reads the job to know how many to wake
 */
#ifndef BREAK
#define BREAK 0
#endif

#define JOBS 3
#define LANES 2 /* of one set: others, urgent; or of two sets, one each */
#define WORKERS (crowd == LINE || crowd == HELP -> 1 : 2)
#define TAKERS (crowd == LINE -> 1 : 2)

/* The crowd in which an error is found, to be quick. */
#if BREAK == 1
#define ONLY HELP
#elif BREAK == 2 || BREAK == 3
#define ONLY SETS
#elif BREAK >= 4 && BREAK <= 8
#define ONLY LINE
#elif BREAK >= 9
#define ONLY PIECES
#endif

mtype = { PIECES, LINE, URGENT, SETS, HELP };
mtype crowd;

#define SET_OF(j) (crowd == SETS -> (j) : 0)
#define IS_URGENT(j) (crowd == URGENT && (j) == 1)
#define LANE_OF(j) (crowd == SETS || crowd == URGENT -> (j) : 0)
#define HELPER 2 /* after the workers */

/* Links are job + 1; 0 = NULL. */
byte tail[LANES], head[LANES];
byte next[JOBS];

/* Guarded by the lock. */
bool lock[LANES];
byte settled[LANES];
byte prev[JOBS];
bool is_settled[JOBS], in_lane[JOBS];
bool row;

/* The word of a job. */
byte inside[JOBS], claimed[JOBS], end_[JOBS];

byte pieces[JOBS];
bool is_operator; /* job 1, in HELP */

byte searching, asleep; /* one word */
byte tokens;
bool stop;

/* What really happened. */
bool live[JOBS];
byte running[JOBS], ran[JOBS]; /* ran: a set of pieces */
byte submitted, started, completed; /* sets of jobs */
bool cut[JOBS];			    /* it failed or was cancelled */
byte joining, cancels, joined;	    /* threads */

#define touch(j) assert(live[j])
/* Whom to wake for it: a helper comes itself. */
#define NEWS(j) (crowd == HELP && j == 0 -> 0 : pieces[j])
#define ALL (crowd == LINE -> 7 : 3)

/* A set of jobs to be taken; all of them can be if nobody is joining. */
#define WAITS(j) ((in_lane[j] && claimed[j] < end_[j]) << j)
#define WAITING (WAITS(0) | WAITS(1) | WAITS(2))

/* ---- lane.c ---- */

inline join(j)
{
	d_step { next[j] = 0; is_settled[j] = false }
#if BREAK == 8
	k = tail[LANE_OF(j)];
#else
	d_step { k = tail[LANE_OF(j)]; tail[LANE_OF(j)] = j + 1 }
#endif
	d_step {
		if
		:: k != 0 -> touch(k - 1); next[k - 1] = j + 1
		:: else -> head[LANE_OF(j)] = j + 1
		fi;
#if BREAK == 8
		tail[LANE_OF(j)] = j + 1;
#endif
		joining--;
		k = 0
	}
}

/* What is before it leads to a: nobody else has to do with that, or with `settled`. */
inline set_link(j)
{
	if
	:: b != 0 -> touch(b - 1); next[b - 1] = a
	:: else -> head[LANE_OF(j)] = a
	fi
}

inline forget_settled(j)
{
	if
#if BREAK != 6
	:: settled[LANE_OF(j)] == j + 1 -> settled[LANE_OF(j)] = b
#endif
	:: else
	fi
}

/* Find what is before the next that is not settled, once that is linked. */
inline settle_one(j)
{
	atomic {
		(settled[LANE_OF(j)] != 0 -> next[settled[LANE_OF(j)] - 1] : head[LANE_OF(j)]) != 0;
		b = settled[LANE_OF(j)];
		if
		:: b != 0 -> touch(b - 1); settled[LANE_OF(j)] = next[b - 1]
		:: else -> settled[LANE_OF(j)] = head[LANE_OF(j)]
		fi;
		touch(settled[LANE_OF(j)] - 1);
		prev[settled[LANE_OF(j)] - 1] = b;
		is_settled[settled[LANE_OF(j)] - 1] = true
	}
}

/* With the lock held.  a = next, b = prev, as links. */
inline part(j)
{
	d_step {
		touch(j);
		in_lane[j] = false;
		a = next[j];
		b = 0;
		first_ = head[LANE_OF(j)] == j + 1
	}
	if
	:: !first_ ->
#if BREAK != 5
		do
		:: !is_settled[j] -> settle_one(j)
		:: else -> break
		od;
#endif
		b = prev[j]
	:: else
	fi;
	atomic {
		forget_settled(j);
		if
		:: a == 0 && BREAK != 7 -> set_link(j)
		:: else
		fi
	}
	if
	:: a == 0 ->
		atomic {
			if
			:: tail[LANE_OF(j)] == j + 1 -> tail[LANE_OF(j)] = b; gone = true
			:: else -> gone = BREAK == 4
			fi
		}
#if BREAK == 7
		d_step { set_link(j) }
#endif
	:: else
	fi;
	if
	:: !gone ->
		atomic {
			next[j] != 0; /* once it is linked */
			touch(j);
			a = next[j];
			prev[a - 1] = b;
			set_link(j)
		}
	:: else
	fi;
	atomic { a = 0; b = 0; gone = false; first_ = false }
}

/* ---- idle.c ---- */

#define HAS_WORK (tail[0] != 0 || tail[1] != 0)
#define DUE (stop || HAS_WORK)

inline wake(n)
{
	atomic {
		if
		:: asleep == 0 || searching >= n -> woken = 0
		:: else ->
			woken = n - searching;
			woken = (woken > asleep -> asleep : woken);
			asleep = asleep - woken;
			searching = searching + woken
		fi
	}
	do
	:: woken > 0 -> atomic { tokens++; woken-- }
	:: else -> break
	od
}

inline sleep()
{
	d_step { searching--; asleep++ }
#if BREAK == 1
	have = stop;
#else
	have = DUE;
#endif
	atomic {
		if
		:: have && asleep > 0 -> asleep--; searching++
		:: else -> have = false
		fi
	}
	if
	:: have -> have = false
	:: else -> atomic { tokens > 0 -> tokens-- }
	fi
}

/* ---- queue.c ---- */

#define NEXT_JOB(s) \
	(crowd != URGENT -> head[s] : \
	 (head[0] == 0 || (head[1] != 0 && !row) -> head[1] : head[0]))
#define UNCLAIMED(j) (end_[j] - claimed[j])

/* last = it was the last one. */
inline claim(j, enter)
{
	d_step { /* of a single piece, this is the load */
		touch(j);
		have = claimed[j] != end_[j];
		if
		:: have ->
			piece = claimed[j];
			last = piece + 1 == end_[j];
			a = end_[j]
		:: else
		fi;
		if
		:: have && pieces[j] > 1 -> claimed[j]++; inside[j] = inside[j] + enter; a = 0
		:: else
		fi;
		if
		:: have && enter == 1 ->
			assert(crowd != LINE || j != 1 || (started & 1));
			started = started | (1 << j);
			row = IS_URGENT(j) && head[0] != 0
		:: else
		fi
	}
	if
	:: a != 0 -> d_step { touch(j); claimed[j] = piece + 1; end_[j] = a; a = 0 }
	:: else
	fi
}

/* And let go of the lock. */
inline waiting(s)
{
	atomic {
		k = NEXT_JOB(s);
		if
		:: k == 0 -> left = left + (crowd == SETS -> tail[s] != 0 : HAS_WORK)
		:: k != 0 ->
			touch(k - 1);
			left = left + UNCLAIMED(k - 1) + (next[k - 1] != 0) +
			       (crowd == URGENT -> tail[1 - (k - 1)] != 0 : 0)
		:: else
		fi;
		k = 0;
		lock[s] = false
	}
}

/* The one that this thread may take, as a link. */
inline next_job(s)
{
	k = NEXT_JOB(s);
	k = (me == HELPER && is_operator && k == 2 -> 0 : k)
}

/* have = a piece of job j; left = what waits besides. */
inline take(s)
{
	atomic { !lock[s] -> lock[s] = true; next_job(s) }
	do
	:: k == 0 -> break
	:: k != 0 ->
	   j = k - 1;
	   claim(j, 1);
	   if
	   :: !have || last -> part(j)
	   :: else
	   fi;
	   if
	   :: have -> break
	   :: else -> next_job(s)
	   fi
	od;
	waiting(s)
}

/* With the lock held, out of the lane.  mine = it is the caller's to complete. */
inline cut_off(really)
{
	d_step {
		if
		:: really ->
			touch(j);
			mine = claimed[j] != end_[j];
			cut[j] = cut[j] || mine;
			end_[j] = claimed[j];
			mine = (mine && inside[j] == 0) || BREAK == 11
		:: else
		fi
	}
}

inline leave()
{
	if
	:: pieces[j] == 1 -> mine = true
	:: else ->
#if BREAK == 10
		d_step { touch(j); inside[j]-- }
		d_step { touch(j); mine = inside[j] == 0 && claimed[j] == end_[j] }
#else
		d_step {
			touch(j);
			inside[j]--;
			mine = inside[j] == 0 && claimed[j] == end_[j]
		}
#endif
	fi
}

inline drop()
{
#if BREAK != 12
	atomic { !lock[SET_OF(j)] -> lock[SET_OF(j)] = true }
#endif
	if
	:: in_lane[j] ->
#if BREAK == 13
		cut_off(true);
		part(j)
#else
		part(j);
		cut_off(true)
#endif
	:: else
	fi;
#if BREAK != 12
	lock[SET_OF(j)] = false
#endif
}

/* ---- pool.c ---- */

inline complete()
{
	d_step {
		touch(j);
		assert(running[j] == 0 && inside[j] == 0 && claimed[j] == end_[j] && !in_lane[j]);
		assert(ran[j] == (1 << claimed[j]) - 1);
		assert(cut[j] || claimed[j] == pieces[j]);
		live[j] = false;
		completed = completed | (1 << j);
		mine = false
	}
}

inline submit()
{
	d_step {
		live[j] = true;
		pieces[j] = (j == 0 && (crowd == PIECES || crowd == URGENT) -> 2 : 1);
		end_[j] = pieces[j];
		in_lane[j] = true;
		joining++
	}
	join(j);
#if BREAK == 16
	touch(j);
#endif
	wake(NEWS(j));
	submitted = submitted | (1 << j)
}

/* have = a piece of job j. */
inline find()
{
	atomic { at = home; was = (crowd == SETS && !joining -> WAITING : 0) }
	do
	:: if
	   :: tail[at] != 0 || (crowd == URGENT && tail[1] != 0) -> take(at)
	   :: else
	   fi;
	   if
	   :: have || crowd != SETS || at != home || BREAK == 3 -> break
	   :: else -> at = 1 - home
	   fi
	od;
	atomic {
		assert(have || !(was & WAITING));
		was = 0;
		left = (left == 0 && crowd == SETS -> HAS_WORK : left)
	}
	if
#if BREAK != 2
	:: left > 0 -> wake(left)
#endif
	:: else
	fi;
	atomic { left = 0; at = 0; last = false }
}

/* The first piece of job 0 takes long, and what a helper runs that is not its own. */
#define OTHERS_HAVE_STARTED \
	(j == 0 && piece == 0 && (crowd == URGENT || crowd == SETS) -> \
		 claimed[0] == end_[0] && (started & 2) : \
		 (me == HELPER && j == 1 -> started & 1 : true))

/* One piece, which may fail, and unless this is a helper others of the same job. */
inline run_()
{
	do
	:: d_step { touch(j); assert(!(ran[j] & (1 << piece))); running[j]++ }
	   atomic {
		OTHERS_HAVE_STARTED;
		touch(j);
		running[j]--;
		ran[j] = ran[j] | (1 << piece);
		have = false;
		last = false;
		if
		:: crowd == PIECES && j == 0 && piece == 0 -> failed = true; cut[0] = true
		:: true
		fi
	   }
	   if /* go on; after a failure there is nothing to claim */
	   :: !failed && me != HELPER && pieces[j] > 1 &&
	      (crowd != URGENT || IS_URGENT(j) || tail[1] == 0) ->
		claim(j, 0)
	   :: else
	   fi;
	   if
	   :: (last && BREAK != 9) || failed ->
		atomic { !lock[SET_OF(j)] -> lock[SET_OF(j)] = true }
		if
		:: (in_lane[j] && !(failed && BREAK == 14)) || BREAK == 15 -> part(j)
		:: else
		fi;
		cut_off(failed);
		mine = false;
		lock[SET_OF(j)] = false
	   :: else
	   fi;
	   atomic { failed = false; last = false }
	   if
	   :: !have -> break
	   :: else
	   fi
	od;
	leave();
	if
	:: mine -> complete()
	:: else
	fi;
	d_step { j = 0; piece = 0 }
}

proctype taker(byte me)
{
	byte home = (crowd == SETS -> me : 0);
	byte at, was, j, k, a, b, piece, left, woken;
	bool have, last, gone, mine, first_, failed;

	do
	:: find();
	   if
	   :: have -> run_()
	   :: !have && me == HELPER ->
		if
		:: true
		:: completed & 1 /* it slept until then */
		fi
	   :: !have && me != HELPER && stop -> break
	   :: !have && me != HELPER && !stop ->
		searching++;
		if
		:: DUE /* while it spins */
		:: sleep()
		fi;
		searching--
	   fi;
	   if
	   :: me == HELPER && (completed & 1) -> break
	   :: else
	   fi
	od;
	joined++
}

/* Job @j, and then up to @more. */
proctype submitter(byte j, more)
{
	byte k, woken;

	do
	:: submit();
	   if
	   :: j < more -> j++
	   :: else -> break
	   fi
	od;
	if
	:: crowd == HELP && j == 0 -> run taker(HELPER)
	:: else
	fi
}

/* Its slot is pinned; it may be complete. */
proctype canceller(byte j)
{
	byte k, a, b, woken;
	bool gone, mine, first_;

	submitted & (1 << j);
	drop();
	if
	:: mine -> complete()
	:: else
	fi;
	cancels--
}

proctype closer()
{
	byte woken;

	completed == ALL && submitted == ALL && cancels == 0;
	stop = true;
	wake(WORKERS);
	joined == TAKERS;
	assert(searching == 0 && asleep == 0 && tokens == 0 && !HAS_WORK)
}

init {
	atomic {
#ifdef ONLY
		crowd = ONLY;
#else
		if
		:: crowd = PIECES
		:: crowd = LINE
		:: crowd = URGENT
		:: crowd = SETS
		:: crowd = HELP
		fi;
#endif
		run taker(0);
		if
		:: WORKERS == 2 -> run taker(1)
		:: else
		fi;
		if
		:: crowd == PIECES ->
			run submitter(0, 1); cancels = 1; run canceller(0)
		:: crowd == LINE ->
			run submitter(0, 1); run submitter(2, 2);
			cancels = 2; run canceller(1); run canceller(2)
		:: crowd == URGENT ->
			run submitter(0, 0); run submitter(1, 1)
		:: crowd == SETS ->
			run submitter(0, 1)
		:: crowd == HELP ->
			run submitter(0, 0); run submitter(1, 1);
			if
			:: is_operator = true
			:: true
			fi
		fi;
		run closer()
	}
}
