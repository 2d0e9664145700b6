/* SPDX-License-Identifier: BSD-3-Clause */
/* The engine axisg2: opening, what requests are, and what is told of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/axisg2/engine.h"

static const struct aml_engine_key engine_keys[] = {
	{"path", "the device, e.g. /dev/datadev_0"},
	{"emu", "instead of path: the emulator, whose keys may be the value, in parentheses"},
	{"claim", "destinations to receive, e.g. 0-3+0x102 (lane 1, destination 2); or later, by "
		  "aml_axis_claim()"},
	{"loop",
	 "destination for copies from memory to memory, which the firmware sends back; claimed "
	 "besides; default none"},
	{"ssi", "frames begin and may end as SSI says; default 0"},
	{"copies", "1: no zero copy, the driver copies; default 0"},
	{"share", "percent of the card's receive buffers that may be kept; default 75"},
	{"parts", "buffers that one received frame may have; default what the share allows"},
	{"age_us", "from the first part of a received frame to its end; 0 = for ever; default 1 s"},
	{NULL, NULL},
};

/* ---- open ---- */

static int read_options(const struct aml_spec *spec, struct aml_axis_options *options)
{
	size_t ssi = 0, copies = 0, share = 0, parts = 0, age_us = 1000000;
	int rc = aml_spec_size(spec, "ssi", 0, 1, &ssi);

	if (rc == 0)
		rc = aml_spec_size(spec, "copies", 0, 1, &copies);
	if (rc == 0)
		rc = aml_spec_size(spec, "share", 1, 100, &share);
	if (rc == 0)
		rc = aml_spec_size(spec, "parts", 1, UINT32_MAX, &parts);
	if (rc == 0)
		rc = aml_spec_size(spec, "age_us", 0, 1000000000, &age_us);
	*options = (struct aml_axis_options){
		.size = sizeof(*options),
		.ssi = ssi,
		.copies = copies,
		.share = (unsigned)share,
		.parts = parts,
		.age_us = age_us ? (int64_t)age_us : AML_AXIS_FOREVER,
	};
	return rc;
}

static int read_path(const struct aml_spec *spec, char *path, size_t room)
{
	const char *device = aml_spec_text(spec, "path"), *emu = aml_spec_text(spec, "emu");
	int n;

	if (!device == !emu)
		return aml_engine_refuse(AML_EINVAL,
					 "axisg2: want path=/dev/datadev_0 or emu, and not both");
	if (device)
		n = snprintf(path, room, "%s", device);
	else if (strcmp(emu, "1"))
		n = snprintf(path, room, "emu,%s", emu);
	else
		n = snprintf(path, room, "emu");
	if (n < 0 || (size_t)n >= room)
		return aml_engine_refuse(
			AML_EINVAL, "axisg2: the path has %d bytes, %zu is the most", n, room - 1);
	return 0;
}

/* "0-3+0x102": true, and the text behind. */
static bool read_range(const char **text, unsigned long *first, unsigned long *last)
{
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	*first = *last = strtoul(*text, &end, 0);
	if (*end == '-') {
		if (end[1] < '0' || end[1] > '9')
			return false;
		*last = strtoul(end + 1, &end, 0);
	}
	if ((*end && *end != '+') || *first > *last || *last >= AML_AXIS_DESTS)
		return false;
	*text = *end ? end + 1 : end;
	return !*end || **text; /* nothing after '+' is no range */
}

static int claim(struct aml_axis *axis, const char *text, uint32_t loop)
{
	uint32_t dests[AML_AXIS_DESTS + 1];
	const char *at = text;
	size_t n = 0;

	while (text && (at == text || *at)) {
		unsigned long first, last;

		if (!read_range(&at, &first, &last) || n + (last - first) >= AML_AXIS_DESTS)
			return aml_engine_refuse(AML_EINVAL,
						 "axisg2: claim=%s: want destinations below %u, as "
						 "in 0-3+0x102, each once",
						 text, AML_AXIS_DESTS);
		while (first <= last)
			dests[n++] = (uint32_t)first++;
	}
	if (loop != AML_AXIS_ANY)
		dests[n++] = loop;
	return n ? aml_axis_claim(axis, dests, n) : 0;
}

static int open_device(struct amli_axis_engine *engine, const struct aml_spec *spec)
{
	struct aml_axis_options options;
	char path[200];
	size_t loop = AML_AXIS_ANY;
	int rc = read_path(spec, path, sizeof(path));

	if (rc == 0)
		rc = read_options(spec, &options);
	if (rc == 0)
		rc = aml_spec_size(spec, "loop", 0, AML_AXIS_DESTS - 1, &loop);
	if (rc == 0)
		rc = aml_axis_open(&engine->axis, path, &options);
	if (rc)
		return rc;
	engine->loop = (uint32_t)loop;
	rc = claim(engine->axis, aml_spec_text(spec, "claim"), engine->loop);
	if (rc == 0) {
		pthread_mutex_lock(&engine->axis->rx.lock);
		rc = amli_axis_ready_open(engine->axis, &engine->axis->rx.for_engine);
		pthread_mutex_unlock(&engine->axis->rx.lock);
	}
	if (rc)
		aml_axis_close(&engine->axis);
	return rc;
}

static int engine_open(struct aml_engine *e, const struct aml_spec *spec)
{
	struct amli_axis_engine *engine = calloc(1, sizeof(*engine));
	int rc;

	if (!engine)
		return aml_engine_refuse(AML_ENOMEM, "axisg2: no memory");
	rc = open_device(engine, spec);
	if (rc) {
		free(engine);
		return rc;
	}
	pthread_mutex_init(&engine->lock, NULL);
	pthread_mutex_init(&engine->couple_lock, NULL);
	atomic_init(&engine->waiting, 0);
	e->state = engine;
	e->fd = engine->axis->rx.for_engine.group;
	return 0;
}

static void engine_close(struct aml_engine *e)
{
	struct amli_axis_engine *engine = e->state;

	amli_axis_pair_forget(engine);
	aml_axis_close(&engine->axis);
	pthread_mutex_destroy(&engine->lock);
	pthread_mutex_destroy(&engine->couple_lock);
	free(engine);
}

/* ---- requests ---- */

static int engine_submit(struct aml_engine *e, struct aml_request *req)
{
	struct amli_axis_job *job = aml_request_private(req);
	const struct amli_axis_endpoint *endpoint;
	struct aml_layout *memory;
	enum aml_dma_side side = AML_DMA_SIDE_NONE;

	*job = (struct amli_axis_job){.req = req, .engine = e->state};
	endpoint = amli_axis_endpoint_of(aml_plan_stream(aml_request_plan(req), &side, &memory));
	if (!endpoint && job->engine->loop != AML_AXIS_ANY)
		return amli_axis_pair_begin(job);
	if (!endpoint)
		return aml_engine_refuse(
			AML_ENOTSUP, "axisg2 copies to and from its streams, one at a time: see "
				     "aml_layout_axis_create(), or the key loop");
	job->want.dest = endpoint->dest;
	return side == AML_DMA_SIDE_DST ? amli_axis_job_send(job)
					: amli_axis_job_fetch(job, endpoint->dest);
}

static int engine_progress(struct aml_engine *e, struct aml_request *req)
{
	struct amli_axis_engine *engine = e->state;
	bool moved = amli_axis_poll(engine->axis) > 0;

	(void)req;
	return amli_axis_send_line(engine) || moved;
}

static int engine_cancel(struct aml_engine *e, struct aml_request *req)
{
	struct amli_axis_engine *engine = e->state;
	struct amli_axis_job *job = aml_request_private(req);
	bool was;

	if (job->is_pair)
		was = amli_axis_pair_cancel(job);
	else
		was = job->want.got ? amli_axis_unwant(engine->axis, &job->want)
				    : amli_axis_job_unsend(job);
	if (!was)
		return -AML_EBUSY;
	aml_request_complete(req, -AML_ECANCELED);
	return 0;
}

static bool engine_reaches(const struct aml_engine *e, const struct aml_area *area)
{
	const struct amli_axis_engine *engine = e->state;

	return area == &engine->axis->area;
}

static const struct aml_area *engine_area(const struct aml_engine *e, size_t i)
{
	const struct amli_axis_engine *engine = e->state;

	return i == 0 ? &engine->axis->area : NULL;
}

static int engine_fprintf(const struct aml_engine *e, FILE *stream, const char *prefix)
{
	const struct amli_axis_engine *engine = e->state;
	const struct amli_axis_capability *cap = &engine->axis->cap;

	fprintf(stream, "%s: device: %s\n", prefix, engine->axis->path);
	fprintf(stream, "%s: driver: %s, interface %u%s\n", prefix,
		cap->has_git ? cap->git : "of unknown release", cap->api,
		cap->clears_cont ? ", sends every part as a frame" : "");
	fprintf(stream, "%s: buffers: %u to send, %u to receive, of %u bytes\n", prefix, cap->tx,
		cap->rx, cap->size);
	return 0;
}

const struct aml_engine_ops amli_axis_engine_ops = {
	.size = sizeof(amli_axis_engine_ops),
	.open = engine_open,
	.close = engine_close,
	.submit = engine_submit,
	.progress = engine_progress,
	.cancel = engine_cancel,
	.reaches = engine_reaches,
	.fprintf = engine_fprintf,
	.area = engine_area,
};

AML_BACKEND(axisg2) = {
	.abi = AML_ENGINE_ABI,
	.name = "axisg2",
	.summary = "streams of AxisG2 cards: layouts packed into frames, and unpacked from them",
	.flags = AML_DMA_HOST | AML_DMA_PROGRESS,
	.only_by_name = true,
	.keys = engine_keys,
	.engine = &amli_axis_engine_ops,
};

/* ---- calls beside the engine's ---- */

int aml_axis_of(struct aml_dma *dma, struct aml_axis **axis)
{
	struct aml_engine *e;

	if (axis)
		*axis = NULL;
	if (!dma || !axis)
		return aml_engine_refuse(AML_EINVAL, "%s is NULL", dma ? "axis" : "dma");
	e = aml_engine_of(dma, &amli_axis_engine_ops);
	if (!e)
		return aml_engine_refuse(AML_ENOTSUP, "the engine is not axisg2");
	*axis = ((struct amli_axis_engine *)e->state)->axis;
	return 0;
}

int aml_axis_frame_info(struct aml_dma *dma, struct aml_dma_request *req,
			struct aml_axis_frame_info *info)
{
	struct amli_axis_said said;
	int rc = 0;

	if (!info || info->size != sizeof(*info))
		rc = aml_engine_refuse(AML_EINVAL, "info is NULL, or its size not %zu",
				       sizeof(*info));
	if (rc == 0)
		rc = aml_request_told(dma, req, &amli_axis_engine_ops, &said, sizeof(said));
	if (rc)
		return rc;
	*info = (struct aml_axis_frame_info){
		.size = sizeof(*info),
		.bytes = said.bytes,
		.dest = said.dest,
		.error = said.error,
		.parts = said.parts,
		.first_user = said.first_user,
		.last_user = said.last_user,
		.sof = said.first_user & AML_AXIS_SOF,
		.eofe = said.last_user & AML_AXIS_EOFE,
	};
	return 0;
}
