/* SPDX-License-Identifier: BSD-3-Clause */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/gate.h"
#include "tests/lib/threads.h"

static bool is_named(const char *task, const char *name)
{
	char path[300], text[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%s/comm", task);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (!fgets(text, sizeof(text), file))
		text[0] = 0;
	fclose(file);
	return !strncmp(text, name, strlen(name));
}

static unsigned count(const char *name)
{
	DIR *tasks = opendir("/proc/self/task");
	unsigned n = 0;

	ck_assert_ptr_nonnull(tasks);
	for (struct dirent *task; (task = readdir(tasks));)
		n += is_named(task->d_name, name);
	closedir(tasks);
	return n;
}

bool threads_come_to(const char *name, unsigned threads)
{
	for (int i = 0; i < 2000 && count(name) != threads; i++)
		sleep_us(1000);
	return count(name) == threads;
}
