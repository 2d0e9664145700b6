/* SPDX-License-Identifier: BSD-3-Clause */
/* aml-axis write: send PRBS frames, or those of a recording. */
#include "aml/axis.h"
#include "aml/axis/file.h"
#include "aml/axis/prbs.h"
#include "aml/error.h"
#include "axis_command.h"
#include "axis_options.h"
#include "axis_run.h"
#include "axis_traffic.h"

#define PATIENCE_US 100000 /* so that a signal is seen soon */
#define TIMEOUT 10.0	   /* seconds in which the card takes no frame */

/* What is sent: of a recording, or made here, round the destinations. */
struct source {
	const struct options *options;
	struct aml_axis *axis;
	struct aml_axis_reader reader;
	struct aml_axis_prbs form;
	uint32_t sequence;
	size_t at;
};

/* The next frame; NULL: there are no more, or not yet. */
static int next_frame(struct source *s, struct aml_axis_frame **frame)
{
	const struct options *options = s->options;
	size_t ndests = options->ndests ? options->ndests : 1;
	int rc;

	if (options->input) {
		rc = aml_axis_reader_next(&s->reader, frame);
		if (!rc && *frame && options->ndests)
			(*frame)->dest = options->dests[s->at++ % ndests];
		return rc;
	}
	rc = aml_axis_frame_alloc(s->axis, frame, options->size_min, PATIENCE_US);
	if (rc)
		return rc;
	rc = aml_axis_prbs_fill(&s->form, s->sequence, *frame);
	if (rc) {
		aml_axis_frame_release(frame);
		return rc;
	}
	(*frame)->dest = options->dests[s->at++ % ndests];
	if (s->at % ndests == 0)
		s->sequence++;
	return 0;
}

/* Make or read the next frame, and send it.  What a card cannot take for a while is tried again,
 * and given up in the end: -AML_ETIMEDOUT, which is no error when the time is over.  *bytes 0: there
 * was none, or one that is recorded with an error. */
static int send_next(struct source *s, const struct until *until, size_t *bytes, bool *is_bad)
{
	double end = now() + (s->options->timeout > 0 ? s->options->timeout : TIMEOUT);
	struct aml_axis_frame *frame = NULL;
	int rc;

	*bytes = 0;
	do
		rc = next_frame(s, &frame);
	while (rc == -AML_ETIMEDOUT && !until_is_over(until) && now() < end);
	if (rc || !frame)
		return rc;
	*is_bad = frame->error != 0;
	if (!*is_bad) {
		*bytes = frame->bytes;
		do
			rc = aml_axis_send(s->axis, &frame, PATIENCE_US);
		while (rc == -AML_ETIMEDOUT && !until_is_over(until) && now() < end);
	}
	aml_axis_frame_release(&frame);
	return rc;
}

static int send_all(struct source *s, struct traffic *traffic, struct pace *pace)
{
	const struct options *options = s->options;
	struct until until = until_begin(options);
	double next = now();
	int rc = 0;

	while (!until_is_over(&until) && (!options->frames || traffic->frames < options->frames)) {
		bool is_bad = false;
		size_t bytes;

		rc = send_next(s, &until, &bytes, &is_bad);
		if (rc)
			return rc == -AML_ETIMEDOUT && until_is_over(&until) ? 0 : rc;
		if (is_bad) {
			if (traffic->errors++ == 0)
				complain("write: frames that were recorded with an error are left "
					 "out");
			continue;
		}
		if (!bytes) /* that was all */
			return 0;
		traffic_add(traffic, 1, bytes, 0);
		pace_show(pace, traffic);
		if (options->period > 0)
			sleep_until(next += options->period);
	}
	return 0;
}

static int run_source(struct source *s)
{
	struct traffic traffic = {0};
	struct pace pace;
	int rc;

	pace_begin(&pace, s->options, "write");
	rc = send_all(s, &traffic, &pace);
	if (rc)
		complain_of("write", rc);
	pace_result(&pace, s->options, &traffic);
	result_end();
	return rc || traffic.errors;
}

int run_write(const struct options *given)
{
	static struct options options; /* large */
	struct source s = {.options = &options, .form = AML_AXIS_PRBS_DEFAULT, .sequence = 1};
	int rc = 0;

	options = *given;
	s.form.width = options.width;
	if (options.size_min == 0)
		options.size_min = 1024;
	if (options.input) {
		rc = aml_axis_reader_open(&s.reader, options.input);
	} else {
		if (options.ndests == 0)
			options.ndests = 1; /* destination 0 */
		if (options.frames == 0 && options.seconds <= 0)
			options.frames = 1;
	}
	if (rc) {
		complain_of("write", rc);
		return 1;
	}
	s.axis = open_device(&options, NULL, 0);
	rc = s.axis ? run_source(&s) : 1;
	aml_axis_reader_close(&s.reader);
	aml_axis_close(&s.axis);
	return rc;
}
