/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "backends/axisg2/emu.h"

static uint64_t to_page(uint64_t bytes)
{
	return (bytes + 4095) & ~UINT64_C(4095);
}

/* The device, its buffers' records, the buffers, BAR 0. */
static void place(struct amli_axisg2_emu *dev, const struct amli_axisg2_config *config)
{
	uint64_t total = (uint64_t)config->tx + config->rx;

	dev->buffers_at = to_page(sizeof(*dev));
	dev->sort_at = dev->buffers_at + total * sizeof(struct amli_axisg2_buffer);
	dev->pool_at = to_page(dev->sort_at + total * sizeof(uint32_t));
	dev->bar_at = to_page(dev->pool_at + total * config->size);
	dev->bytes = dev->bar_at + AXISG2_BAR_END;
}

uint64_t amli_axisg2_emu_bytes(const struct amli_axisg2_config *config)
{
	uint64_t total = (uint64_t)config->tx + config->rx;
	uint64_t each = sizeof(struct amli_axisg2_buffer) + sizeof(uint32_t);
	uint64_t pool = to_page(to_page(sizeof(struct amli_axisg2_emu)) + total * each);

	return to_page(pool + total * config->size) + AXISG2_BAR_END;
}

static void init_lock(pthread_mutex_t *lock)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(lock, &attr);
	pthread_mutexattr_destroy(&attr);
}

void amli_axisg2_emu_init(struct amli_axisg2_emu *dev, const struct amli_axisg2_config *config)
{
	init_lock(&dev->lock);
	dev->config = *config;
	place(dev, config);
	dev->started_ns = amli_axisg2_now_ns();
	for (int i = 0; i < AMLI_AXISG2_PLACES; i++)
		dev->list[i].head = dev->list[i].tail = AMLI_AXISG2_NONE;
	for (uint32_t i = 0; i < AMLI_AXISG2_SLOTS; i++)
		dev->slot[i].queue.head = dev->slot[i].queue.tail = AMLI_AXISG2_NONE;
	for (uint32_t i = 0; i < AMLI_AXISG2_LANES; i++)
		dev->lane[i].current = AMLI_AXISG2_NONE;
	for (uint32_t i = 0; i < AXISG2_DESTS; i++)
		dev->open[i].index = AMLI_AXISG2_NONE;
	for (uint32_t i = 0; i < config->nsources; i++)
		dev->source[i].next_ns = dev->started_ns;
	for (uint32_t i = 0; i < amli_axisg2_total(dev); i++)
		amli_axisg2_recycle(dev, i);
	amli_axisg2_registers_init(dev);
	amli_axisg2_card_run(dev);
	dev->magic = AMLI_AXISG2_MAGIC;
}

void amli_axisg2_emu_lock(struct amli_axisg2_emu *dev)
{
	amli_axisg2_calm();
	if (pthread_mutex_lock(&dev->lock) != EOWNERDEAD)
		return;
	pthread_mutex_consistent(&dev->lock);
	amli_axisg2_repair(dev);
}

void amli_axisg2_emu_unlock(struct amli_axisg2_emu *dev)
{
	pthread_mutex_unlock(&dev->lock);
	amli_axisg2_uncalm();
}

uint64_t amli_axisg2_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}
