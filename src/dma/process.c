/* SPDX-License-Identifier: BSD-3-Clause */
#include "dma/process.h"

#include <pthread.h>

#include "dma/registry.h"

unsigned amli_process;

static void forked(void)
{
	amli_process++;
	amli_registry_unlock();
}

static void init(void)
{
	pthread_atfork(amli_registry_lock, amli_registry_unlock, forked);
}

void amli_process_init(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, init);
}
