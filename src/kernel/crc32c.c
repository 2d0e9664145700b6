/* SPDX-License-Identifier: BSD-3-Clause */
/* CRC32C in portable C, and the arithmetic that moves and joins parts. */
#include <string.h>

#include "base/cpu.h"
#include "kernel/map.h"

/* The polynomial, lowest power in the highest bit, as the register is. */
#define POLYNOMIAL UINT32_C(0x82f63b78)
#define ONE (UINT32_C(1) << 31) /* x^0 */

/* What becomes of four bits that leave the register. */
static const uint32_t nibble[16] = {
	0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
	0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
	0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

uint32_t amli_crc_any(uint32_t reg, char *dst, const char *src, size_t bytes)
{
	if (dst)
		memcpy(dst, src, bytes);
	for (size_t i = 0; i < bytes; i++) {
		reg ^= (unsigned char)src[i];
		reg = reg >> 4 ^ nibble[reg & 15];
		reg = reg >> 4 ^ nibble[reg & 15];
	}
	return reg;
}

static uint32_t times_x(uint32_t a)
{
	return a >> 1 ^ (a & 1 ? POLYNOMIAL : 0);
}

static uint32_t multiply(uint32_t a, uint32_t b)
{
	uint32_t sum = 0;

	for (; a; a <<= 1) {
		if (a & ONE)
			sum ^= b;
		b = times_x(b);
	}
	return sum;
}

/* By x^(8 bytes), from its squares. */
uint32_t amli_crc_shift(uint32_t reg, size_t bytes)
{
	uint32_t power = ONE >> 8; /* x^8 */

	for (; bytes && reg; bytes >>= 1) {
		if (bytes & 1)
			reg = multiply(power, reg);
		power = multiply(power, power);
	}
	return reg;
}

amli_crc_fn *amli_crc_select(unsigned cpu)
{
	(void)cpu;
#if defined(__x86_64__)
	if (cpu & AMLI_CPU_VPCLMUL)
		return amli_crc_wide;
	if (cpu & AMLI_CPU_AVX2)
		return amli_crc_x86;
#endif
	return amli_crc_any;
}
