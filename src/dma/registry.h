/* SPDX-License-Identifier: BSD-3-Clause */
/* The open engines, by the number that handles carry. */
#ifndef AMLI_DMA_REGISTRY_H
#define AMLI_DMA_REGISTRY_H

#include "dma/engine.h"

#define AMLI_ENGINES 4096u /* a number has 12 bits, and 0 is none's */

/* Give the engine a number; -AML_EAGAIN: all are taken. */
int amli_registry_add(struct amli_engine *e);
/* Take it back; returns when all visitors have left. */
void amli_registry_remove(struct amli_engine *e);
/* The engine with that number if it is still the one with this serial number, and not to be
 * freed before leave. */
struct amli_engine *amli_registry_visit(unsigned id, uint64_t serial);
void amli_registry_leave(struct amli_engine *e);
/* The engine with the highest number below @below, of this process and not shut, with a guest
 * more; NULL: there is none. */
struct amli_engine *amli_registry_invite(unsigned below);
/* It takes no more guests. */
void amli_registry_shut(struct amli_engine *e);
/* Around fork(), so that the child can open engines of its own. */
void amli_registry_lock(void);
void amli_registry_unlock(void);
/* NULL: none has that number now. */
struct amli_engine *amli_registry_at(unsigned id);

/* Drive all engines that advance only when somebody calls: for a thread that waits for
 * what depends on requests of other engines.  True if one of them moved something. */
bool amli_registry_progress(void);
/* Whether there are such engines beside this one. */
bool amli_registry_is_passive(const struct amli_engine *but);

#endif
