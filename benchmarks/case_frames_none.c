/* SPDX-License-Identifier: BSD-3-Clause */
#include "case_frames.h"
#include "complain.h"

int frames(const struct options *o)
{
	(void)o;
	complain("frames: this build has no backend axisg2");
	return 1;
}
