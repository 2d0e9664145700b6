/* SPDX-License-Identifier: BSD-3-Clause */
/* aml-axis read: record what comes.  The listener itself writes, so that a disk that is too slow
 * stops the streams instead of losing frames. */
#include "aml/axis.h"
#include "aml/axis/file.h"
#include "axis_command.h"
#include "axis_options.h"
#include "axis_run.h"
#include "axis_traffic.h"

#define BUFFER (1u << 20)

/* What the listener has; status is its first error, and traffic what was written. */
struct recording {
	struct aml_axis_writer writer;
	struct traffic traffic;
	uint64_t frames; /* to write; 0 = any number */
	int status;
};

static void record(struct aml_axis_frame *frame, void *arg)
{
	struct recording *r = arg;
	int rc;

	if (__atomic_load_n(&r->status, __ATOMIC_RELAXED) ||
	    (r->frames && r->traffic.frames == r->frames))
		return;
	rc = aml_axis_stage_accept(&r->writer.stage, frame);
	if (rc) {
		complain_of("read", rc);
		__atomic_store_n(&r->status, rc, __ATOMIC_RELAXED);
		return;
	}
	traffic_add(&r->traffic, 1, frame->bytes, frame->error != 0);
}

/* Until it is over, and then the last line. */
static int receive(const struct options *options, struct aml_axis *axis, struct recording *r)
{
	struct until until = until_begin(options);
	struct traffic total;
	struct pace pace;
	unsigned files;
	int rc;

	pace_begin(&pace, options, "read");
	rc = aml_axis_listen(axis, record, r);
	if (rc) {
		complain_of("read", rc);
		return rc;
	}
	do {
		sleep_until(now() + 0.01);
		total = traffic_now(&r->traffic);
		pace_show(&pace, &total);
	} while (!until_is_over(&until) && (!r->frames || total.frames < r->frames) &&
		 !__atomic_load_n(&r->status, __ATOMIC_RELAXED));
	aml_axis_unlisten(axis);
	total = traffic_now(&r->traffic);
	files = aml_axis_writer_counts(&r->writer).files;
	rc = aml_axis_writer_close(&r->writer); /* what it has not written yet may not fit */
	if (rc && !r->status)
		complain_of("read", rc);
	total.errors += rc || r->status;
	pace_result(&pace, options, &total);
	result_number("files", files);
	result_end();
	return total.errors > 0;
}

int run_read(const struct options *options)
{
	static const uint32_t first_dest[] = {0};
	struct aml_axis_writer_options how = {.size_limit = options->limit, .buffer = BUFFER};
	struct recording r = {.frames = options->frames};
	struct aml_axis *axis;
	int rc;

	if (!options->output) {
		complain("read: where to? -o FILE");
		return 2;
	}
	axis = open_device(options, options->ndests ? options->dests : first_dest,
			   options->ndests ? options->ndests : 1);
	if (!axis)
		return 1;
	rc = aml_axis_writer_open(&r.writer, options->output, &how);
	if (rc) {
		complain_of("read", rc);
		aml_axis_close(&axis);
		return 1;
	}
	rc = receive(options, axis, &r);
	aml_axis_writer_close(&r.writer);
	aml_axis_close(&axis);
	return rc != 0;
}
