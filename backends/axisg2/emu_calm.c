/* SPDX-License-Identifier: BSD-3-Clause */
/* A program's signal handler may call us again, SIGIO's more than others, and a thread may be
 * cancelled where we call the system.  Neither must happen while it holds a lock. */
#include <signal.h>

#include "backends/axisg2/emu.h"

static _Thread_local unsigned depth;
static _Thread_local sigset_t before;
static _Thread_local int cancel_before;

void amli_axisg2_calm(void)
{
	sigset_t all;

	if (!depth) {
		sigfillset(&all);
		pthread_sigmask(SIG_BLOCK, &all, &before);
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_before);
	}
	depth++;
}

void amli_axisg2_uncalm(void)
{
	sigset_t mask = before;

	if (--depth)
		return;
	pthread_setcancelstate(cancel_before, NULL);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
}
