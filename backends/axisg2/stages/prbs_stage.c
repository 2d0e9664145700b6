/* SPDX-License-Identifier: BSD-3-Clause */
/* The sender and the checker of PRBS frames. */
#include "aml/axis/prbs.h"

#include "aml/engine.h"
#include "backends/axisg2/stages/prbs_word.h"
#include "backends/axisg2/stages/wire.h"

int aml_axis_prbs_tx_init(struct aml_axis_prbs_tx *tx, const struct aml_axis_prbs *form,
			  uint32_t dest)
{
	*tx = (struct aml_axis_prbs_tx){.dest = dest, .sequence = 1, .first_user = AML_AXIS_SOF};
	return amli_axis_prbs_form(&tx->form, form);
}

int aml_axis_prbs_tx_send(struct aml_axis_prbs_tx *tx, size_t bytes)
{
	struct aml_axis_frame *frame;
	int rc = aml_axis_frame_create(&frame, bytes);

	if (rc)
		return rc;
	rc = aml_axis_prbs_fill(&tx->form, tx->sequence, frame);
	if (rc)
		goto out;
	frame->dest = tx->dest;
	frame->first_user = tx->first_user;
	rc = aml_axis_stage_accept(tx->next, frame);
	if (rc)
		goto out;
	tx->sequence++;
	amli_axis_count(&tx->frames, 1);
	amli_axis_count(&tx->bytes, bytes);
out:
	aml_axis_frame_release(&frame);
	return rc;
}

/* The number is right, or the sender or the receiver begins anew. */
static bool is_expected(const struct aml_axis_prbs_rx *rx, uint32_t number)
{
	return number == rx->expected || number == 0 || rx->expected == 0;
}

static int prbs_accept(struct aml_axis_stage *stage, struct aml_axis_frame *frame)
{
	struct aml_axis_prbs_rx *rx = (struct aml_axis_prbs_rx *)stage;
	uint32_t number = 0;
	int fault = aml_axis_prbs_check(&rx->form, frame, &number);

	if (fault < 0)
		return fault;
	if (fault == AML_AXIS_PRBS_ERROR || fault == AML_AXIS_PRBS_SIZE) {
		if (rx->expected) /* it has no number to rely on: take it for the next one */
			rx->expected++;
	} else {
		if (fault != AML_AXIS_PRBS_LENGTH && !is_expected(rx, number)) {
			aml_engine_refuse(AML_EIO, "frame %u came, not %u", number, rx->expected);
			fault = AML_AXIS_PRBS_SEQUENCE;
		}
		rx->expected = number + 1;
	}
	if (fault == AML_AXIS_PRBS_GOOD) {
		amli_axis_count(&rx->counts.frames, 1);
		amli_axis_count(&rx->counts.bytes, frame->bytes);
	} else {
		amli_axis_count(&rx->counts.faults[fault], 1);
		amli_axis_count(&rx->counts.errors, 1);
	}
	return aml_axis_stage_accept(stage->next, frame);
}

int aml_axis_prbs_rx_init(struct aml_axis_prbs_rx *rx, const struct aml_axis_prbs *form)
{
	*rx = (struct aml_axis_prbs_rx){.stage.accept = prbs_accept};
	return amli_axis_prbs_form(&rx->form, form);
}

struct aml_axis_prbs_counts aml_axis_prbs_rx_counts(const struct aml_axis_prbs_rx *rx)
{
	struct aml_axis_prbs_counts counts = {
		.frames = amli_axis_counted(&rx->counts.frames),
		.bytes = amli_axis_counted(&rx->counts.bytes),
		.errors = amli_axis_counted(&rx->counts.errors),
	};

	for (int i = 0; i < AML_AXIS_PRBS_FAULTS; i++)
		counts.faults[i] = amli_axis_counted(&rx->counts.faults[i]);
	return counts;
}
