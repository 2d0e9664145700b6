/* SPDX-License-Identifier: BSD-3-Clause */
/* Opening and mapping a device, and giving its buffers back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aml/engine.h"
#include "backends/axisg2/device.h"

/* ---- give back ---- */

/* With the lock held. */
static void flush(struct aml_axis *axis)
{
	uint32_t n = axis->nreturned;

	if (!n)
		return;
	axis->nreturned = 0;
	amli_axisg2_io_ioctl(&axis->io, AXISG2_RET_INDEX | n << 16,
			     (uint64_t)(uintptr_t)axis->returned);
}

size_t amli_axis_return(struct aml_axis *axis, const uint32_t *index, size_t n)
{
	size_t given = 0;

	pthread_mutex_lock(&axis->return_lock);
	for (size_t i = 0; i < n; i++) {
		/* One bad index would cost the driver those before it. */
		if (amli_axis_owner_move(&axis->owners, index[i], AMLI_AXIS_RETURN))
			continue;
		axis->returned[axis->nreturned++] = index[i];
		given++;
		if (axis->nreturned == axis->return_batch)
			flush(axis);
	}
	pthread_mutex_unlock(&axis->return_lock);
	return given;
}

void amli_axis_return_flush(struct aml_axis *axis)
{
	pthread_mutex_lock(&axis->return_lock);
	flush(axis);
	pthread_mutex_unlock(&axis->return_lock);
}

/* ---- map ---- */

static void unmap_one(struct aml_axis *axis, void *memory)
{
	aml_area_range_remove(&axis->area, memory, axis->cap.size);
	amli_axisg2_io_unmap(memory, axis->cap.size);
}

static void unmap(struct aml_axis *axis, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		unmap_one(axis, axis->buffer[i]);
	free(axis->buffer);
	free(axis->by_address);
	axis->buffer = NULL;
	axis->by_address = NULL;
	amli_axisg2_io_close(&axis->mapped);
}

static int compare_addresses(const void *a, const void *b, void *arg)
{
	char *const *buffer = arg;
	uintptr_t at = (uintptr_t)buffer[*(const uint32_t *)a];
	uintptr_t other = (uintptr_t)buffer[*(const uint32_t *)b];

	return (at > other) - (at < other);
}

/* Mapped, and known to be of this area. */
static int map_one(struct aml_axis *axis, uint32_t index)
{
	void *memory;
	int rc = amli_axisg2_io_map(&axis->mapped, axis->cap.size, (off_t)index * axis->cap.size,
				    &memory);

	if (rc)
		return amli_axis_refuse_map(&axis->cap, axis->path, rc);
	rc = aml_area_range_add(&axis->area, memory, axis->cap.size, AML_AREA_RANGE_CPU);
	if (rc) {
		amli_axisg2_io_unmap(memory, axis->cap.size);
		return rc;
	}
	axis->buffer[index] = memory;
	axis->by_address[index] = index;
	return 0;
}

static int map(struct aml_axis *axis)
{
	uint32_t n = axis->cap.tx + axis->cap.rx;
	int rc;

	rc = amli_axisg2_io_open(&axis->mapped, axis->path);
	if (rc)
		return amli_axis_refuse_open(axis->path, rc);
	axis->buffer = calloc(n, sizeof(*axis->buffer));
	axis->by_address = calloc(n, sizeof(*axis->by_address));
	if (!axis->buffer || !axis->by_address) {
		unmap(axis, 0);
		return aml_engine_refuse(AML_ENOMEM, "%s: no memory for %u buffers", axis->path, n);
	}
	for (uint32_t i = 0; i < n; i++) {
		rc = map_one(axis, i);
		if (rc) {
			unmap(axis, i);
			return rc;
		}
	}
	qsort_r(axis->by_address, n, sizeof(*axis->by_address), compare_addresses, axis->buffer);
	return 0;
}

uint32_t amli_axis_buffer_at(const struct aml_axis *axis, const void *memory)
{
	uint32_t first = 0, end = axis->buffer ? axis->cap.tx + axis->cap.rx : 0;

	while (first < end) {
		uint32_t middle = first + (end - first) / 2;

		if ((uintptr_t)axis->buffer[axis->by_address[middle]] < (uintptr_t)memory)
			first = middle + 1;
		else
			end = middle;
	}
	if (axis->buffer && first < axis->cap.tx + axis->cap.rx &&
	    axis->buffer[axis->by_address[first]] == memory)
		return axis->by_address[first];
	return UINT32_MAX;
}

/* ---- open and close ---- */

static int check(const char *path, const struct aml_axis_options *options)
{
	if (!path)
		return aml_engine_refuse(AML_EINVAL, "path is NULL: want a device, or \"emu\"");
	if (strlen(path) >= sizeof(((struct aml_axis *)NULL)->path))
		return aml_engine_refuse(AML_EINVAL, "the path has %zu bytes, %zu is the most",
					 strlen(path), sizeof(((struct aml_axis *)NULL)->path) - 1);
	if (options->size != sizeof(*options))
		return aml_engine_refuse(AML_EINVAL, "options->size is %zu: set it to %zu",
					 options->size, sizeof(*options));
	if (options->share > 100)
		return aml_engine_refuse(AML_EINVAL, "share is %u percent: 1 to 100",
					 options->share);
	return 0;
}

static void make_locks(struct aml_axis *axis)
{
	pthread_mutex_init(&axis->return_lock, NULL);
	axis->return_batch = axis->cap.rx / 8;
	if (axis->return_batch < 1)
		axis->return_batch = 1;
	if (axis->return_batch > AMLI_AXIS_BATCH)
		axis->return_batch = AMLI_AXIS_BATCH;
}

static int open_parts(struct aml_axis *axis, const struct aml_axis_options *options)
{
	int rc = axis->copies ? 0 : map(axis);

	if (rc)
		return rc;
	rc = amli_axis_owners_init(&axis->owners, axis->cap.tx, axis->cap.rx);
	if (rc)
		goto fail_map;
	rc = amli_axis_receiver_init(axis, options);
	if (rc)
		goto fail_owners;
	amli_axis_sender_init(axis);
	make_locks(axis);
	return 0;

fail_owners:
	amli_axis_owners_fini(&axis->owners);
fail_map:
	if (axis->buffer)
		unmap(axis, axis->cap.tx + axis->cap.rx);
	return rc;
}

int amli_axis_device_open(struct aml_axis **out, const char *path,
			  const struct aml_axis_options *options)
{
	const struct aml_axis_options none = {.size = sizeof(none)};
	struct aml_axis *axis;
	int rc;

	*out = NULL;
	options = options ? options : &none;
	rc = check(path, options);
	if (rc)
		return rc;
	axis = calloc(1, sizeof(*axis));
	if (!axis)
		return aml_engine_refuse(AML_ENOMEM, "%s: no memory", path);
	snprintf(axis->path, sizeof(axis->path), "%s", path);
	axis->ssi = options->ssi;
	axis->copies = options->copies;
	atomic_init(&axis->users, 1);
	amli_axis_area_init(axis);
	rc = amli_axisg2_io_open(&axis->io, path);
	if (rc) {
		rc = amli_axis_refuse_open(path, rc);
		goto fail_memory;
	}
	rc = amli_axis_probe(&axis->cap, &axis->io, path);
	if (rc == 0)
		rc = open_parts(axis, options);
	if (rc)
		goto fail_io;
	*out = axis;
	return 0;

fail_io:
	amli_axisg2_io_close(&axis->io);
fail_memory:
	free(axis);
	return rc;
}

void amli_axis_leave(struct aml_axis *axis)
{
	if (atomic_fetch_sub(&axis->users, 1) != 1)
		return;
	amli_axis_return_flush(axis);
	/* Before the descriptor goes: closing it lets the card write to buffers that it held. */
	if (axis->buffer)
		unmap(axis, axis->cap.tx + axis->cap.rx);
	amli_axisg2_io_close(&axis->io);
	amli_axis_sender_fini(axis);
	amli_axis_receiver_fini(axis);
	amli_axis_owners_fini(&axis->owners);
	pthread_mutex_destroy(&axis->return_lock);
	free(axis);
}
