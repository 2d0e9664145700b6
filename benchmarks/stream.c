/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream.h"

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>

#define LINE 64

/* Both move whole lines; dst is aligned to one. */
static void lines_sse2(char *dst, const char *src, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += LINE) {
		const __m128i *s = (const __m128i *)(src + i);
		__m128i *d = (__m128i *)(dst + i);
		__m128i a = _mm_loadu_si128(s), b = _mm_loadu_si128(s + 1);
		__m128i c = _mm_loadu_si128(s + 2), e = _mm_loadu_si128(s + 3);

		_mm_stream_si128(d, a);
		_mm_stream_si128(d + 1, b);
		_mm_stream_si128(d + 2, c);
		_mm_stream_si128(d + 3, e);
	}
	_mm_sfence();
}

__attribute__((target("avx"))) static void lines_avx(char *dst, const char *src, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += LINE) {
		const __m256i *s = (const __m256i *)(src + i);
		__m256i *d = (__m256i *)(dst + i);
		__m256i a = _mm256_loadu_si256(s), b = _mm256_loadu_si256(s + 1);

		_mm256_stream_si256(d, a);
		_mm256_stream_si256(d + 1, b);
	}
	_mm_sfence();
}

__attribute__((target("avx512f"))) static void lines_avx512(char *dst, const char *src,
							    size_t bytes)
{
	for (size_t i = 0; i < bytes; i += LINE)
		_mm512_stream_si512((__m512i *)(void *)(dst + i),
				    _mm512_loadu_si512((const void *)(src + i)));
	_mm_sfence();
}

static int level(void)
{
	if (__builtin_cpu_supports("avx512f"))
		return 2;
	return __builtin_cpu_supports("avx") ? 1 : 0;
}

const char *stream_name(void)
{
	static const char *const names[] = {"sse2", "avx", "avx512"};

	return names[level()];
}

void stream_copy(char *dst, const char *src, size_t bytes)
{
	static void (*const lines[])(char *, const char *, size_t) = {lines_sse2, lines_avx,
								      lines_avx512};
	size_t head = (size_t)(-(uintptr_t)dst % LINE), body;

	if (head > bytes)
		head = bytes;
	body = (bytes - head) / LINE * LINE;
	memcpy(dst, src, head);
	if (body)
		lines[level()](dst + head, src + head, body);
	memcpy(dst + head + body, src + head + body, bytes - head - body);
}

#else

const char *stream_name(void)
{
	return "memcpy";
}

void stream_copy(char *dst, const char *src, size_t bytes)
{
	memcpy(dst, src, bytes);
}

#endif
