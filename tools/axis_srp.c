/* SPDX-License-Identifier: BSD-3-Clause */
/* aml-axis srp: registers of firmware over a stream, and software in firmware's place. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aml/axis.h"
#include "aml/axis/srp.h"
#include "aml/error.h"
#include "axis_command.h"
#include "axis_options.h"
#include "axis_run.h"

#define WORDS_MAX (1u << 20)

/* What is to be done, and how it is reached. */
struct access {
	const struct options *options;
	uint64_t address;
	uint32_t *words;
	size_t n;
	struct aml_axis *axis;
	struct aml_axis_filter responses;
	struct aml_axis_srp srp;
	struct aml_axis_sender sender;
};

static uint32_t dest_of(const struct options *options)
{
	return options->ndests ? options->dests[0] : 0;
}

static int connect_it(struct access *a)
{
	const struct options *options = a->options;
	struct aml_axis_srp_options how = {
		.dest = dest_of(options),
		.timeout_us = options->timeout > 0 ? to_us(options->timeout) : 0,
	};
	uint32_t from = options->has_from ? options->from : how.dest;
	int rc;

	a->axis = open_device(options, &from, 1);
	if (!a->axis)
		return 1;
	rc = aml_axis_srp_init(&a->srp, &how);
	if (rc) {
		complain_of("srp", rc);
		return 1;
	}
	aml_axis_filter_init(&a->responses, from, false);
	aml_axis_sender_init(&a->sender, a->axis, 1000000);
	a->responses.stage.next = &a->srp.stage;
	a->srp.stage.next = &a->sender.stage;
	rc = aml_axis_listen(a->axis, aml_axis_stage_feed, &a->responses.stage);
	if (rc)
		complain_of("srp", rc);
	return rc != 0;
}

static void disconnect(struct access *a)
{
	if (a->axis)
		aml_axis_unlisten(a->axis);
	aml_axis_srp_fini(&a->srp);
	aml_axis_close(&a->axis);
}

static void report(const struct access *a, const char *op, int rc)
{
	char address[32];

	if (!rc && strcmp(op, "read") == 0 && !a->options->json)
		for (size_t i = 0; i < a->n; i++)
			printf("0x%08llx: 0x%08x\n", (unsigned long long)(a->address + 4 * i),
			       a->words[i]);
	snprintf(address, sizeof(address), "0x%llx", (unsigned long long)a->address);
	result_begin(a->options, "srp");
	result_text("op", op);
	result_text("address", address);
	result_number("words", a->n);
	if (!rc && strcmp(op, "read") == 0 && a->options->json) {
		for (size_t i = 0; i < a->n; i++)
			printf("%s%u", i ? ", " : ", \"values\": [", a->words[i]);
		putchar(']');
	}
	result_number("errors", rc != 0);
	result_end();
}

static int do_it(struct access *a, const char *op)
{
	int rc = connect_it(a);

	if (!rc) {
		if (strcmp(op, "read") == 0)
			rc = aml_axis_srp_read(&a->srp, a->address, a->words, 4 * a->n);
		else if (a->options->post)
			rc = aml_axis_srp_post(&a->srp, a->address, a->words, 4 * a->n);
		else
			rc = aml_axis_srp_write(&a->srp, a->address, a->words, 4 * a->n);
		if (rc)
			complain_of("srp", rc);
		report(a, op, rc);
	}
	disconnect(a);
	return rc != 0;
}

static int bad_argument(const char *text)
{
	complain("srp: '%s' is no address, number of words or value that can be used", text);
	return 2;
}

/* ADDRESS [WORDS] */
static int read_words(struct access *a, char **args, int n)
{
	uint64_t count = 1;
	int rc;

	if (n < 1 || n > 2) {
		complain("srp read: ADDRESS [WORDS]");
		return 2;
	}
	if (!parse_number(args[0], UINT64_MAX - 3, &a->address) || a->address % 4)
		return bad_argument(args[0]);
	if (n == 2 && (!parse_number(args[1], WORDS_MAX, &count) || count == 0))
		return bad_argument(args[1]);
	a->n = count;
	a->words = calloc(count, 4);
	if (!a->words) {
		complain("no memory for %zu words", a->n);
		return 1;
	}
	rc = do_it(a, "read");
	free(a->words);
	return rc;
}

/* ADDRESS VALUE... */
static int write_words(struct access *a, char **args, int n)
{
	int rc = 0;

	if (n < 2) {
		complain("srp write: ADDRESS VALUE...");
		return 2;
	}
	if (!parse_number(args[0], UINT64_MAX - 3, &a->address) || a->address % 4)
		return bad_argument(args[0]);
	a->n = (size_t)n - 1;
	a->words = calloc(a->n, 4);
	if (!a->words) {
		complain("no memory for %zu words", a->n);
		return 1;
	}
	for (size_t i = 0; i < a->n && !rc; i++) {
		uint64_t value;

		if (!parse_number(args[i + 1], UINT32_MAX, &value))
			rc = bad_argument(args[i + 1]);
		else
			a->words[i] = (uint32_t)value;
	}
	if (!rc)
		rc = do_it(a, a->options->post ? "post" : "write");
	free(a->words);
	return rc;
}

/* ---- in firmware's place ---- */

/* Sends responses where they are expected. */
struct turn {
	struct aml_axis_stage stage;
	uint32_t dest;
	uint64_t frames;
};

static int turn_accept(struct aml_axis_stage *stage, struct aml_axis_frame *frame)
{
	struct turn *turn = (struct turn *)stage;

	frame->dest = turn->dest;
	turn->frames++;
	return aml_axis_stage_accept(stage->next, frame);
}

static int answer(const struct options *options)
{
	uint32_t dest = dest_of(options);
	struct turn turn = {.stage.accept = turn_accept, .dest = options->from};
	struct until until = until_begin(options);
	struct aml_axis_sender sender;
	struct aml_axis_srp_model model;
	struct aml_axis *axis;
	int rc;

	if (!options->has_from || options->from == dest) {
		complain("srp model: responses need a destination of their own, --from");
		return 2;
	}
	axis = open_device(options, &dest, 1);
	if (!axis)
		return 1;
	rc = aml_axis_srp_model_init(&model);
	aml_axis_sender_init(&sender, axis, 1000000);
	model.stage.next = &turn.stage;
	turn.stage.next = &sender.stage;
	if (!rc)
		rc = aml_axis_listen(axis, aml_axis_stage_feed, &model.stage);
	if (rc) {
		complain_of("srp", rc);
	} else {
		sleep_until(until.end > 0 ? until.end : until.start + 1e9);
		aml_axis_unlisten(axis);
		result_begin(options, "srp");
		result_text("op", "model");
		result_number("responses", turn.frames);
		result_end();
	}
	aml_axis_srp_model_fini(&model);
	aml_axis_close(&axis);
	return rc != 0;
}

int run_srp(const struct options *options)
{
	struct access a = {.options = options};
	char **args = options->args + 1;
	int n = options->nargs - 1;

	if (options->ndests > 1) {
		complain("srp takes one destination");
		return 2;
	}
	if (strcmp(args[0], "read") == 0)
		return read_words(&a, args + 1, n - 1);
	if (strcmp(args[0], "write") == 0)
		return write_words(&a, args + 1, n - 1);
	if (strcmp(args[0], "model") == 0 && n == 1)
		return answer(options);
	complain("srp %s: there is read, write, and model", args[0]);
	return 2;
}
