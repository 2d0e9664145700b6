/* SPDX-License-Identifier: BSD-3-Clause */
#include "dma/engine.h"
#include "dma/failure.h"

void amli_failures_init(struct amli_failures *failures)
{
	pthread_mutex_init(&failures->lock, NULL);
	amli_list_init(&failures->list);
	amli_list_init(&failures->detached[0].link);
	amli_list_init(&failures->detached[1].link);
}

void amli_failures_fini(struct amli_failures *failures)
{
	pthread_mutex_destroy(&failures->lock);
}

void amli_failure_keep(struct aml_request *req, int code)
{
	struct amli_failures *failures = &req->engine->failures;
	struct amli_failure *f = &req->failure;

	if (amli_get(req->kind) == AMLI_DETACHED)
		f = &failures->detached[req->generation & 1];
	pthread_mutex_lock(&failures->lock);
	if (amli_list_is_empty(&f->link)) {
		f->generation = req->generation;
		f->code = code;
		amli_list_append(&failures->list, &f->link);
	}
	pthread_mutex_unlock(&failures->lock);
}

bool amli_failure_forget(struct aml_request *req)
{
	bool was_kept;

	pthread_mutex_lock(&req->engine->failures.lock);
	was_kept = !amli_list_is_empty(&req->failure.link);
	amli_list_remove(&req->failure.link);
	pthread_mutex_unlock(&req->engine->failures.lock);
	return was_kept;
}

int amli_failure_take(struct amli_failures *failures, uint64_t generation)
{
	struct amli_list *at;
	int code = 0;

	pthread_mutex_lock(&failures->lock);
	for (at = failures->list.next; at != &failures->list; at = at->next) {
		struct amli_failure *f = amli_list_entry(at, struct amli_failure, link);

		if (f->generation <= generation) {
			code = f->code;
			amli_list_remove(at);
			break;
		}
	}
	pthread_mutex_unlock(&failures->lock);
	return code;
}
