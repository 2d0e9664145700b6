/* SPDX-License-Identifier: BSD-3-Clause */
/* Any number of words, in requests of which several are under way at once. */
#include "aml/axis/srp.h"
#include "aml/engine.h"
#include "backends/axisg2/stages/srp.h"

#define UNDER_WAY 8

/* What is left of a transfer. */
struct rest {
	enum aml_axis_srp_op op;
	uint64_t address;
	char *data;
	size_t bytes;
};

/* As much as one request takes; none crosses 4 KiB, as bursts of AXI must not. */
static struct aml_axis_srp_request next_request(struct rest *rest)
{
	size_t bytes = AML_AXIS_SRP_MAX - rest->address % AML_AXIS_SRP_MAX;
	struct aml_axis_srp_request request = {
		.op = rest->op, .address = rest->address, .data = rest->data};

	if (bytes > rest->bytes)
		bytes = rest->bytes;
	request.bytes = bytes;
	rest->address += bytes;
	rest->data += bytes;
	rest->bytes -= bytes;
	return request;
}

static int check(const struct rest *rest)
{
	unsigned long long address = rest->address;

	if (rest->address % 4 || rest->bytes % 4 || rest->bytes == 0 || !rest->data)
		return aml_engine_refuse(AML_EINVAL,
					 "%zu bytes at 0x%llx%s: both must be multiples of 4",
					 rest->bytes, address, rest->data ? "" : " and NULL");
	if (rest->bytes - 1 > UINT64_MAX - rest->address)
		return aml_engine_refuse(AML_EINVAL, "%zu bytes at 0x%llx go round the end",
					 rest->bytes, address);
	return 0;
}

static int transfer(struct aml_axis_srp *srp, struct rest rest)
{
	struct aml_axis_srp_request requests[UNDER_WAY], failed = {.status = 0};
	size_t started = 0, ended = 0;
	int rc = check(&rest);

	if (rc)
		return rc;
	while (ended < started || (rest.bytes > 0 && !rc && !failed.status)) {
		struct aml_axis_srp_request *request = &requests[started % UNDER_WAY];

		if (rest.bytes > 0 && !rc && !failed.status && started - ended < UNDER_WAY) {
			*request = next_request(&rest);
			rc = aml_axis_srp_start(srp, request);
			if (!rc)
				started++;
			continue;
		}
		request = &requests[ended++ % UNDER_WAY];
		amli_axis_srp_finish(srp, request);
		if (!failed.status)
			failed = *request;
	}
	return rc || !failed.status ? rc : amli_axis_srp_explain(&failed);
}

int aml_axis_srp_read(struct aml_axis_srp *srp, uint64_t address, void *data, size_t bytes)
{
	return transfer(srp, (struct rest){AML_AXIS_SRP_READ, address, data, bytes});
}

/* A request has one pointer, for both ways; what is written is only read. */
static char *unconst(const void *data)
{
	return (char *)(uintptr_t)data;
}

int aml_axis_srp_write(struct aml_axis_srp *srp, uint64_t address, const void *data, size_t bytes)
{
	return transfer(srp, (struct rest){AML_AXIS_SRP_WRITE, address, unconst(data), bytes});
}

int aml_axis_srp_post(struct aml_axis_srp *srp, uint64_t address, const void *data, size_t bytes)
{
	return transfer(srp, (struct rest){AML_AXIS_SRP_POST, address, unconst(data), bytes});
}
