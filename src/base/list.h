/* SPDX-License-Identifier: BSD-3-Clause */
/* A ring of nodes that sit inside what they link.  An empty list, and a node that is
 * in no list, point to themselves.  Whoever owns the list guards it. */
#ifndef AMLI_BASE_LIST_H
#define AMLI_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct amli_list {
	struct amli_list *next, *prev;
};

/* The struct of this type whose member is the node. */
#define amli_list_entry(node, type, member) ((type *)((char *)(node)-offsetof(type, member)))

static inline void amli_list_init(struct amli_list *list)
{
	list->next = list->prev = list;
}

/* Also: whether a node is in no list. */
static inline bool amli_list_is_empty(const struct amli_list *list)
{
	return list->next == list;
}

static inline void amli_list_append(struct amli_list *list, struct amli_list *node)
{
	node->prev = list->prev;
	node->next = list;
	list->prev->next = node;
	list->prev = node;
}

/* Fine for a node that is in no list. */
static inline void amli_list_remove(struct amli_list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	amli_list_init(node);
}

#endif
