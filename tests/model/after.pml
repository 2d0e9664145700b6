/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A request that comes after two others: src/dma/order.c, stop() of cancel.c.
 *
 * Each predecessor has a list of edges, which its completion closes; an edge points to
 * the join of the dependent: a count of the edges, and one for the thread that submits.
 * Whoever brings it to 0 moves the dependent away from BLOCKED and hands it over, or ends
 * it with the status of a failed predecessor.  Cancel moves it away in the same way.  The join
 * does not pin the dependent: it may outlive it, and its engine, and so it looks for the
 * engine as a visitor and for the life of the request.  The submitter pins the
 * predecessor while it pushes, and the dependent.
 *
 * Each predecessor is one request in a slot that is reused as soon as it can be.  So is
 * the dependent's, for a request that is BLOCKED as well; or its engine is closed.
 *
 * Proved: the dependent is handed over or dropped, once; it starts only when both are DONE
 * and ended well; nobody touches a slot that was reused, an engine that was freed, or
 * the join after it was freed, or pushes an edge to another request; the engine's cancel
 * sees only what was handed over; everything ends.
 *
 * BREAK 1  the join does not look at the life of the dependent
 * BREAK 2  the submitter has no count of its own in the join
 * BREAK 3  the last predecessor does not compare but stores QUEUED
 * BREAK 4  a closed list is taken for DONE
 * BREAK 5  the submitter does not pin the predecessor
 * BREAK 6  a list is closed by a load and a store
 * BREAK 7  edges are fired before DONE is published
 * BREAK 8  the edges are left in the list, and fired from there after DONE
 * BREAK 9  the join is no visitor of the engine
 * BREAK 10  who drops it does not say SUBMITTING: another takes it for the engine's
 * BREAK 11  who hands it over does not look at the note of a cancel
 *
 * As to 4: completion closes the list and then publishes DONE.  A submitter that comes
 * between the two would start, and might end, the dependent of a request that is not DONE.
 */
#ifndef BREAK
#define BREAK 0
#endif

#define FREE 0
#define BLOCKED 1
#define QUEUED 2
#define RUNNING 3
#define DONE 4

#if BREAK == 5
#define PINNED 0
#else
#define PINNED 1
#endif

#define NONE 0
#define EDGE 1
#define CLOSED 2

/* The predecessors. */
byte state[2] = RUNNING;
byte edges[2] = NONE;
byte pins[2];
byte use[2] = 1;	/* requests that the slot was given to: the first is the predecessor */
bool failed[2];
bool ended_well[2], was_done[2]; /* what really happened to the first */

/* The dependent. */
byte d_state = FREE;
bool d_submitting, d_stopping, d_noted;
byte d_pins;
byte d_life;
byte join;
bool bad; /* a predecessor failed */
bool join_freed;
byte started, dropped;
bool d_submitted, d_queued, d_whole;

/* Its engine. */
bool closed, freed;
byte visitors, d_flight;

#define d_touch assert(!freed)

/* State, flags and pins are one word: one step. */
inline d_unpin()
{
	d_step { d_touch; assert(d_pins > 0); d_pins-- }
}

inline d_end()
{
	d_step { d_touch; assert(d_life == 1 && (d_state == QUEUED || d_state == RUNNING)); d_state = DONE }
	d_step { d_touch; d_flight-- }
}

/* It was moved away from BLOCKED by this thread, which has pinned it. */
inline d_drop()
{
	d_step { dropped++; assert(started + dropped == 1) }
	d_end();
	d_step { d_touch; d_submitting = false }
	d_unpin()
}

/* Away from BLOCKED, in its first life. */
inline d_unblock(says)
{
	atomic {
		d_touch;
		if
#if BREAK == 3
		:: true ->
#elif BREAK == 1
		:: d_state == BLOCKED ->
#else
		:: d_state == BLOCKED && d_life == 1 ->
#endif
			assert(d_life == 1);
			d_state = QUEUED;
			d_submitting = says;
			d_pins++;
			mine = true
		:: else -> mine = false
		fi
	}
}

/* The engine's cancel. */
inline d_engine_cancel()
{
	atomic { d_touch; assert(d_whole); was = d_queued; d_queued = false }
	if
	:: was -> was = false; d_end()
	:: else
	fi
}

inline go_on()
{
#if BREAK == 9
	mine = true;
#else
	atomic {
		if
		:: !closed -> visitors++; mine = true
		:: else -> mine = false
		fi
	}
#endif
	if
	:: mine ->
		if
		:: bad ->
			d_unblock(BREAK != 10);
			if
			:: mine -> d_drop()
			:: else
			fi
		:: else ->
			d_unblock(true);
			if
			:: mine ->
				d_step {
					started++;
					assert(started + dropped == 1);
					assert(was_done[0] && was_done[1]);
					assert(ended_well[0] && ended_well[1])
				}
				d_step { d_whole = true; d_queued = true }
				d_step { d_touch; was = d_stopping; d_submitting = false }
				if
#if BREAK != 11
				:: was && d_state != DONE && d_state != FREE -> d_engine_cancel()
#endif
				:: else
				fi;
				assert(!d_noted || !d_queued);
				d_unpin()
			:: else
			fi
		fi;
#if BREAK != 9
		visitors--
#endif
	:: else
	fi;
	d_step { assert(!join_freed); join_freed = true; was = false; mine = false }
}

/* One count of the join less; the last one decides. */
inline arrive()
{
	d_step { assert(!join_freed && join > 0); join--; last = join == 0 }
	if
	:: last -> go_on()
	:: else
	fi
}

inline fire(i)
{
	if
	:: failed[i] -> assert(!join_freed); bad = true
	:: else
	fi;
	arrive()
}

inline publish(i)
{
	d_step { state[i] = DONE; was_done[i] = true }
}

/* A predecessor runs and completes, from an engine's thread. */
proctype predecessor(byte i)
{
	byte list;
	bool last, mine, was;

	if
	:: failed[i] = true
	:: ended_well[i] = true
	fi;
#if BREAK == 6
	list = edges[i];
	edges[i] = CLOSED;
#elif BREAK == 8
	list = NONE;
#else
	d_step { list = edges[i]; edges[i] = CLOSED }
#endif
#if BREAK == 7
	if
	:: list == EDGE -> fire(i)
	:: else
	fi;
	publish(i)
#else
	publish(i);
#if BREAK == 8
	d_step { list = edges[i]; edges[i] = CLOSED }
#endif
	if
	:: list == EDGE -> fire(i)
	:: else
	fi
#endif
}

/* Takes a predecessor and uses its slot again. */
proctype reuser(byte i)
{
	state[i] == DONE;
	if
	:: true
	:: atomic { state[i] == DONE -> state[i] = FREE }
	   atomic { pins[i] == 0 -> use[i]++ }
	   d_step { edges[i] = NONE; state[i] = RUNNING }
	fi
}

/* If the generation matches and it is not FREE. */
inline pin(i)
{
	atomic {
		if
		:: use[i] == 1 && state[i] != FREE -> pins[i] = pins[i] + PINNED
		:: else -> refused = true
		fi
	}
}

inline unpin(i)
{
	d_step { assert(pins[i] >= PINNED); pins[i] = pins[i] - PINNED }
}

/* An edge from predecessor i, which is pinned. */
inline push(i)
{
#if BREAK == 2
	join++;
#endif
	atomic {
		if
		:: edges[i] == CLOSED -> pushed = false
		:: else -> assert(use[i] == 1 && edges[i] == NONE); edges[i] = EDGE; pushed = true
		fi
	}
	if
	:: pushed
	:: else ->
#if BREAK != 4
		was_done[i]; /* a few instructions away */
#endif
		fire(i)
	fi
}

/* All are pinned before the first edge is pushed: a refused call has changed nothing. */
proctype submitter()
{
	bool last, mine, was, pushed, refused;

	pin(0);
	if
	:: !refused ->
		pin(1);
		if
		:: refused -> unpin(0)
		:: else
		fi
	:: else
	fi;
	if
	:: !refused ->
#if BREAK != 2
		join = 3;
#endif
		d_step { d_life = 1; d_state = BLOCKED; d_pins = 1; d_flight = 1 }
		push(0);
		unpin(0);
		push(1);
		unpin(1);
#if BREAK != 2
		arrive();
#endif
		d_unpin();
		d_submitted = true
	:: else
	fi
}

proctype canceller()
{
	bool mine, was, submitting;
	byte state_;

end:	d_submitted;
	atomic { /* pin */
		if
		:: d_life == 1 && d_state != FREE && !closed -> d_touch; d_pins++; mine = true
		:: else -> mine = false
		fi
	}
	if
	:: mine ->
		atomic {
			state_ = d_state;
			submitting = d_submitting;
			if
			:: state_ != DONE && state_ != FREE ->
				d_stopping = true;
				d_noted = submitting
			:: else -> submitting = true
			fi
		}
		if
		:: submitting
		:: !submitting && state_ == BLOCKED ->
			d_unblock(BREAK != 10);
			if
			:: mine -> d_drop()
			:: else
			fi
		:: !submitting && state_ != BLOCKED -> d_engine_cancel()
		fi;
		d_unpin()
	:: else
	fi
}

proctype engine()
{
end:	atomic { d_queued -> d_queued = false; d_state = RUNNING }
	d_end()
}

/* Waits for the dependent; then its slot is another's, BLOCKED too, or the engine is closed. */
proctype waiter()
{
end:	d_submitted;
	atomic { d_state == DONE -> d_state = FREE; d_life++ }
	assert(started + dropped == 1);
	if
	:: atomic { d_pins == 0 -> d_state = BLOCKED; d_stopping = false; d_submitting = false }
	:: d_flight == 0 && d_pins == 0 ->
		closed = true;
		visitors == 0;
		freed = true
	fi
}

init {
	atomic {
		run predecessor(0); run predecessor(1);
		run submitter(); run engine();
		if
		:: run reuser(0); run reuser(1)
		:: run canceller(); run canceller()
		:: run canceller()
		fi;
		run waiter()
	}
}
