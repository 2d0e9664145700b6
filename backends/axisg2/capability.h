/* SPDX-License-Identifier: BSD-3-Clause */
/* What a device and its driver can do: asked once, when it is opened. */
#ifndef AXISG2_CAPABILITY_H
#define AXISG2_CAPABILITY_H

#include <stdbool.h>

#include "backends/axisg2/io.h"

#define AMLI_AXIS_API 6u /* the number of the interface since release 5.16.0 */

struct amli_axis_capability {
	unsigned api;
	char git[AXISG2_GIT_BYTES + 1]; /* the version as the driver says it; "" */
	unsigned release;		/* 70400 is 7.4.0; 0 = not known */
	uint32_t tx, rx, size;		/* buffers, and bytes of each */
	uint32_t width;			/* bytes of a beat; 0 = not known */
	uint32_t lanes;			/* 0 = not known */
	bool has_rx_counters, has_git, has_axi_version, has_missed;
	bool clears_cont; /* sends every part as a frame */
	struct axisg2_axi_version axi;
};

/* "7.4.0", "v7.4.0-1-gabc" -> 70400; 0: it is no version. */
unsigned amli_axis_release_of(const char *git);

/* 0, or -AML_ENOTSUP with a sentence: no device of the driver's, or one too old. */
int amli_axis_probe(struct amli_axis_capability *cap, struct amli_axisg2_io *io, const char *path);

/* Bytes of all parts of a sent frame but the last: whole beats. */
static inline uint32_t amli_axis_part_bytes(const struct amli_axis_capability *cap)
{
	return cap->size / (cap->width ? cap->width : 64) * (cap->width ? cap->width : 64);
}

/* Opening failed with a number of the system's: the code, with a sentence. */
int amli_axis_refuse_open(const char *path, int error);
/* Mapping did. */
int amli_axis_refuse_map(const struct amli_axis_capability *cap, const char *path, int error);

#endif
