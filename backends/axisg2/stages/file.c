/* SPDX-License-Identifier: BSD-3-Clause */
#include "backends/axisg2/stages/file.h"

#include <errno.h>
#include <string.h>

#include "aml/engine.h"

int amli_axis_file_refuse(const char *what, const char *path)
{
	int code = AML_EIO;

	if (errno == EACCES || errno == EPERM || errno == EROFS)
		code = AML_EPERM;
	else if (errno == ENOMEM)
		code = AML_ENOMEM;
	return aml_engine_refuse(code, "cannot %s %s: %s", what, path, strerror(errno));
}
