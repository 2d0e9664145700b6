/* SPDX-License-Identifier: BSD-3-Clause */
/* Log lines, off unless AML_LOG asks for the topic; see aml/log.h. */
#ifndef AMLI_BASE_LOG_H
#define AMLI_BASE_LOG_H

#include "aml/log.h"

enum amli_log_level { AMLI_LOG_OFF, AMLI_LOG_ERROR, AMLI_LOG_INFO, AMLI_LOG_DEBUG };

/* Costs one load and one branch while AML_LOG is not set. */
#define amli_log(level, topic, ...)                                   \
	do {                                                          \
		if (__builtin_expect(amli_log_active(), 0))           \
			amli_log_line((level), (topic), __VA_ARGS__); \
	} while (0)

int amli_log_active(void);
void amli_log_line(enum amli_log_level level, const char *topic, const char *fmt, ...)
	AML_FORMAT(3, 4);

#endif
