/* SPDX-License-Identifier: BSD-3-Clause */
#include "queue.h"

static void count(struct amli_pool_queue *queue, size_t add, size_t sub)
{
	size_t n = atomic_load_explicit(&queue->unclaimed, memory_order_relaxed);

	atomic_store_explicit(&queue->unclaimed, n + add - sub, memory_order_relaxed);
}

void amli_pool_append(struct amli_pool_queue *queue, struct amli_pool_job *job)
{
	job->next = NULL;
	job->prev = queue->tail;
	if (queue->tail)
		queue->tail->next = job;
	else
		queue->head = job;
	queue->tail = job;
	count(queue, job->end, 0);
}

static void unlink_job(struct amli_pool_queue *queue, struct amli_pool_job *job)
{
	if (job->prev)
		job->prev->next = job->next;
	else
		queue->head = job->next;
	if (job->next)
		job->next->prev = job->prev;
	else
		queue->tail = job->prev;
}

size_t amli_pool_claim(struct amli_pool_queue *queue)
{
	struct amli_pool_job *job = queue->head;
	size_t piece = job->claimed++;

	job->running++;
	count(queue, 0, 1);
	if (job->claimed == job->end)
		unlink_job(queue, job);
	return piece;
}

static bool is_over(const struct amli_pool_job *job)
{
	return job->running == 0 && job->claimed == job->end;
}

bool amli_pool_finish(struct amli_pool_job *job, int status)
{
	if (status && !job->status)
		job->status = status;
	job->running--;
	return is_over(job);
}

bool amli_pool_drop(struct amli_pool_queue *queue, struct amli_pool_job *job)
{
	if (job->claimed == job->end)
		return false;
	unlink_job(queue, job);
	count(queue, 0, job->end - job->claimed);
	job->end = job->claimed;
	if (!job->status)
		job->status = -AML_ECANCELED;
	return is_over(job);
}
