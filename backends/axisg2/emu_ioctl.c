/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "backends/axisg2/emu_handle.h"

/* ---- claims ---- */

static bool has(const uint8_t *mask, uint32_t dest)
{
	return mask[dest / 8] >> dest % 8 & 1;
}

static bool is_free(const struct amli_axisg2_emu *dev, const uint8_t *mask)
{
	for (uint32_t i = 0; i < AXISG2_DESTS; i++)
		if (has(mask, i) && dev->claim[i])
			return false;
	return true;
}

/* Once for a descriptor, and all of them or none.  Nothing at all may be claimed often. */
static long claim(struct amli_axisg2_handle *handle, const uint8_t *mask)
{
	struct amli_axisg2_emu *dev = handle->at->dev;
	struct amli_axisg2_slot *slot = &dev->slot[handle->slot];

	if (slot->claimed)
		return -EPERM;
	if (!is_free(dev, mask)) {
		amli_axisg2_reap(handle->at);
		if (!is_free(dev, mask))
			return -EPERM;
	}
	for (uint32_t i = 0; i < AXISG2_DESTS; i++)
		if (has(mask, i)) {
			slot->claimed = 1;
			dev->claim[i] = (uint16_t)(handle->slot + 1);
		}
	return 0;
}

static long claim_word(struct amli_axisg2_handle *handle, uint32_t word)
{
	uint8_t mask[AXISG2_MASK_BYTES] = {(uint8_t)word, (uint8_t)(word >> 8),
					   (uint8_t)(word >> 16), (uint8_t)(word >> 24)};

	return claim(handle, mask);
}

static long claim_bytes(struct amli_axisg2_handle *handle, uint64_t arg)
{
	uint8_t mask[AXISG2_MASK_BYTES];

	if (!amli_axisg2_user_in(mask, arg, sizeof(mask)))
		return -EPERM;
	return claim(handle, mask);
}

/* ---- indexes ---- */

static long get_index(struct amli_axisg2_handle *handle)
{
	struct amli_axisg2_emu *dev = handle->at->dev;
	uint32_t index = amli_axisg2_take(dev, AMLI_AXISG2_TX_FREE);

	if (index == AMLI_AXISG2_NONE && amli_axisg2_reap(handle->at))
		index = amli_axisg2_take(dev, AMLI_AXISG2_TX_FREE);
	if (index == AMLI_AXISG2_NONE)
		return -EPERM;
	amli_axisg2_put(dev, index, AMLI_AXISG2_USER, handle->slot);
	return (long)index;
}

static bool holds(struct amli_axisg2_handle *handle, uint32_t index)
{
	const struct amli_axisg2_buffer *buffer = amli_axisg2_buffer(handle->at->dev, index);

	return buffer->where == AMLI_AXISG2_USER && buffer->owner == handle->slot;
}

/* What is not held is passed over.  Sending buffers go back one by one, received ones all
 * together at the end; so at an index that there is not, those before it are lost. */
static long return_list(struct amli_axisg2_handle *handle, const uint32_t *list, uint32_t n)
{
	struct amli_axisg2_emu *dev = handle->at->dev;
	uint32_t good = 0;

	while (good < n && list[good] < amli_axisg2_total(dev))
		good++;
	for (uint32_t i = 0; i < good; i++) {
		if (!holds(handle, list[i]))
			continue;
		if (good < n && list[i] >= dev->config.tx)
			amli_axisg2_put(dev, list[i], AMLI_AXISG2_LOST, 0);
		else
			amli_axisg2_recycle(dev, list[i]);
	}
	amli_axisg2_card_run(dev);
	if (good == n)
		return 0;
	return dev->config.version < 70200 ? -EPERM : -EINVAL;
}

static long return_indexes(struct amli_axisg2_handle *handle, uint32_t n, uint64_t arg)
{
	struct amli_axisg2_emu *dev = handle->at->dev;
	uint32_t *list, few[256];
	size_t bytes = n * sizeof(*list);
	long rc = -EPERM;

	if (dev->config.version >= 70200 && n > amli_axisg2_total(dev))
		return -EINVAL;
	if (!amli_axisg2_user_range(arg, bytes))
		return -EFAULT;
	list = amli_axisg2_room(few, sizeof(few), bytes);
	if (!list)
		return -ENOMEM;
	if (amli_axisg2_user_in(list, arg, bytes))
		rc = return_list(handle, list, n);
	amli_axisg2_no_room(list, few, bytes);
	return rc;
}

/* ---- registers and versions ---- */

static bool register_in(const struct amli_axisg2_emu *dev, struct axisg2_register *record,
			uint64_t arg)
{
	struct axisg2_register_old old = {0, 0};

	if (dev->config.version >= 51504)
		return amli_axisg2_user_in(record, arg, sizeof(*record));
	if (!amli_axisg2_user_in(&old, arg, sizeof(old)))
		return false;
	*record = (struct axisg2_register){old.address, old.data, 0};
	return true;
}

static bool register_out(const struct amli_axisg2_emu *dev, const struct axisg2_register *record,
			 uint64_t arg)
{
	struct axisg2_register_old old = {(uint32_t)record->address, record->data};

	if (dev->config.version >= 51504)
		return amli_axisg2_user_out(arg, record, sizeof(*record));
	return amli_axisg2_user_out(arg, &old, sizeof(old));
}

static long access_register(struct amli_axisg2_emu *dev, bool writes, uint64_t arg)
{
	struct axisg2_register record = {.address = 0};

	if (!register_in(dev, &record, arg))
		return -EPERM;
	if (writes)
		return amli_axisg2_register_write(dev, record.address, record.data) ? 0 : -EPERM;
	if (!amli_axisg2_register_read(dev, record.address, &record.data))
		return -EPERM;
	return register_out(dev, &record, arg) ? 0 : -EPERM;
}

static long axi_version(struct amli_axisg2_emu *dev, uint64_t arg)
{
	struct axisg2_axi_version version;

	amli_axisg2_axi_version(dev, &version);
	return amli_axisg2_user_out(arg, &version, sizeof(version)) ? 0 : -EPERM;
}

static long git_version(const struct amli_axisg2_emu *dev, uint64_t arg)
{
	return amli_axisg2_user_out(arg, dev->config.git, strlen(dev->config.git)) ? 0 : -EFAULT;
}

static long acknowledge(struct amli_axisg2_emu *dev)
{
	amli_axisg2_control_set(dev, AMLI_AXISG2_CONTROL_ACKS,
				amli_axisg2_control(dev, AMLI_AXISG2_CONTROL_ACKS) + 1);
	return 0;
}

static long set_debug(struct amli_axisg2_emu *dev, uint64_t level)
{
	dev->debug = level & 0xff;
	return 0;
}

/* The release that an ioctl came with; those that were always there are not listed. */
static const struct {
	uint32_t first, last, version;
} since[] = {
	{AXISG2_RX_IN_USER, AXISG2_RX_MISSING, 60100},
	{AXISG2_GIT_VERSION, AXISG2_GIT_VERSION, 60200},
	{AXISG2_GPU_WRITE_ENABLE, AXISG2_GPU_WRITE_ENABLE, 60400},
	{AXISG2_GPU_ADD_MEMORY, AXISG2_GPU_REMOVE_MEMORY, 60600},
	{AXISG2_GPU_IS_SUPPORTED, AXISG2_GPU_IS_SUPPORTED, 60702},
	{AXISG2_GPU_VERSION, AXISG2_GPU_MAX_BUFFERS, 70000},
};

static bool is_known(const struct amli_axisg2_emu *dev, uint32_t command)
{
	for (size_t i = 0; i < sizeof(since) / sizeof(since[0]); i++)
		if (command >= since[i].first && command <= since[i].last)
			return dev->config.version >= since[i].version;
	return true;
}

/* A card without a GPU. */
static long gpu(const struct amli_axisg2_emu *dev)
{
	return dev->config.version >= 60702 ? -AXISG2_ENOTSUPP : -EPERM;
}

static long count(struct amli_axisg2_handle *handle, uint32_t command)
{
	amli_axisg2_reap(handle->at);
	return (long)amli_axisg2_count(handle->at->dev, command);
}

static long dispatch(struct amli_axisg2_handle *handle, uint32_t command, uint32_t n, uint64_t arg)
{
	struct amli_axisg2_emu *dev = handle->at->dev;

	switch (command) {
	case AXISG2_BUFFER_COUNT:
		return (long)amli_axisg2_total(dev);
	case AXISG2_BUFFER_SIZE:
		return (long)dev->config.size;
	case AXISG2_SET_DEBUG:
		return set_debug(dev, arg);
	case AXISG2_SET_MASK:
		return claim_word(handle, (uint32_t)arg);
	case AXISG2_RET_INDEX:
		return return_indexes(handle, n, arg);
	case AXISG2_GET_INDEX:
		return get_index(handle);
	case AXISG2_READ_READY:
		return dev->slot[handle->slot].queue.n != 0;
	case AXISG2_SET_MASK_BYTES:
		return claim_bytes(handle, arg);
	case AXISG2_API_VERSION:
		return dev->config.version < 51600 ? 5 : 6;
	case AXISG2_WRITE_REGISTER:
	case AXISG2_READ_REGISTER:
		return access_register(dev, command == AXISG2_WRITE_REGISTER, arg);
	case AXISG2_RX_COUNT:
		return (long)dev->config.rx;
	case AXISG2_TX_COUNT:
		return (long)dev->config.tx;
	case AXISG2_GIT_VERSION:
		return git_version(dev, arg);
	case AXISG2_AXI_VERSION:
		return axi_version(dev, arg);
	case AXISG2_READ_ACK:
		return acknowledge(dev);
	case AXISG2_REQUESTS_MISSED:
		return (int)amli_axisg2_requests_missed(dev);
	case AXISG2_GPU_IS_SUPPORTED:
		return 0;
	case AXISG2_GPU_ADD_MEMORY:
	case AXISG2_GPU_REMOVE_MEMORY:
	case AXISG2_GPU_WRITE_ENABLE:
	case AXISG2_GPU_VERSION:
	case AXISG2_GPU_MAX_BUFFERS:
		return gpu(dev);
	default:
		if (command >= AXISG2_TX_IN_USER && command <= AXISG2_RX_MISSING)
			return count(handle, command);
		return -EPERM;
	}
}

long amli_axisg2_call_ioctl(struct amli_axisg2_handle *handle, uint32_t command, uint64_t arg)
{
	struct amli_axisg2_emu *dev = handle->at->dev;
	uint32_t low = command & 0xffff;
	long rc = -EPERM;

	/* Only the numbers of this group leave room for a count. */
	if (low >> 8 != 0x10)
		low = command;
	amli_axisg2_emu_lock(dev);
	if (is_known(dev, low))
		rc = dispatch(handle, low, command >> 16, arg);
	amli_axisg2_unlock(handle->at);
	return rc;
}
