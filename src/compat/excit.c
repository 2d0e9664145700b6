/* SPDX-License-Identifier: BSD-3-Clause */
/* Every iterator knows its size and can compute the tuple at any position, so the
 * position is one number and a product needs no state of its factors. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "excit.h"

struct excit_s {
	enum excit_type_e type;
	bool owned; /* by a product: its size must not change any more */
	size_t dimension;
	size_t size, position; /* tuples; at most SSIZE_MAX */
	ssize_t first, step;   /* of a range */
	excit_t *factor;       /* of a product, owned */
	size_t nfactors;
};

#define COUNT_MAX ((size_t)PTRDIFF_MAX)

excit_t excit_alloc(enum excit_type_e type)
{
	excit_t it;

	if (type != EXCIT_RANGE && type != EXCIT_PRODUCT)
		return NULL;
	it = amli_calloc(1, sizeof(*it));
	if (!it)
		return NULL;
	it->type = type;
	it->dimension = type == EXCIT_RANGE;
	it->step = 1;
	return it;
}

void excit_free(excit_t it)
{
	if (!it)
		return;
	for (size_t i = 0; i < it->nfactors; i++)
		excit_free(it->factor[i]);
	free(it->factor);
	free(it);
}

excit_t excit_dup(const_excit_t it)
{
	excit_t copy = it ? excit_alloc(it->type) : NULL;

	if (!copy)
		return NULL;
	*copy = *it;
	copy->owned = false;
	copy->factor = NULL;
	copy->nfactors = 0;
	if (it->nfactors == 0)
		return copy;
	copy->factor = amli_calloc(it->nfactors, sizeof(*copy->factor));
	if (!copy->factor)
		goto fail;
	for (; copy->nfactors < it->nfactors; copy->nfactors++) {
		excit_t factor = excit_dup(it->factor[copy->nfactors]);

		if (!factor)
			goto fail;
		copy->factor[copy->nfactors] = factor;
	}
	return copy;

fail:
	excit_free(copy);
	return NULL;
}

enum excit_type_e excit_type(const_excit_t it)
{
	return it ? it->type : EXCIT_INVALID;
}

int excit_range_init(excit_t it, ssize_t first, ssize_t last, ssize_t step)
{
	size_t steps;

	if (!it || it->type != EXCIT_RANGE || it->owned || step == 0)
		return -EXCIT_EINVAL;
	/* Unsigned, because the distance of two ssize_t may not be one. */
	if (step > 0)
		steps = ((size_t)last - (size_t)first) / (size_t)step;
	else
		steps = ((size_t)first - (size_t)last) / (0 - (size_t)step);
	if (step > 0 ? first > last : first < last)
		it->size = 0;
	else if (steps >= COUNT_MAX)
		return -EXCIT_EINVAL;
	else
		it->size = steps + 1;
	it->first = first;
	it->step = step;
	it->position = 0;
	return EXCIT_SUCCESS;
}

int excit_product_add(excit_t it, excit_t added)
{
	excit_t *factor;
	size_t size;

	if (!it || !added || it == added || it->type != EXCIT_PRODUCT || it->owned || added->owned)
		return -EXCIT_EINVAL;
	if (it->nfactors == 0)
		size = added->size;
	else if (amli_mul_overflows(it->size, added->size, &size) || size > COUNT_MAX)
		return -EXCIT_EINVAL;
	factor = amli_calloc(it->nfactors + 1, sizeof(*factor));
	if (!factor)
		return -EXCIT_ENOMEM;
	if (it->nfactors)
		memcpy(factor, it->factor, it->nfactors * sizeof(*factor));
	free(it->factor);
	it->factor = factor;
	it->factor[it->nfactors++] = added;
	it->dimension += added->dimension;
	it->size = size;
	it->position = 0;
	added->owned = true;
	return EXCIT_SUCCESS;
}

/* The tuple at a position below the size; the last factor varies fastest. */
static void tuple(const struct excit_s *it, size_t position, ssize_t *indexes)
{
	size_t behind = it->dimension;

	if (it->type == EXCIT_RANGE) {
		/* Modulo 2^N like this, it is right even where the product is not an
		 * ssize_t. */
		*indexes = (ssize_t)((size_t)it->first + position * (size_t)it->step);
		return;
	}
	for (size_t i = it->nfactors; i-- > 0;) {
		const struct excit_s *factor = it->factor[i];

		behind -= factor->dimension;
		tuple(factor, position % factor->size, indexes + behind);
		position /= factor->size;
	}
}

int excit_peek(const_excit_t it, ssize_t *indexes)
{
	if (!it)
		return -EXCIT_EINVAL;
	if (it->position >= it->size)
		return EXCIT_STOPIT;
	if (indexes)
		tuple(it, it->position, indexes);
	return EXCIT_SUCCESS;
}

int excit_next(excit_t it, ssize_t *indexes)
{
	int rc = excit_peek(it, indexes);

	if (rc == EXCIT_SUCCESS)
		it->position++;
	return rc;
}

int excit_rewind(excit_t it)
{
	if (!it)
		return -EXCIT_EINVAL;
	it->position = 0;
	return EXCIT_SUCCESS;
}

int excit_dimension(const_excit_t it, ssize_t *dimension)
{
	if (!it || !dimension)
		return -EXCIT_EINVAL;
	*dimension = (ssize_t)it->dimension;
	return EXCIT_SUCCESS;
}

int excit_size(const_excit_t it, ssize_t *size)
{
	if (!it || !size)
		return -EXCIT_EINVAL;
	*size = (ssize_t)it->size;
	return EXCIT_SUCCESS;
}
