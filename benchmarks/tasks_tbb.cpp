// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>
#include <tbb/task_group.h>

#include "tasks.h"

extern "C" int tasks_tbb(void *arg)
{
	const struct tasks *t = static_cast<const struct tasks *>(arg);
	tbb::task_group group;

	for (size_t i = 0; i < t->n; i++)
		group.run([t, i] {
			std::memcpy(t->dst + i * t->pitch, t->src + i * t->pitch, t->bytes);
		});
	group.wait();
	return 0;
}
