/* SPDX-License-Identifier: BSD-3-Clause */
/* Stays at engines that somebody else opened.  Their owner may close them at any time: then our
 * requests there are cancelled, and the stay ends with the last of them. */
#include <stdlib.h>

#include "auto.h"

/* With the lock held. */
static struct amli_auto_guest *guest_at(const struct amli_auto *self, const struct aml_dma *dma)
{
	struct amli_auto_guest *guest = self->guests;

	while (guest && guest->dma != dma)
		guest = guest->next;
	return guest;
}

/* With the lock held; NULL: no memory. */
static struct amli_auto_guest *guest_add(struct amli_auto *self, struct aml_dma *dma)
{
	struct amli_auto_guest *guest = calloc(1, sizeof(*guest));

	if (!guest)
		return NULL;
	guest->dma = dma;
	guest->fd = aml_engine_fd(dma);
	if (guest->fd >= 0 && !amli_auto_watch(self, guest->fd)) {
		free(guest);
		return NULL;
	}
	guest->next = self->guests;
	if (guest->next)
		guest->next->prev = guest;
	self->guests = guest;
	atomic_fetch_add(&self->nguests, 1);
	return guest;
}

/* With the lock held. */
static void guest_remove(struct amli_auto *self, struct amli_auto_guest *guest)
{
	if (guest->fd >= 0)
		amli_auto_unwatch(self, guest->fd);
	if (guest->prev)
		guest->prev->next = guest->next;
	else
		self->guests = guest->next;
	if (guest->next)
		guest->next->prev = guest->prev;
	atomic_fetch_sub(&self->nguests, 1);
}

int amli_auto_enter(struct amli_auto *self, struct amli_auto_guest **out,
		    const struct aml_area *dst, const struct aml_area *src)
{
	struct amli_auto_guest *guest;
	struct aml_dma *dma;
	int rc = aml_engine_visit(&dma, dst, src);
	bool stays;

	*out = NULL;
	if (rc)
		return rc;
	pthread_mutex_lock(&self->lock);
	guest = guest_at(self, dma);
	stays = guest;
	if (!guest)
		guest = guest_add(self, dma);
	if (guest)
		guest->users++;
	pthread_mutex_unlock(&self->lock);
	if (stays || !guest)
		aml_engine_leave(dma); /* one visit is enough */
	if (!guest)
		return aml_engine_refuse(AML_ENOMEM, "auto: no memory to visit an engine, or no "
						     "room for its descriptor");
	*out = guest;
	return 0;
}

void amli_auto_leave(struct amli_auto *self, struct amli_auto_guest *guest)
{
	bool last;

	pthread_mutex_lock(&self->lock);
	last = --guest->users == 0;
	if (last)
		guest_remove(self, guest);
	pthread_mutex_unlock(&self->lock);
	if (!last)
		return;
	aml_engine_leave(guest->dma);
	free(guest);
}

/* The one after @guest, or the first, as one more user of it. */
static struct amli_auto_guest *guest_after(struct amli_auto *self,
					   const struct amli_auto_guest *guest)
{
	struct amli_auto_guest *next;

	pthread_mutex_lock(&self->lock);
	next = guest ? guest->next : self->guests;
	if (next)
		next->users++;
	pthread_mutex_unlock(&self->lock);
	return next;
}

bool amli_auto_help(struct amli_auto *self)
{
	struct amli_auto_guest *guest, *next;
	bool moved = false;

	if (!atomic_load(&self->nguests))
		return false;
	for (guest = guest_after(self, NULL); guest; guest = next) {
		moved |= aml_engine_help(guest->dma) > 0;
		next = guest_after(self, guest);
		amli_auto_leave(self, guest);
	}
	return moved;
}
