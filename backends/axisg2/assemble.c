/* SPDX-License-Identifier: BSD-3-Clause */
/* Buffers of the card become frames, each destination by itself; and how frames go. */
#include <stdlib.h>
#include <string.h>

#include "aml/engine.h"
#include "backends/axisg2/device.h"

/* ---- a frame ---- */

/* By the program's last release. */
static void frame_free(struct aml_axis_frame *pub)
{
	struct amli_axis_frame *frame = (struct amli_axis_frame *)pub;
	struct aml_axis *axis = frame->axis;

	atomic_fetch_add(&axis->users, 1); /* or it could go before it is told */
	amli_axis_frame_drop(frame);
	amli_axis_released(axis);
	amli_axis_leave(axis);
}

struct amli_axis_frame *amli_axis_frame_new(struct aml_axis *axis)
{
	struct amli_axis_frame *frame = malloc(sizeof(*frame));

	if (!frame)
		return NULL;
	frame->pub =
		(struct aml_axis_frame){.parts = frame->few_parts, .free = frame_free, .holds = 1};
	frame->axis = axis;
	frame->index = frame->few_index;
	frame->nindex = 0;
	frame->room = AMLI_AXIS_FEW;
	frame->next = frame->prev = frame->dest_next = frame->dest_prev = NULL;
	frame->begun_ns = 0;
	frame->aside = frame->lent = false;
	atomic_fetch_add(&axis->users, 1);
	return frame;
}

bool amli_axis_frame_room(struct amli_axis_frame *frame, size_t n)
{
	struct iovec *parts;
	uint32_t *index;

	if (n <= frame->room)
		return true;
	n = n < frame->room * 2 ? frame->room * 2 : n;
	parts = malloc(n * sizeof(*parts));
	index = malloc(n * sizeof(*index));
	if (!parts || !index) {
		free(parts);
		free(index);
		return false;
	}
	memcpy(parts, frame->pub.parts, frame->nindex * sizeof(*parts));
	memcpy(index, frame->index, frame->nindex * sizeof(*index));
	if (frame->index != frame->few_index) {
		free(frame->pub.parts);
		free(frame->index);
	}
	frame->pub.parts = parts;
	frame->index = index;
	frame->room = n;
	return true;
}

void amli_axis_frame_add(struct amli_axis_frame *frame, uint32_t index, void *memory, size_t bytes)
{
	frame->index[frame->nindex] = index;
	frame->pub.parts[frame->nindex++] = (struct iovec){.iov_base = memory, .iov_len = bytes};
	frame->pub.nparts = frame->nindex;
	frame->pub.bytes += bytes;
}

void amli_axis_frame_drop(struct amli_axis_frame *frame)
{
	struct aml_axis *axis = frame->axis;

	if (axis->copies) {
		for (size_t i = 0; i < frame->nindex; i++)
			free(frame->pub.parts[i].iov_base);
		atomic_fetch_sub(&axis->owners.held, (unsigned)frame->nindex);
	} else {
		amli_axis_return(axis, frame->index, frame->nindex);
	}
	if (frame->index != frame->few_index) {
		free(frame->pub.parts);
		free(frame->index);
	}
	free(frame);
	amli_axis_leave(axis);
}

struct amli_axis_frame *amli_axis_frame_of(const struct aml_axis *axis, struct aml_axis_frame *pub)
{
	struct amli_axis_frame *frame = (struct amli_axis_frame *)pub;

	return pub->free == frame_free && frame->axis == axis ? frame : NULL;
}

void amli_axis_frame_lend(struct amli_axis_frame *frame)
{
	if (frame->axis->copies || frame->lent)
		return;
	frame->lent = true;
	for (size_t i = 0; i < frame->nindex; i++)
		amli_axis_owner_move(&frame->axis->owners, frame->index[i], AMLI_AXIS_LEND);
}

/* ---- lists ---- */

void amli_axis_list_add(struct amli_axis_list *list, struct amli_axis_frame *frame)
{
	frame->next = NULL;
	frame->prev = list->last;
	if (list->last)
		list->last->next = frame;
	else
		list->first = frame;
	list->last = frame;
}

void amli_axis_list_remove(struct amli_axis_list *list, struct amli_axis_frame *frame)
{
	if (frame->prev)
		frame->prev->next = frame->next;
	else
		list->first = frame->next;
	if (frame->next)
		frame->next->prev = frame->prev;
	else
		list->last = frame->prev;
	frame->next = frame->prev = NULL;
}

/* ---- buffers -> frames ---- */

static void give_back(struct aml_axis *axis, uint32_t index, void *memory)
{
	if (axis->copies)
		free(memory);
	else
		amli_axis_return(axis, &index, 1);
}

static void close_open(struct aml_axis *axis, struct amli_axis_dest *dest)
{
	axis->rx.open_parts -= dest->open->nindex;
	amli_axis_list_remove(&axis->rx.open, dest->open);
	dest->open = NULL;
}

static void drop_open(struct aml_axis *axis, struct amli_axis_dest *dest, uint64_t *counter)
{
	struct amli_axis_frame *frame = dest->open;

	close_open(axis, dest);
	amli_axis_lost(axis, frame->pub.dest);
	amli_axis_frame_drop(frame);
	(*counter)++;
}

static struct amli_axis_frame *begin(struct aml_axis *axis, const struct axisg2_read *record)
{
	struct amli_axis_frame *frame = amli_axis_frame_new(axis);

	if (!frame)
		return NULL;
	frame->pub.dest = record->dest;
	frame->pub.first_user = (uint8_t)AXISG2_FUSER(record->flags);
	if (record->flags & AXISG2_CONT) /* else it is over before anybody asks */
		frame->begun_ns = amli_axis_now_ns();
	amli_axis_list_add(&axis->rx.open, frame);
	axis->rx.dest[record->dest].open = frame;
	return frame;
}

/* Why this buffer cannot become part of the open frame: the counter of that; NULL: it can. */
static uint64_t *obstacle(struct aml_axis *axis, struct amli_axis_frame *frame)
{
	if (!frame)
		return &axis->rx.counters.dropped_memory;
	if (frame->nindex == axis->rx.parts)
		return &axis->rx.counters.dropped_long;
	if (!amli_axis_frame_room(frame, frame->nindex + 1))
		return &axis->rx.counters.dropped_memory;
	return NULL;
}

/* A buffer that the driver could not copy is missing in its frame, whatever it says besides. */
static uint32_t error_of(const struct axisg2_read *record)
{
	return (record->error & 0xf) | (record->ret < 0 ? AML_AXIS_ERROR_MAX : 0) |
	       (record->flags & AXISG2_TIMEOUT ? AML_AXIS_ERROR_TIMEOUT : 0);
}

static struct amli_axis_frame *end(struct aml_axis *axis, struct amli_axis_dest *dest,
				   uint32_t flags)
{
	struct amli_axis_frame *frame = dest->open;

	close_open(axis, dest);
	frame->pub.last_user = (uint8_t)AXISG2_LUSER(flags);
	if (axis->ssi && frame->pub.last_user & AML_AXIS_EOFE)
		frame->pub.error |= AML_AXIS_ERROR_EOFE;
	axis->rx.counters.rx_frames++;
	axis->rx.counters.rx_bytes += frame->pub.bytes;
	axis->rx.counters.rx_errors += frame->pub.error != 0;
	return frame;
}

/* Whether it belongs to a frame whose beginning is lost, and goes the same way. */
static bool is_dumped(struct aml_axis *axis, struct amli_axis_dest *dest,
		      const struct axisg2_read *record)
{
	bool starts = axis->ssi && AXISG2_FUSER(record->flags) & AML_AXIS_SOF;

	if (starts && dest->open && dest->open->nindex)
		drop_open(axis, dest, &axis->rx.counters.dropped_old);
	if (!dest->dumping)
		return false;
	if (starts) {
		dest->dumping = false;
		return false;
	}
	dest->dumping = record->flags & AXISG2_CONT;
	return true;
}

struct amli_axis_frame *amli_axis_assemble(struct aml_axis *axis, const struct axisg2_read *record,
					   void *memory)
{
	struct amli_axis_dest *dest = &axis->rx.dest[record->dest];
	struct amli_axis_frame *frame;
	uint64_t *why;

	axis->rx.counters.rx_parts++;
	if (is_dumped(axis, dest, record)) {
		give_back(axis, record->index, memory);
		return NULL;
	}
	frame = dest->open ? dest->open : begin(axis, record);
	why = obstacle(axis, frame);
	if (why) {
		if (frame) {
			drop_open(axis, dest, why);
		} else {
			amli_axis_lost(axis, record->dest);
			(*why)++;
		}
		dest->dumping = record->flags & AXISG2_CONT;
		give_back(axis, record->index, memory);
		return NULL;
	}
	frame->pub.error |= error_of(record);
	if (record->ret > 0) {
		amli_axis_frame_add(frame, record->index, memory, (size_t)record->ret);
		axis->rx.open_parts++;
		if (axis->copies)
			atomic_fetch_add(&axis->owners.held, 1);
	} else {
		axis->rx.counters.rx_empty += record->ret == 0;
		give_back(axis, record->index, memory);
	}
	return record->flags & AXISG2_CONT ? NULL : end(axis, dest, record->flags);
}

uint64_t amli_axis_late_ns(const struct aml_axis *axis)
{
	const struct amli_axis_receiver *rx = &axis->rx;
	uint64_t since_ns;

	if (!rx->open.first || !rx->age_ns)
		return UINT64_MAX;
	since_ns = rx->open.first->begun_ns;
	return (since_ns > rx->blind_ns ? since_ns : rx->blind_ns) + rx->age_ns;
}

void amli_axis_assemble_bound(struct aml_axis *axis, bool read_all)
{
	struct amli_axis_receiver *rx = &axis->rx;
	struct amli_axis_frame *oldest;
	uint64_t now_ns = rx->open.first ? amli_axis_now_ns() : 0; /* of use only then */

	/* The end may be there and not be read yet, or be held back because we do not read:
	 * that is not the frame's fault. */
	if (!read_all)
		rx->blind_ns = now_ns;
	while (amli_axis_late_ns(axis) <= now_ns) {
		oldest = rx->open.first;
		rx->dest[oldest->pub.dest].dumping = true;
		drop_open(axis, &rx->dest[oldest->pub.dest], &rx->counters.dropped_old);
	}
	amli_axis_make_room(axis);
	/* Unfinished frames have all that we may hold, so that none of them can end. */
	while (rx->open.first && !amli_axis_may_read(axis) &&
	       rx->open_parts >= atomic_load(&axis->owners.held)) {
		oldest = rx->open.first;
		rx->dest[oldest->pub.dest].dumping = true;
		drop_open(axis, &rx->dest[oldest->pub.dest], &rx->counters.dropped_full);
	}
}
