/* SPDX-License-Identifier: BSD-3-Clause */
#include "queue.h"

/* Turns of looking at the lock before sleeping on it, which takes longer than what is done
 * with it. */
#define LOCK_SPINS 200

/* The fields of amli_pool_job.work, by their units. */
#define INSIDE UINT64_C(1)
#define CLAIMED (UINT64_C(1) << 16)
#define END (UINT64_C(1) << 32)
#define CANCELLED (UINT64_C(1) << 48)

static size_t inside(uint64_t work)
{
	return work & UINT16_MAX;
}

static size_t claimed(uint64_t work)
{
	return work / CLAIMED & UINT16_MAX;
}

static size_t end(uint64_t work)
{
	return work / END & UINT16_MAX;
}

static uint64_t look(struct amli_pool_job *job)
{
	return atomic_load_explicit(&job->work, memory_order_relaxed);
}

static bool change(struct amli_pool_job *job, uint64_t *from, uint64_t to, memory_order order)
{
	return atomic_compare_exchange_weak_explicit(&job->work, from, to, order,
						     memory_order_relaxed);
}

void amli_pool_set_init(struct amli_pool_set *set)
{
	*set = (struct amli_pool_set){.row = 0};
	pthread_mutex_init(&set->lock, NULL);
}

void amli_pool_set_fini(struct amli_pool_set *set)
{
	pthread_mutex_destroy(&set->lock);
}

static void lock(struct amli_pool_set *set)
{
	for (int i = 0; i < LOCK_SPINS; i++) {
		if (pthread_mutex_trylock(&set->lock) == 0)
			return;
		amli_pool_relax();
	}
	pthread_mutex_lock(&set->lock);
}

static void unlock(struct amli_pool_set *set)
{
	pthread_mutex_unlock(&set->lock);
}

void amli_pool_job_init(struct amli_pool_job *job, struct aml_request *req,
			struct amli_pool_set *set, size_t pieces)
{
	job->req = req;
	job->set = set;
	atomic_init(&job->work, pieces * END);
	job->pieces = (uint32_t)pieces;
	job->status = 0;
	job->is_operator = job->is_urgent = job->is_in_lane = false;
}

static struct amli_pool_lane *lane_of(const struct amli_pool_job *job)
{
	return job->is_urgent ? &job->set->urgent : &job->set->others;
}

void amli_pool_push(struct amli_pool_job *job)
{
	job->is_in_lane = true;
	amli_pool_join(lane_of(job), &job->link);
}

static void take_out(struct amli_pool_job *job)
{
	job->is_in_lane = false;
	amli_pool_part(lane_of(job), &job->link);
}

static struct amli_pool_job *first(struct amli_pool_lane *lane)
{
	return (struct amli_pool_job *)amli_pool_first(lane);
}

/* The one to start, or to go on with. */
static struct amli_pool_job *next_job(struct amli_pool_set *set)
{
	struct amli_pool_job *urgent = first(&set->urgent), *other = first(&set->others);

	return !other || (urgent && set->row < POOL_URGENT_ROW) ? urgent : other;
}

static bool may_take(const struct amli_pool_job *job, const struct amli_pool_taker *taker)
{
	return !job->is_operator || taker->runs_operators || job->req == taker->own;
}

/* With the lock held or inside; false if all is claimed.  A single piece is claimed with
 * the lock held, always. */
static bool claim(struct amli_pool_job *job, uint64_t enter, size_t *piece, bool *was_last)
{
	uint64_t work = look(job);

	do {
		if (claimed(work) == end(work))
			return false;
		if (job->pieces == 1) {
			atomic_store_explicit(&job->work, work + CLAIMED, memory_order_relaxed);
			break;
		}
	} while (!change(job, &work, work + CLAIMED + enter, memory_order_relaxed));
	*piece = claimed(work);
	*was_last = *piece + 1 == end(work);
	return true;
}

/* Give the others a turn when so many urgent ones have started. */
static void count_row(struct amli_pool_set *set, const struct amli_pool_job *job, size_t piece)
{
	if (!job->is_urgent || !first(&set->others))
		set->row = 0;
	else if (piece == 0)
		set->row++;
}

/* The pieces of the job that is next, and one for what is behind it and beside it. */
static size_t waiting(struct amli_pool_set *set)
{
	struct amli_pool_job *job = next_job(set);

	if (!job)
		return amli_pool_set_has_work(set);
	return end(look(job)) - claimed(look(job)) +
	       !!atomic_load_explicit(&job->link.next, memory_order_relaxed) +
	       !amli_pool_lane_is_empty(job->is_urgent ? &set->others : &set->urgent);
}

struct amli_pool_job *amli_pool_take(struct amli_pool_set *set, const struct amli_pool_taker *taker,
				     size_t *piece, size_t *left)
{
	struct amli_pool_job *job;
	bool found = false, was_last = false;

	lock(set);
	while (!found && (job = next_job(set)) && may_take(job, taker)) {
		found = claim(job, INSIDE, piece, &was_last);
		if (found)
			count_row(set, job, *piece);
		if (!found || was_last)
			take_out(job);
	}
	*left = waiting(set);
	unlock(set);
	return found ? job : NULL;
}

bool amli_pool_go_on(struct amli_pool_job *job, size_t *piece)
{
	struct amli_pool_set *set = job->set;
	bool was_last;

	if (job->pieces == 1 || (!job->is_urgent && !amli_pool_lane_is_empty(&set->urgent)))
		return false;
	if (!claim(job, 0, piece, &was_last))
		return false;
	if (was_last) {
		lock(set);
		if (job->is_in_lane)
			take_out(job);
		unlock(set);
	}
	return true;
}

/* Out of the lane, with the lock held: end at what is claimed.  True if that was not all;
 * then @after is the word, and the job may be gone unless the caller is inside. */
static bool cut_off(struct amli_pool_job *job, uint64_t flag, uint64_t *after)
{
	uint64_t work = look(job);

	do {
		if (claimed(work) == end(work))
			return false;
		*after = (work - end(work) * END + claimed(work) * END) | flag;
	} while (!change(job, &work, *after, memory_order_acq_rel));
	return true;
}

void amli_pool_fail(struct amli_pool_job *job, int status)
{
	uint64_t after;

	lock(job->set);
	if (!job->status)
		job->status = status;
	if (job->is_in_lane)
		take_out(job);
	cut_off(job, 0, &after);
	unlock(job->set);
}

bool amli_pool_leave(struct amli_pool_job *job)
{
	uint64_t work = look(job);

	if (job->pieces == 1) /* there was nobody else */
		return true;
	while (!change(job, &work, work - INSIDE, memory_order_acq_rel))
		;
	if (inside(work) != 1 || claimed(work) != end(work))
		return false;
	if (!job->status && work & CANCELLED)
		job->status = -AML_ECANCELED;
	return true;
}

bool amli_pool_drop(struct amli_pool_job *job)
{
	struct amli_pool_set *set = job->set;
	bool is_mine = false;
	uint64_t after;

	lock(set);
	if (job->is_in_lane) {
		take_out(job);
		is_mine = cut_off(job, CANCELLED, &after) && inside(after) == 0;
	}
	unlock(set);
	if (is_mine)
		job->status = -AML_ECANCELED;
	return is_mine;
}
