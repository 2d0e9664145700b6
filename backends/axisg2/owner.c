/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "aml/engine.h"
#include "backends/axisg2/owner.h"

#define FROM(owner) (1u << (owner))

static const struct {
	const char *name;
	unsigned from; /* set of FROM() */
	enum amli_axis_owner to;
} moves[] = {
	[AMLI_AXIS_READ] = {"read", FROM(AMLI_AXIS_DRIVER) | FROM(AMLI_AXIS_CARD),
			    AMLI_AXIS_RECEIVED},
	[AMLI_AXIS_RESERVE] = {"reserved", FROM(AMLI_AXIS_DRIVER) | FROM(AMLI_AXIS_CARD),
			       AMLI_AXIS_RESERVED},
	[AMLI_AXIS_LEND] = {"lent", FROM(AMLI_AXIS_RECEIVED), AMLI_AXIS_BORROWED},
	[AMLI_AXIS_RETURN] = {"returned",
			      FROM(AMLI_AXIS_RECEIVED) | FROM(AMLI_AXIS_BORROWED) |
				      FROM(AMLI_AXIS_RESERVED),
			      AMLI_AXIS_DRIVER},
	[AMLI_AXIS_SEND] = {"sent", FROM(AMLI_AXIS_BORROWED) | FROM(AMLI_AXIS_RESERVED),
			    AMLI_AXIS_CARD},
	[AMLI_AXIS_UNSEND] = {"taken back", FROM(AMLI_AXIS_CARD), AMLI_AXIS_RESERVED},
};

static const char *const names[] = {
	[AMLI_AXIS_DRIVER] = "with the driver", [AMLI_AXIS_RECEIVED] = "received",
	[AMLI_AXIS_BORROWED] = "in a frame",	[AMLI_AXIS_RESERVED] = "to be sent",
	[AMLI_AXIS_CARD] = "in the card",
};

int amli_axis_owners_init(struct amli_axis_owners *owners, uint32_t tx, uint32_t rx)
{
	owners->tx = tx;
	owners->total = tx + rx;
	atomic_init(&owners->held, 0);
	atomic_init(&owners->borrowed, 0);
	owners->state = calloc(owners->total, sizeof(*owners->state));
	if (!owners->state)
		return aml_engine_refuse(AML_ENOMEM, "axisg2: no memory for %u buffers",
					 owners->total);
	return 0;
}

void amli_axis_owners_fini(struct amli_axis_owners *owners)
{
	free(owners->state);
	owners->state = NULL;
}

static bool is_held(unsigned owner)
{
	return owner == AMLI_AXIS_RECEIVED || owner == AMLI_AXIS_BORROWED;
}

static void count(struct amli_axis_owners *owners, unsigned from, unsigned to)
{
	atomic_fetch_add(&owners->held, (unsigned)is_held(to) - (unsigned)is_held(from));
	atomic_fetch_add(&owners->borrowed, (unsigned)(to == AMLI_AXIS_BORROWED) -
						    (unsigned)(from == AMLI_AXIS_BORROWED));
}

int amli_axis_owner_move(struct amli_axis_owners *owners, uint32_t index, enum amli_axis_move move)
{
	unsigned char from;

	if (index >= owners->total)
		return aml_engine_refuse(AML_EINVAL, "axisg2: no buffer %u: there are %u", index,
					 owners->total);
	if ((move == AMLI_AXIS_READ && index < owners->tx) ||
	    (move == AMLI_AXIS_RESERVE && index >= owners->tx))
		return aml_engine_refuse(AML_EINVAL, "axisg2: buffer %u is not one to be %s", index,
					 moves[move].name);
	from = atomic_load(&owners->state[index]);
	do {
		if (!(moves[move].from & FROM(from)))
			return aml_engine_refuse(AML_EINVAL,
						 "axisg2: buffer %u is %s: it cannot be %s", index,
						 names[from], moves[move].name);
	} while (!atomic_compare_exchange_weak(&owners->state[index], &from,
					       (unsigned char)moves[move].to));
	if (index >= owners->tx)
		count(owners, from, moves[move].to);
	return 0;
}

enum amli_axis_owner amli_axis_owner_of(const struct amli_axis_owners *owners, uint32_t index)
{
	return (enum amli_axis_owner)atomic_load(&owners->state[index]);
}
