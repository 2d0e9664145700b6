/* SPDX-License-Identifier: BSD-3-Clause */
/* Firmware that has memory wherever it is asked for. */
#include <stdlib.h>

#include "aml/axis/srp.h"
#include "aml/engine.h"
#include "backends/axisg2/stages/srp_wire.h"
#include "backends/axisg2/stages/wire.h"

#define PAGE 4096
#define LISTS 64

struct page {
	struct page *next;
	uint64_t number;
	unsigned char data[PAGE];
};

/* Pages exist since they were first asked for. */
struct aml_axis_srp_model_state {
	struct page *lists[LISTS];
};

static struct page *page_of(struct aml_axis_srp_model_state *m, uint64_t address)
{
	uint64_t number = address / PAGE;
	struct page **list = &m->lists[number % LISTS], *page;

	for (page = *list; page; page = page->next)
		if (page->number == number)
			return page;
	page = calloc(1, sizeof(*page));
	if (!page)
		return NULL;
	page->number = number;
	page->next = *list;
	*list = page;
	return page;
}

/* Between @data and the memory at an address, one or two pages. */
static int access_memory(struct aml_axis_srp_model_state *m, bool is_write, uint64_t address,
			 unsigned char *data, size_t bytes)
{
	size_t run;

	for (; bytes > 0; address += run, data += run, bytes -= run) {
		struct page *page = page_of(m, address);
		unsigned char *there;

		if (!page)
			return aml_engine_refuse(AML_ENOMEM, "no memory for what is at 0x%llx",
						 (unsigned long long)address);
		there = page->data + address % PAGE;
		run = PAGE - address % PAGE;
		if (run > bytes)
			run = bytes;
		memcpy(is_write ? there : data, is_write ? data : there, run);
	}
	return 0;
}

static unsigned op_of(const struct amli_axis_srp_head *head)
{
	return head->what >> 8 & 3;
}

/* What is wrong with a request; 0 = nothing. */
static uint32_t fault_of(const struct aml_axis_frame *frame, const struct amli_axis_srp_head *head)
{
	size_t bytes = (size_t)head->last + 1, data = frame->bytes - AMLI_AXIS_SRP_HEAD;
	unsigned op = op_of(head);

	if (frame->error || frame->last_user & AML_AXIS_EOFE)
		return AML_AXIS_SRP_EOFE;
	if ((head->what & 0xff) != AMLI_AXIS_SRP_VERSION)
		return AML_AXIS_SRP_VERSION;
	if (op == AMLI_AXIS_SRP_OP_NULL)
		return 0;
	if (bytes % 4 || bytes > AML_AXIS_SRP_MAX || head->address % 4)
		return AML_AXIS_SRP_REQUEST;
	if (data != (op == AMLI_AXIS_SRP_OP_READ ? 0 : bytes))
		return AML_AXIS_SRP_FRAMING;
	return 0;
}

static int respond(struct aml_axis_stage *next, uint32_t dest, const unsigned char *data,
		   size_t bytes)
{
	struct aml_axis_frame *frame;
	int rc = aml_axis_frame_create(&frame, bytes);

	if (rc)
		return rc;
	frame->dest = dest;
	frame->first_user = AML_AXIS_SOF;
	rc = aml_axis_frame_write(frame, 0, data, bytes);
	if (!rc)
		rc = aml_axis_stage_accept(next, frame);
	aml_axis_frame_release(&frame);
	return rc;
}

static int model_accept(struct aml_axis_stage *stage, struct aml_axis_frame *frame)
{
	struct aml_axis_srp_model_state *m = ((struct aml_axis_srp_model *)stage)->state;
	unsigned char data[AMLI_AXIS_SRP_FRAME_MAX], *payload = data + AMLI_AXIS_SRP_HEAD;
	struct amli_axis_srp_head head;
	size_t bytes = 0;
	uint32_t fault;
	int rc = 0;

	/* As firmware does: without a start of frame there is no request. */
	if (frame->bytes < AMLI_AXIS_SRP_HEAD || !(frame->first_user & AML_AXIS_SOF))
		return 0;
	aml_axis_frame_read(frame, 0, data, AMLI_AXIS_SRP_HEAD);
	head = amli_axis_srp_get_head(data);
	fault = fault_of(frame, &head);
	if (!fault && op_of(&head) != AMLI_AXIS_SRP_OP_NULL) {
		bytes = (size_t)head.last + 1;
		if (op_of(&head) != AMLI_AXIS_SRP_OP_READ)
			aml_axis_frame_read(frame, AMLI_AXIS_SRP_HEAD, payload, bytes);
		rc = access_memory(m, op_of(&head) != AMLI_AXIS_SRP_OP_READ, head.address, payload,
				   bytes);
	}
	if (rc || op_of(&head) == AMLI_AXIS_SRP_OP_POST)
		return rc;
	head.what |= AMLI_AXIS_SRP_ABLE;
	amli_axis_srp_put_head(data, &head);
	amli_axis_put32(payload + bytes, fault);
	return respond(stage->next, frame->dest, data,
		       AMLI_AXIS_SRP_HEAD + bytes + AMLI_AXIS_SRP_TAIL);
}

int aml_axis_srp_model_init(struct aml_axis_srp_model *model)
{
	*model = (struct aml_axis_srp_model){
		.stage.accept = model_accept,
		.state = calloc(1, sizeof(*model->state)),
	};
	if (!model->state)
		return aml_engine_refuse(AML_ENOMEM, "no memory for a model of firmware");
	return 0;
}

void aml_axis_srp_model_fini(struct aml_axis_srp_model *model)
{
	if (!model->state)
		return;
	for (size_t i = 0; i < LISTS; i++) {
		struct page *page = model->state->lists[i];

		while (page) {
			struct page *next = page->next;

			free(page);
			page = next;
		}
	}
	free(model->state);
	model->state = NULL;
}
