/* SPDX-License-Identifier: BSD-3-Clause */
#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct peer *const peers[] = {
	&peer_naive,	&peer_memcpy,
#ifdef HAVE_PEER_FFTW
	&peer_fftw,
#endif
#ifdef HAVE_PEER_OPENBLAS
	&peer_openblas,
#endif
#ifdef HAVE_PEER_ONEDNN
	&peer_onednn,
#endif
};

const struct peer *peer_at(size_t i)
{
	return i < sizeof(peers) / sizeof(peers[0]) ? peers[i] : NULL;
}

const struct peer *peer_find(const char *name)
{
	const struct peer *p;

	for (size_t i = 0; (p = peer_at(i)); i++)
		if (!strcmp(p->name, name))
			return p;
	return NULL;
}

void peer_loops_of(struct peer_loops *l, const struct bench_case *c, const struct data *d)
{
	memset(l, 0, sizeof(*l));
	l->elem = c->elem;
	l->src = d->src + c->src.first * c->elem;
	l->dst = d->dst + c->dst.first * c->elem;
	for (size_t i = 0; i < c->ndims; i++) {
		struct peer_loop in = {c->dst.dims[i], c->src.stride[c->perm[i]], c->dst.stride[i]};
		struct peer_loop *out = l->n ? &l->loop[l->n - 1] : NULL;

		if (in.n == 1)
			continue;
		if (out && out->src == in.src * in.n && out->dst == in.dst * in.n) {
			in.n *= out->n;
			*out = in;
		} else {
			l->loop[l->n++] = in;
		}
	}
}

struct peer_loops *peer_loops_copy(const struct peer_loops *loops, char *plan, size_t size)
{
	struct peer_loops *copy = malloc(sizeof(*copy));

	if (copy)
		*copy = *loops;
	else
		snprintf(plan, size, "no memory");
	return copy;
}
