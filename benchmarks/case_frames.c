/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames of 64 KiB, one at a time, sent and received again: by the driver's calls alone, by the
 * frames of aml/axis.h, and by copies to and from a stream.  All take turns on one device, each
 * on a destination of its own; what is shown is one round trip.
 *
 * Payloads are 128 x 128 numbers of 4 bytes.  What is copied is said for each: into the card's
 * buffer and out of it, in copies of each byte.  Ways that copy nothing are verified with copies.
 */
#include "case_frames.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aml/area/axis.h"
#include "aml/error.h"
#include "aml/layout/dense.h"
#include "bare.h"
#include "complain.h"
#include "measure.h"
#include "output.h"
#include "pattern.h"

#define SIDE ((size_t)128)
#define BYTES (SIDE * SIDE * 4)
#define TURNS 100     /* frames in a sample */
#define BUDGET_NS 3e9 /* for all ways together */
#define LIMIT_US 1000000
enum dest { BARE, FRAME, COPY };

struct card {
	struct bare bare;
	struct aml_dma *dma, *host;
	struct aml_axis *axis;
	struct aml_layout *endpoint, *plain, *turned, *between, *result;
	char *in, *middle, *out;
};

/* One way to send a frame and to get it back. */
struct way {
	const char *name, *engine, *copied;
	int (*run)(struct card *card, bool copies); /* 0, or what the library returned */
	bool copies, turns;
};

/* A way as a contender. */
struct entry {
	struct card *card;
	const struct way *way;
};

/* ---- the ways ---- */

static int run_bare(struct card *c, bool copies)
{
	int rc = bare_round(&c->bare, copies ? c->out : NULL, copies ? c->in : NULL, BYTES);

	return rc ? -AML_EIO : 0;
}

static int receive(struct card *c, enum dest dest, bool copies)
{
	struct aml_axis_frame *frame;
	int rc = aml_axis_receive(c->axis, &frame, dest, LIMIT_US);

	if (rc)
		return rc;
	if (frame->bytes != BYTES)
		rc = -AML_EIO;
	else if (copies)
		memcpy(c->out, frame->parts[0].iov_base, BYTES);
	aml_axis_frame_release(&frame);
	return rc;
}

static int run_frames(struct card *c, bool copies)
{
	struct aml_axis_frame *frame;
	int rc = aml_axis_frame_alloc(c->axis, &frame, BYTES, LIMIT_US);

	if (rc)
		return rc;
	if (copies)
		memcpy(frame->parts[0].iov_base, c->in, BYTES);
	frame->dest = FRAME;
	rc = aml_axis_send(c->axis, &frame, LIMIT_US);
	aml_axis_frame_release(&frame);
	return rc ? rc : receive(c, FRAME, copies);
}

/* A layout over a buffer of the card. */
static int run_resident(struct card *c, bool copies)
{
	void *memory = aml_area_mmap(aml_area_axis(c->axis), BYTES, NULL);
	struct aml_layout *layout;
	size_t n = BYTES;
	int rc;

	if (!memory)
		return -AML_EAGAIN;
	rc = aml_layout_dense_create(&layout, memory, AML_LAYOUT_ORDER_C, 1, 1, &n, NULL, NULL);
	if (rc)
		return rc;
	if (copies)
		memcpy(memory, c->in, BYTES);
	rc = aml_dma_copy(c->dma, c->endpoint, layout);
	aml_layout_destroy(&layout);
	return rc ? rc : receive(c, COPY, copies);
}

static int there_and_back(struct card *c, struct aml_layout *layout)
{
	int rc = aml_dma_copy(c->dma, c->endpoint, layout);

	return rc ? rc : aml_dma_copy(c->dma, c->result, c->endpoint);
}

static int run_copies(struct card *c, bool copies)
{
	(void)copies;
	return there_and_back(c, c->plain);
}

static int run_turned(struct card *c, bool copies)
{
	(void)copies;
	return there_and_back(c, c->turned);
}

static int run_two_steps(struct card *c, bool copies)
{
	int rc = aml_dma_copy(c->host, c->between, c->turned);

	(void)copies;
	return rc ? rc : there_and_back(c, c->between);
}

/* A call that the compiler knows nothing of. */
static void *(*volatile const call_memcpy)(void *, const void *, size_t) = memcpy;

static int run_memcpy(struct card *c, bool copies)
{
	(void)copies;
	call_memcpy(c->out, c->in, BYTES);
	return 0;
}

enum { BARE_AS_IS, FRAMES_AS_IS, RESIDENT, BARE_LOOP, FRAMES, COPIES, TURNED, TWO_STEPS, MEMCPY };

static const struct way ways[] = {
	[BARE_AS_IS] = {"as it is", "peer:bare", "0+0", run_bare, false, false},
	[FRAMES_AS_IS] = {"as it is", "frames", "0+0", run_frames, false, false},
	[RESIDENT] = {"layout in a buffer", "axisg2", "0+0", run_resident, false, false},
	[BARE_LOOP] = {"packed", "peer:bare", "1+1", run_bare, true, false},
	[FRAMES] = {"packed", "frames", "1+1", run_frames, true, false},
	[COPIES] = {"packed", "axisg2", "1+1", run_copies, true, false},
	[TURNED] = {"transposed", "axisg2", "1+1", run_turned, true, true},
	[TWO_STEPS] = {"transpose, then send", "axisg2", "2+1", run_two_steps, true, true},
	[MEMCPY] = {"memcpy", "peer:memcpy", "1", run_memcpy, true, false},
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

/* ---- the card ---- */

static int make_layouts(struct card *c)
{
	const size_t dims[2] = {SIDE, SIDE}, turn[2] = {1, 0};
	struct {
		struct aml_layout **layout;
		char *memory;
	} dense[] = {{&c->plain, c->in}, {&c->between, c->middle}, {&c->result, c->out}};
	int rc = aml_layout_axis_create(&c->endpoint, c->axis, COPY, 0, 0);

	for (size_t i = 0; i < 3 && !rc; i++)
		rc = aml_layout_dense_create(dense[i].layout, dense[i].memory, AML_LAYOUT_ORDER_C,
					     4, 2, dims, NULL, NULL);
	return rc ? rc : aml_layout_permute(c->plain, &c->turned, turn);
}

static void card_close(struct card *c)
{
	aml_layout_destroy(&c->turned);
	aml_layout_destroy(&c->result);
	aml_layout_destroy(&c->between);
	aml_layout_destroy(&c->plain);
	aml_layout_destroy(&c->endpoint);
	aml_dma_close(&c->host);
	aml_dma_close(&c->dma);
	free(c->in);
}

/* 0, or -1 after a complaint. */
static int card_open(struct card *c, const char *path)
{
	char spec[300];
	int rc;

	if (bare_open(&c->bare, path, BARE))
		return -1;
	snprintf(spec, sizeof(spec), "axisg2:path=%s,claim=%d+%d", path, FRAME, COPY);
	c->in = aligned_alloc(4096, 3 * BYTES);
	rc = c->in ? aml_dma_open(&c->dma, spec) : -AML_ENOMEM;
	if (!rc) {
		pattern_fill(c->in, 4, SIDE * SIDE);
		c->middle = c->in + BYTES;
		c->out = c->in + 2 * BYTES;
		rc = aml_axis_of(c->dma, &c->axis);
	}
	if (!rc)
		rc = aml_dma_open(&c->host, "memcpy");
	if (!rc)
		rc = make_layouts(c);
	if (rc)
		complain("%s: %s", path, aml_error_detail());
	else if (c->bare.size < BYTES)
		complain("%s: its buffers have %zu bytes, want %zu", path, c->bare.size, BYTES);
	else if (run_bare(c, true))
		complain("%s: what is sent to destination %d does not come back", path, BARE);
	else
		return 0;
	card_close(c);
	bare_close(&c->bare);
	return -1;
}

/* ---- rows ---- */

static bool is_right(const struct card *c, bool turned)
{
	for (size_t row = 0; row < SIDE; row++)
		if (pattern_find_wrong(c->out + row * SIDE * 4, 4, SIDE, turned ? row : row * SIDE,
				       turned ? SIDE : 1))
			return false;
	return true;
}

static void verify(struct card *c, const struct way *way, struct row *row, bool spoil)
{
	int rc;

	memset(c->out, PATTERN_GUARD, BYTES);
	rc = way->run(c, true);
	if (spoil)
		c->out[0] ^= 1;
	row->state = rc ? ROW_FAILED : is_right(c, way->turns) ? ROW_VERIFIED : ROW_WRONG;
	if (rc)
		snprintf(row->plan, sizeof(row->plan), "%s", aml_strerror(-rc));
	if (row->state == ROW_WRONG)
		complain("%s with %s: the result is wrong", row->name, row->engine);
}

static int run(void *arg)
{
	const struct entry *e = arg;

	return e->way->run(e->card, e->way->copies);
}

/* "1+1 copies, 0.92 of bare": how fast it is beside the bare loop that copies as much; and beside
 * two steps, if the copy between them cost nothing. */
static void describe(struct row *row, const struct contender *c, size_t i)
{
	double bare = c[i < BARE_LOOP ? BARE_AS_IS : BARE_LOOP].ns.median, own = c[i].ns.median;

	if (i == MEMCPY)
		snprintf(row->plan, sizeof(row->plan), "1 copy");
	else if (i == TURNED)
		snprintf(row->plan, sizeof(row->plan), "%s copies, %.2f, %.2f of steps",
			 ways[i].copied, bare / own,
			 (c[TWO_STEPS].ns.median - c[MEMCPY].ns.median) / own);
	else
		snprintf(row->plan, sizeof(row->plan), "%s copies, %.2f of bare", ways[i].copied,
			 bare / own);
}

static void set_times(struct row *row, const struct contender *c, size_t i)
{
	describe(row, c, i);
	row->median_ns = c[i].ns.median;
	row->p10_ns = c[i].ns.p10;
	row->p90_ns = c[i].ns.p90;
	row->gbps = (double)row->bytes / row->median_ns;
}

static int rows(struct card *card, const struct options *o, struct output *out)
{
	const struct measure_options how = {.reps = o->reps, .budget_ns = BUDGET_NS};
	struct contender c[WAYS];
	struct entry entry[WAYS];
	struct row row[WAYS];

	for (size_t i = 0; i < WAYS; i++) {
		row[i] = (struct row){.bytes = BYTES};
		snprintf(row[i].name, sizeof(row[i].name), "%s", ways[i].name);
		snprintf(row[i].engine, sizeof(row[i].engine), "%s", ways[i].engine);
		row[i].median_ns = row[i].p10_ns = row[i].p90_ns = NAN;
		row[i].gbps = row[i].memcpy_gbps = row[i].stream_gbps = row[i].of_stream = NAN;
		verify(card, &ways[i], &row[i], o->spoil);
		entry[i] = (struct entry){card, &ways[i]};
		c[i] = (struct contender){.run = run, .arg = &entry[i], .turns = TURNS};
		c[i].rc = row[i].state != ROW_VERIFIED; /* out of the race */
	}
	if (measure(c, WAYS, &how))
		return -1;
	for (size_t i = 0; i < WAYS; i++) {
		if (row[i].state == ROW_VERIFIED && !c[i].rc)
			set_times(&row[i], c, i);
		else if (row[i].state == ROW_VERIFIED)
			row[i].state = ROW_FAILED;
		output_row(out, &row[i]);
	}
	return 0;
}

int frames(const struct options *o)
{
	struct card card = {.in = NULL};
	struct output out;
	int rc;

	if (o->npeers || o->nengines) {
		complain("frames takes --path, and neither --engine nor --peer");
		return 2;
	}
	if (card_open(&card, o->path))
		return 1;
	rc = output_begin(&out, o, "aml-bench: frames of 64 KiB, there and back", 20,
			  strlen("peer:memcpy"));
	if (!rc)
		rc = rows(&card, o, &out);
	card_close(&card);
	bare_close(&card.bare);
	return rc ? 1 : output_end(&out);
}
