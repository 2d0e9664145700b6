/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Contiguous copies and runs for one ISA.  The includer defines
 *
 *	ISA	sse2, avx2, avx512, neon: names the primitives (see x86.h)
 *	STREAMS	1 if the ISA has stores past the caches
 *
 * and gets runs_<ISA>_run and pieces_<ISA>_run, and with STREAMS the same with _stream and
 * copy_<ISA>_stream.
 */
#define TARGET AMLI_CAT(TARGET_, ISA)
#define ON(name) AMLI_CAT3(name, _, ISA)
#define KERNEL(name, how) AMLI_CAT3(AMLI_CAT(amli_, name), _, AMLI_CAT3(ISA, _, how))
#define W (sizeof(AMLI_CAT(vec_, ISA)))

/* n > W: vectors, the last of which ends with the run */
AMLI_INLINE TARGET void ON(run_long)(char *d, const char *s, size_t n)
{
	for (size_t o = 0; o < n - W; o += W)
		ON(put)(d + o, ON(load)(s + o));
	ON(put)(d + n - W, ON(load)(s + n - W));
}

/* One run.  pieces: of 16 bytes that cover it, the last ending with it; 0 = shorter than
 * one, 5 = any number.  A constant, so that a short run is a few moves and no loop. */
AMLI_INLINE TARGET void ON(run_one)(char *d, const char *s, size_t n, int pieces)
{
	if (pieces == 0) {
		amli_move_15(d, s, n);
	} else if (pieces == 5) {
		ON(run_long)(d, s, n);
	} else {
		AMLI_UNROLL
		for (int q = 0; q + 1 < pieces; q++)
			memcpy(d + 16 * q, s + 16 * q, 16);
		memcpy(d + n - 16, s + n - 16, 16);
	}
}

AMLI_INLINE TARGET void ON(runs)(char *dst, const char *src, const struct amli_block *b,
				 struct amli_ask ask, int pieces)
{
	const size_t e = b->element, n = b->n[0], rows = b->n[1];
	const ptrdiff_t ds = b->dst[0], ss = b->src[0], dst_row = b->dst[1], src_row = b->src[1];
	const bool asks = amli_asks(&ask);

	for (size_t j = 0; j < rows; j++) {
		char *d = dst + amli_steps(j, dst_row);
		const char *s = src + amli_steps(j, src_row);

		for (size_t i = 0; i < n; i++) {
			if (asks)
				amli_ask_run(d, s, e, ask);
			ON(run_one)(d, s, e, pieces);
			d += ds, s += ss;
		}
	}
}

static TARGET void ON(runs_cached)(char *dst, const char *src, const struct amli_block *b,
				   const struct amli_ask *ask)
{
	switch (b->element > 64 ? 5 : b->element < 16 ? 0 : (b->element + 15) / 16) {
	case 0:
		ON(runs)(dst, src, b, *ask, 0);
		break;
	case 1:
		ON(runs)(dst, src, b, *ask, 1);
		break;
	case 2:
		ON(runs)(dst, src, b, *ask, 2);
		break;
	case 3:
		ON(runs)(dst, src, b, *ask, 3);
		break;
	case 4:
		ON(runs)(dst, src, b, *ask, 4);
		break;
	default:
		ON(runs)(dst, src, b, *ask, 5);
		break;
	}
}

TARGET void KERNEL(runs, run)(char *dst, const char *src, const char *next,
			      const struct amli_block *b)
{
	amli_ask_ahead(dst, src, next, b, AMLI_ASK_ALL, ON(runs_cached));
}

#define FAR_PIECES ((size_t)16)

AMLI_INLINE void ON(ask_piece)(char *dst, const char *src, const struct amli_pieces *pieces,
			       size_t i)
{
	const struct amli_piece *p = pieces->piece + i + FAR_PIECES;

	if (i + FAR_PIECES >= pieces->ahead)
		return;
	if (pieces->src)
		amli_ask(src + p->src, p[1].at - p->at);
	if (pieces->dst)
		amli_ask(dst + p->dst, p[1].at - p->at);
}

TARGET void KERNEL(pieces, run)(char *dst, const char *src, const char *next,
				const struct amli_block *b)
{
	const struct amli_piece *p = b->pieces->piece;

	(void)next;
	for (size_t i = 0; i < b->n[0]; i++, p++) {
		size_t n = p[1].at - p->at;

		ON(ask_piece)(dst, src, b->pieces, i);
		if (n < 16)
			amli_move_15(dst + p->dst, src + p->src, n);
		else if (n <= W)
			amli_move_63(dst + p->dst, src + p->src, n);
		else
			ON(run_long)(dst + p->dst, src + p->src, n);
	}
}

#if STREAMS
TARGET void KERNEL(pieces, stream)(char *dst, const char *src, const char *next,
				   const struct amli_block *b)
{
	const struct amli_piece *p = b->pieces->piece;

	(void)next;
	for (size_t i = 0; i < b->n[0]; i++, p++) {
		ON(ask_piece)(dst, src, b->pieces, i);
		ON(flush)(dst + p->dst, src + p->src, p[1].at - p->at);
	}
}

#define STAGE ((size_t)2048)

/* A row of runs that follow each other in the destination leaves as one stream; between
 * two stages the bytes of an unfinished line are held. */
static TARGET void ON(row_staged)(char *dst, const char *src, const char *next,
				  const struct amli_block *b)
{
	_Alignas(64) char stage[STAGE];
	struct amli_block part = *b;
	size_t held = 0, out;

	part.n[1] = 1;
	for (size_t i = 0; i < b->n[0]; i += part.n[0]) {
		size_t most = (STAGE - held) / b->element, left = b->n[0] - i;

		part.n[0] = left < most ? left : most;
		KERNEL(runs, run)
		(stage + held, src, left > most ? src + amli_steps(most, b->src[0]) : next, &part);
		src += amli_steps(part.n[0], b->src[0]);
		held += part.n[0] * b->element;
		out = left > most ? held - (uintptr_t)(dst + held) % AMLI_LINE : held;
		ON(flush)(dst, stage, out);
		amli_move_63(stage, stage + out, held - out);
		dst += out, held -= out;
	}
}

/* Runs first to end - 1 of a row, by lines, some of which two runs share: the first one with the run
 * before, while the last one is left to the run behind.  Only the row's ends are written in part. */
AMLI_INLINE TARGET void ON(row_shared)(char *dst, const char *src, const struct amli_block *b,
				       size_t first, size_t end, struct amli_ask ask)
{
	const size_t e = b->element;
	const ptrdiff_t step = b->src[0];
	const char *s = src + amli_steps(first, step);
	char *d = dst + first * e, *stop = dst + end * e;
	size_t part = (uintptr_t)d % AMLI_LINE, tail = (uintptr_t)stop % AMLI_LINE, o = 0;

	if (part && first) {
		d -= part, s -= step, o = e - part;
	} else if (part) {
		o = AMLI_LINE - part;
		amli_move_63(d, s, o);
		d += o;
	}
	for (stop -= tail; d < stop; d += AMLI_LINE) {
		amli_ask_part((uintptr_t)s + o + (uintptr_t)ask.src, AMLI_LINE, ask.src_part);
		ON(stream_shared)(d, s + o, e - o, (const char *)((uintptr_t)s + (uintptr_t)step));
		o += AMLI_LINE;
		s += o < e ? 0 : step;
		o -= o < e ? 0 : e;
	}
	if (end == b->n[0])
		amli_move_63(d, s + o, tail);
}

/* Rows of a source that is read across; half as many if they share cache sets. */
#define AT_ONCE ((size_t)8)

static TARGET void ON(runs_shared)(char *dst, const char *src, const struct amli_block *b,
				   const struct amli_ask *ask)
{
	size_t most = b->n[0], n;

	if (b->n[1] > 1 && labs(b->src[0]) > labs(b->src[1]))
		most = b->src[0] % 4096 ? AT_ONCE : AT_ONCE / 2;
	for (size_t i = 0; i < b->n[0]; i += n) {
		char *d = dst;
		const char *s = src;

		n = b->n[0] - i < most ? b->n[0] - i : most;
		for (size_t j = 0; j < b->n[1]; j++) {
			ON(row_shared)(d, s, b, i, i + n, *ask);
			d += b->dst[1], s += b->src[1];
		}
	}
}

static TARGET void ON(runs_streamed)(char *dst, const char *src, const struct amli_block *b,
				     const struct amli_ask *ask)
{
	for (size_t j = 0; j < b->n[1]; j++) {
		char *d = dst + amli_steps(j, b->dst[1]);
		const char *s = src + amli_steps(j, b->src[1]);

		for (size_t i = 0; i < b->n[0]; i++) {
			amli_ask_run(d, s, b->element, *ask);
			ON(flush)(d, s, b->element);
			d += b->dst[0], s += b->src[0];
		}
	}
}

TARGET void KERNEL(runs, stream)(char *dst, const char *src, const char *next,
				 const struct amli_block *b)
{
	bool row = b->dst[0] == (ptrdiff_t)b->element && b->n[0] * b->element >= 4 * AMLI_LINE;
	size_t whole = ((uintptr_t)dst | (uintptr_t)b->dst[0] | (uintptr_t)b->dst[1] | b->element) %
		       AMLI_LINE;

	if (row && b->element > AMLI_SHARED_RUN(W == AMLI_LINE) && b->n[0] > 1) {
		amli_ask_ahead(dst, src, next, b, AMLI_ASK_NOTHING, ON(runs_shared));
	} else if (b->element >= (whole == 0 ? AMLI_WHOLE_RUN : AMLI_ANY_RUN)) {
		amli_ask_ahead(dst, src, next, b, AMLI_ASK_ENDS, ON(runs_streamed));
	} else if (row) {
		for (size_t j = 0; j < b->n[1]; j++) {
			const char *after = src + b->src[1];

			ON(row_staged)(dst, src, j + 1 < b->n[1] ? after : next, b);
			dst += b->dst[1], src = after;
		}
	} else {
		KERNEL(runs, run)(dst, src, next, b);
	}
}

TARGET void KERNEL(copy, stream)(char *dst, const char *src, const char *next,
				 const struct amli_block *b)
{
	(void)next;
	ON(flush)(dst, src, b->element);
}
#undef AT_ONCE
#undef STAGE
#endif

#undef FAR_PIECES

#undef TARGET
#undef ON
#undef KERNEL
#undef W
#undef ISA
