/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "backends/axisg2/emu_handle.h"

/* How often to look whether another process has died. */
#define LOOK_NS UINT64_C(20000000)

void amli_axisg2_ring(struct amli_axisg2_emu *dev)
{
	atomic_fetch_add(&dev->bell, 1);
	syscall(SYS_futex, &dev->bell, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* Until the bell rings, or the time has come; UINT64_MAX = never. */
static void doze(struct amli_axisg2_emu *dev, uint32_t seen, uint64_t until_ns)
{
	uint64_t now = amli_axisg2_now_ns(), left;
	struct timespec limit;

	if (until_ns <= now)
		return;
	left = until_ns - now;
	limit.tv_sec = (time_t)(left / 1000000000u);
	limit.tv_nsec = (long)(left % 1000000000u);
	syscall(SYS_futex, &dev->bell, FUTEX_WAIT, seen, until_ns == UINT64_MAX ? NULL : &limit,
		NULL, 0);
}

static bool has_strangers(const struct amli_axisg2_attachment *at)
{
	for (uint32_t i = 0; i < at->dev->slots_used; i++)
		if (at->dev->slot[i].used && !at->local[i])
			return true;
	return false;
}

static void *serve(void *arg)
{
	struct amli_axisg2_attachment *at = arg;
	struct amli_axisg2_emu *dev = at->dev;
	uint64_t look_ns = 0;

	for (;;) {
		uint64_t until_ns;
		uint32_t seen = atomic_load(&dev->bell);

		/* After the look at the bell: it rings after stop is set. */
		if (atomic_load(&at->stop))
			return NULL;
		amli_axisg2_emu_lock(dev);
		if (!has_strangers(at)) {
			look_ns = UINT64_MAX;
		} else if (look_ns == UINT64_MAX || look_ns <= amli_axisg2_now_ns()) {
			amli_axisg2_reap(at);
			look_ns = amli_axisg2_now_ns() + LOOK_NS;
		}
		amli_axisg2_card_run(dev);
		dev->service_ns = dev->next_ns;
		until_ns = dev->next_ns < look_ns ? dev->next_ns : look_ns;
		amli_axisg2_unlock(at);
		doze(dev, seen, until_ns);
	}
}

int amli_axisg2_service_start(struct amli_axisg2_attachment *at)
{
	sigset_t all, before;
	int rc;

	atomic_store(&at->stop, false);
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	rc = pthread_create(&at->service, NULL, serve, at);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	at->has_service = !rc;
	return -rc;
}

void amli_axisg2_service_stop(struct amli_axisg2_attachment *at)
{
	if (!at->has_service)
		return;
	atomic_store(&at->stop, true);
	amli_axisg2_ring(at->dev);
	pthread_join(at->service, NULL);
	at->has_service = false;
}
