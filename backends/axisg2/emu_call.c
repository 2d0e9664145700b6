/* SPDX-License-Identifier: BSD-3-Clause */
/* read() and write(). */
#include <errno.h>
#include <fcntl.h>

#include "backends/axisg2/emu_handle.h"

static uint64_t pointer(uint64_t data, uint32_t is32)
{
	return is32 ? data & UINT32_MAX : data;
}

/* ---- write ---- */

/* To the card, or to where buffers wait for it. */
static void post(struct amli_axisg2_emu *dev, uint32_t index, const struct axisg2_write *record)
{
	struct amli_axisg2_buffer *buffer = amli_axisg2_buffer(dev, index);
	uint32_t every = dev->config.tail_every;

	buffer->size = record->size;
	buffer->dest = record->dest;
	buffer->flags = record->flags & (0xffff | AXISG2_CONT | AXISG2_TIMEOUT);
	buffer->error = 0;
	buffer->due_ns = 0;
	buffer->uses++;
	if (every && ++dev->submissions % every == 0)
		buffer->due_ns = amli_axisg2_now_ns() + dev->config.tail_us * UINT64_C(1000);
	amli_axisg2_put(dev, index, AMLI_AXISG2_TX_PRE, 0);
	amli_axisg2_card_run(dev);
}

/* Nobody checks who holds the buffer.  One that is on its way already would be in two lists
 * of the driver, which then come apart: here it only goes its way once, and is counted. */
static long write_index(struct amli_axisg2_emu *dev, const struct axisg2_write *record)
{
	switch (amli_axisg2_buffer(dev, record->index)->where) {
	case AMLI_AXISG2_TX_FREE:
		amli_axisg2_take_free(dev, record->index);
		break;
	case AMLI_AXISG2_USER:
	case AMLI_AXISG2_LOST:
		break;
	default:
		amli_axisg2_control_set(dev, AMLI_AXISG2_CONTROL_MISUSED,
					amli_axisg2_control(dev, AMLI_AXISG2_CONTROL_MISUSED) + 1);
		return record->size;
	}
	post(dev, record->index, record);
	return record->size;
}

static uint32_t take_free(struct amli_axisg2_handle *handle)
{
	struct amli_axisg2_emu *dev = handle->at->dev;
	uint32_t index = amli_axisg2_take(dev, AMLI_AXISG2_TX_FREE);

	if (index == AMLI_AXISG2_NONE && amli_axisg2_reap(handle->at))
		index = amli_axisg2_take(dev, AMLI_AXISG2_TX_FREE);
	return index;
}

/* The copy is made without the lock. */
static long write_copy(struct amli_axisg2_handle *handle, const struct axisg2_write *record)
{
	struct amli_axisg2_emu *dev = handle->at->dev;
	uint32_t index;
	bool ok;

	amli_axisg2_emu_lock(dev);
	index = take_free(handle);
	if (index != AMLI_AXISG2_NONE)
		amli_axisg2_put(dev, index, AMLI_AXISG2_BUSY, handle->slot);
	amli_axisg2_unlock(handle->at);
	if (index == AMLI_AXISG2_NONE)
		return 0;
	ok = amli_axisg2_user_in(amli_axisg2_data(dev, index), pointer(record->data, record->is32),
				 record->size);
	amli_axisg2_emu_lock(dev);
	if (ok)
		post(dev, index, record);
	else
		amli_axisg2_recycle(dev, index);
	amli_axisg2_unlock(handle->at);
	return ok ? (long)record->size : -EPERM;
}

long amli_axisg2_call_write(struct amli_axisg2_handle *handle, uint64_t address, size_t bytes)
{
	struct amli_axisg2_emu *dev = handle->at->dev;
	struct axisg2_write record = {.data = 0};
	long rc;

	if (handle->access == O_RDONLY)
		return -EBADF;
	if (!amli_axisg2_user_range(address, bytes))
		return -EFAULT;
	if (bytes != sizeof(record) || !amli_axisg2_user_in(&record, address, sizeof(record)) ||
	    record.size > dev->config.size || record.dest >= AXISG2_DESTS)
		return -EPERM;
	if (pointer(record.data, record.is32))
		return write_copy(handle, &record);
	if (record.index >= amli_axisg2_total(dev))
		return -EPERM;
	amli_axisg2_emu_lock(dev);
	rc = write_index(dev, &record);
	amli_axisg2_unlock(handle->at);
	return rc;
}

/* ---- read ---- */

/* Buffers for the records, as many as wait. */
static size_t take_all(struct amli_axisg2_handle *handle, struct axisg2_read *record, size_t n)
{
	struct amli_axisg2_emu *dev = handle->at->dev;
	size_t k = 0;

	amli_axisg2_emu_lock(dev);
	for (; k < n; k++) {
		uint32_t index = amli_axisg2_take_queued(dev, handle->slot);
		const struct amli_axisg2_buffer *buffer = amli_axisg2_buffer(dev, index);
		bool copies = pointer(record[k].data, record[k].is32);

		if (index == AMLI_AXISG2_NONE)
			break;
		record[k].dest = buffer->dest;
		record[k].flags = buffer->flags;
		record[k].index = index;
		record[k].error = buffer->error;
		record[k].ret = (int32_t)buffer->size;
		amli_axisg2_put(dev, index, copies ? AMLI_AXISG2_BUSY : AMLI_AXISG2_USER,
				handle->slot);
	}
	amli_axisg2_unlock(handle->at);
	return k;
}

static bool copy_out(struct amli_axisg2_emu *dev, struct axisg2_read *record)
{
	uint64_t to = pointer(record->data, record->is32);

	if (!to)
		return false;
	if (record->size < (uint32_t)record->ret) {
		record->ret = -1;
		record->error |= AXISG2_ERROR_MAX;
	} else if (!amli_axisg2_user_out(to, amli_axisg2_data(dev, record->index),
					 (size_t)record->ret)) {
		record->ret = -1;
	}
	return true;
}

/* Buffers that were copied go back. */
static void copy_all(struct amli_axisg2_handle *handle, struct axisg2_read *record, size_t n)
{
	struct amli_axisg2_emu *dev = handle->at->dev;
	bool any = false;

	for (size_t i = 0; i < n; i++)
		any |= copy_out(dev, &record[i]);
	if (!any)
		return;
	amli_axisg2_emu_lock(dev);
	for (size_t i = 0; i < n; i++)
		if (pointer(record[i].data, record[i].is32))
			amli_axisg2_recycle(dev, record[i].index);
	amli_axisg2_card_run(dev);
	amli_axisg2_unlock(handle->at);
}

long amli_axisg2_call_read(struct amli_axisg2_handle *handle, uint64_t address, size_t bytes)
{
	struct amli_axisg2_emu *dev = handle->at->dev;
	size_t n = bytes / sizeof(struct axisg2_read), k;
	struct axisg2_read *record, few[64];

	if (handle->access == O_WRONLY)
		return -EBADF;
	if (!amli_axisg2_user_range(address, bytes))
		return -EFAULT;
	if (bytes % sizeof(*record))
		return -EPERM;
	if (dev->config.version >= 70200 && n > amli_axisg2_total(dev))
		return -EINVAL;
	record = amli_axisg2_room(few, sizeof(few), bytes);
	if (!record)
		return -ENOMEM;
	if (!amli_axisg2_user_in(record, address, bytes)) {
		amli_axisg2_no_room(record, few, bytes);
		return -EPERM;
	}
	k = take_all(handle, record, n);
	if (k) {
		copy_all(handle, record, k);
		amli_axisg2_user_out(address, record, bytes);
	}
	amli_axisg2_no_room(record, few, bytes);
	return (long)k;
}
