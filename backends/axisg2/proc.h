/* SPDX-License-Identifier: BSD-3-Clause */
/* What only /proc/datadev_N tells: counters of releases that have no ioctls for them, and how
 * often buffers were used. */
#ifndef AXISG2_PROC_H
#define AXISG2_PROC_H

#include "aml/axis.h"
#include "backends/axisg2/io.h"

struct amli_axis_proc {
	struct aml_axis_places rx; /* -1: it does not tell */
	int64_t rx_used;
};

/* Read it; all is -1 if there is none. */
void amli_axis_proc_read(struct amli_axis_proc *proc, struct amli_axisg2_io *io, const char *path);

#endif
