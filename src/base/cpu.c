/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#include "base/cpu.h"
#include "base/hot.h"
#include "base/log.h"

/* In this order; a feature hides those above it that build on it. */
static const struct {
	const char *name;
	unsigned bit, implied_off;
} features[] = {
	{"sse2", AMLI_CPU_SSE2, AMLI_CPU_AVX2 | AMLI_CPU_AVX512 | AMLI_CPU_VPCLMUL},
	{"avx2", AMLI_CPU_AVX2, AMLI_CPU_AVX512 | AMLI_CPU_VPCLMUL},
	{"avx512", AMLI_CPU_AVX512, AMLI_CPU_VPCLMUL},
	{"vpclmul", AMLI_CPU_VPCLMUL, 0},
	{"neon", AMLI_CPU_NEON, 0},
};
#define NFEATURES (sizeof(features) / sizeof(features[0]))

#if defined(__x86_64__) || defined(__i386__)
/* What every CPU with AVX2 has, but a virtual machine may hide; not all compilers know all
 * of the names. */
static bool has_usual(void)
{
	unsigned a, b, c, d;

	return __get_cpuid(1, &a, &b, &c, &d) && c & bit_F16C && c & bit_PCLMUL && c & bit_SSE4_2;
}

static bool has_vpclmul(void)
{
	unsigned a, b, c, d;

	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && c & bit_VPCLMULQDQ;
}
#endif

static unsigned detect(void)
{
	unsigned cpu = 0;

#if defined(__x86_64__) || defined(__i386__)
	__builtin_cpu_init();
	if (__builtin_cpu_supports("sse2"))
		cpu |= AMLI_CPU_SSE2;
	if (__builtin_cpu_supports("avx2") && has_usual())
		cpu |= AMLI_CPU_AVX2;
	if (cpu & AMLI_CPU_AVX2 && __builtin_cpu_supports("avx512f") &&
	    __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
	    __builtin_cpu_supports("avx512vl"))
		cpu |= AMLI_CPU_AVX512;
	if (cpu & AMLI_CPU_AVX512 && has_vpclmul())
		cpu |= AMLI_CPU_VPCLMUL;
#elif defined(__aarch64__)
	cpu |= AMLI_CPU_NEON; /* part of the base architecture */
#endif
	return cpu;
}

/* What one comma-separated name hides; 0 and a log line for an unknown one. */
static unsigned hidden_by(const char *name, size_t len)
{
	for (size_t i = 0; i < NFEATURES; i++)
		if (strlen(features[i].name) == len && !strncmp(features[i].name, name, len))
			return features[i].bit | features[i].implied_off;
	amli_log(AMLI_LOG_ERROR, "cpu", "AML_CPU_DISABLE: unknown feature '%.*s'", (int)len, name);
	return 0;
}

static unsigned hidden(void)
{
	const char *at = getenv("AML_CPU_DISABLE");
	unsigned cpu = 0;

	while (at && *at) {
		size_t len = strcspn(at, ",");

		if (len)
			cpu |= hidden_by(at, len);
		at += len + (at[len] == ',');
	}
	return cpu;
}

atomic_uint amli_cpu_known;

/* Several threads may: all come to the same. */
unsigned amli_cpu_decide(void)
{
	unsigned cpu = (detect() & ~hidden()) | AMLI_CPU_DECIDED;

	atomic_store_explicit(&amli_cpu_known, cpu, memory_order_relaxed);
	return cpu;
}

const char *amli_cpu_names(void)
{
	static _Thread_local char text[64];
	unsigned cpu = amli_cpu();
	size_t used = 0;

	text[0] = 0;
	for (size_t i = 0; i < NFEATURES; i++)
		if (cpu & features[i].bit)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
						 used ? " " : "", features[i].name);
	return text;
}

/* One small text file of the system's; "" if it cannot be read. */
static void read_line(char *text, int size, const char *fmt, unsigned index)
{
	char path[96];
	FILE *file;

	snprintf(path, sizeof(path), fmt, index);
	file = fopen(path, "re");
	if (!file || !fgets(text, size, file))
		*text = 0;
	if (file)
		fclose(file);
}

/* What the first CPU sees.  sysconf() would do, but on some virtual machines it tells the
 * sum over the host's sockets. */
static size_t cache_from_sysfs(unsigned level)
{
#define CACHE "/sys/devices/system/cpu/cpu0/cache/index%u/"
	for (unsigned i = 0; i < 8; i++) {
		char text[32];
		unsigned long size;
		char unit = 0;

		read_line(text, sizeof(text), CACHE "level", i);
		if (strtoul(text, NULL, 10) != level)
			continue;
		read_line(text, sizeof(text), CACHE "type", i);
		if (!strncmp(text, "Instruction", 11))
			continue;
		read_line(text, sizeof(text), CACHE "size", i);
		if (sscanf(text, "%lu%c", &size, &unit) < 1)
			continue;
		return (size_t)size << (unit == 'M' ? 20 : unit == 'K' ? 10 : 0);
	}
	return 0;
}

AMLI_HOT size_t amli_cache_bytes(unsigned level)
{
	static const size_t usual[] = {0, 32 << 10, 512 << 10, 8 << 20};
	static atomic_size_t known[4];
	size_t bytes;

	if (level < 1 || level > 3)
		return 0;
	bytes = atomic_load_explicit(&known[level], memory_order_relaxed);
	if (bytes == 0) { /* several threads may: all come to the same */
		bytes = cache_from_sysfs(level);
		if (bytes == 0)
			bytes = usual[level];
		atomic_store_explicit(&known[level], bytes, memory_order_relaxed);
	}
	return bytes;
}
