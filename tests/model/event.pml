/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The descriptor of an engine: src/dma/event.c, aml_dma_drain() of dma.c.
 *
 * It is an eventfd, which only the first end since the last drain writes to.  Two
 * requests end in two threads, before or after the descriptor is made; or the engine must be
 * driven: two threads submit, which makes it readable, and the requests end in a drain.  One
 * thread polls it, level or edge triggered, drains it and looks at the requests; another
 * drains once, at any time, where the engine needs no driving.  When all was seen the first thread goes on polling, or closes.
 *
 * Proved: no end is lost: when nothing moves any more, all was seen, and each is counted
 * once by a drain if it came after the descriptor was made; then the descriptor is not
 * readable; it wakes no more often than there are ends and submits, and once when it
 * is made; nobody writes to it after it was closed.
 *
 * BREAK 1  drain clears the flag and then reads
 * BREAK 2  drain looks at the requests before it clears
 * BREAK 3  completion writes before DONE
 * BREAK 4  completion leaves flight and then writes
 * BREAK 5  the descriptor is not readable when it is made
 * BREAK 6  drain does not read
 * BREAK 7  drain does not clear the flag
 * BREAK 8  drain takes the count before it clears
 * BREAK 9  drain drives and then clears
 * BREAK 10  drain clears the flag although the read got nothing
 *
 * As to 10: who raised the flag is about to write; then the next end writes too, which is one
 * wake-up more than there was anything for.
 */
#ifndef BREAK
#define BREAK 0
#endif

#define REQUESTS 2

bool is_made, is_closed, is_edge_triggered;
bool closes;	/* the poller, when it has seen all */
bool is_driven; /* AML_DMA_PROGRESS */
byte fd;	/* the eventfd's count */
bool edge;	/* epoll has an event for the edge triggered one */
bool raised;	/* somebody has written, or is about to */
byte ended;
bool queued[REQUESTS], done[REQUESTS], seen[REQUESTS];
byte in_flight = REQUESTS;
byte submitting = REQUESTS; /* the program does not close meanwhile */

/* What really happened. */
byte wakes, told, counted;

inline write_fd()
{
	d_step { assert(!is_closed); fd++; edge = true }
}

inline raise()
{
	d_step { old = raised; raised = true }
	if
	:: !old -> write_fd()
	:: else
	fi
}

/* Having published DONE. */
inline tell()
{
	if
	:: is_made -> d_step { ended++; told++ } raise()
	:: else
	fi
}

inline complete(i)
{
#if BREAK == 3
	tell();
	done[i] = true;
	in_flight--
#elif BREAK == 4
	done[i] = true;
	in_flight--;
	tell()
#else
	done[i] = true;
	tell();
	in_flight--
#endif
}

proctype requester(byte i)
{
	bool old;

	if
	:: is_driven ->
		queued[i] = true;
		if
		:: is_made -> raise()
		:: else
		fi
	:: else -> complete(i)
	fi;
	submitting--
}

inline look()
{
	seen[0] = seen[0] || done[0];
	seen[1] = seen[1] || done[1]
}

inline count()
{
	d_step { counted = counted + ended; ended = 0 }
}

inline take()
{
#if BREAK == 8
	count();
#endif
#if BREAK == 1
	raised = false;
#endif
	if
	:: raised ->
		d_step {
			got = fd > 0;
#if BREAK != 6
			fd = 0 /* read: does not block */
#endif
		}
		if
#if BREAK != 1 && BREAK != 7
		:: got || BREAK == 10 -> raised = false
#endif
		:: else
		fi
	:: else
#if BREAK == 1
		-> fd = 0
#endif
	fi;
#if BREAK != 8
	count()
#endif
}

inline progress()
{
	moved = false;
	if
	:: atomic { is_driven && queued[0] -> queued[0] = false; moved = true } complete(0)
	:: atomic { is_driven && queued[1] -> queued[1] = false; moved = true } complete(1)
	:: atomic { else -> skip }
	fi
}

/* And look. */
inline drain()
{
#if BREAK == 2
	look();
#endif
	do
#if BREAK == 9
	:: true -> progress(); if :: moved :: else -> break fi
#else
	:: true -> take(); progress(); if :: moved :: else -> break fi
#endif
	od;
#if BREAK == 9
	take();
#endif
#if BREAK != 2
	look();
#endif
	skip;
	d_step { moved = false; got = false; old = false }
}

proctype poller()
{
	bool old, got, moved;

#if BREAK != 5
	d_step { fd = 1; edge = true; raised = true } /* nobody has seen it yet */
#endif
	is_made = true;
end:	do
	:: atomic {
		!is_closed && (is_edge_triggered -> edge : fd > 0) ->
		edge = false;
		wakes++;
		assert(wakes <= (is_driven -> 2 * REQUESTS : REQUESTS) + 1)
	   }
	   drain()
	:: closes && seen[0] && seen[1] && !is_closed ->
		in_flight == 0 && (submitting == 0 || !is_driven); /* the barrier of close */
		is_closed = true
	od
}

proctype drainer()
{
	bool old, got, moved;

	/* the program does not close while it drains */
end:	atomic { is_made && !is_closed -> in_flight++ }
	drain();
	in_flight--
}

proctype observer()
{
	timeout;
	assert(seen[0] && seen[1]);
	assert(is_closed || (fd == 0 && ended == 0 && counted == told))
}

init {
	atomic {
		if
		:: is_edge_triggered = true
		:: true
		fi;
		if
		:: closes = true
		:: true
		fi;
		if
		:: is_driven = true
		:: true
		fi;
		run requester(0); run requester(1);
		run poller(); run observer();
		if
		:: !is_driven -> run drainer()
		:: true
		fi
	}
}
