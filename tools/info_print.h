/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Facts as indented text or as JSON.  A list holds items, an item and the whole hold
 * facts and lists.
 */
#ifndef INFO_PRINT_H
#define INFO_PRINT_H

#include <stdbool.h>
#include <stddef.h>

/* Everything goes to stdout, between begin and end. */
void print_begin(bool json);
void print_end(void);

void print_list_begin(const char *key);
void print_list_end(void);

/* An item's name is its first fact. */
void print_item_begin(const char *name);
void print_item_end(void);

void print_text(const char *key, const char *value); /* value NULL: not set */
void print_number(const char *key, size_t value);
void print_bool(const char *key, bool value);

#endif
