/* SPDX-License-Identifier: BSD-3-Clause */
/* What every engine may need: fillers for the calls that it does not have, and its word
 * for why it refuses. */
#include <stdarg.h>
#include <stdio.h>

#include "aml/engine.h"
#include "base/error.h"

int aml_engine_open_plain(struct aml_engine *e, const struct aml_spec *spec)
{
	(void)e;
	(void)spec;
	return 0;
}

void aml_engine_close_plain(struct aml_engine *e)
{
	(void)e;
}

int aml_engine_no_progress(struct aml_engine *e, struct aml_request *req)
{
	(void)e;
	(void)req;
	return 0;
}

int aml_engine_no_cancel(struct aml_engine *e, struct aml_request *req)
{
	(void)e;
	(void)req;
	return -AML_EBUSY;
}

bool aml_engine_reaches_host_only(const struct aml_engine *e, const struct aml_area *area)
{
	(void)e;
	(void)area;
	return false;
}

int aml_engine_no_fprintf(const struct aml_engine *e, FILE *stream, const char *prefix)
{
	(void)e;
	(void)stream;
	(void)prefix;
	return 0;
}

int aml_engine_refuse(int code, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return amli_fail(code, "%s", text);
}
