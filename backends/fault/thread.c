/* SPDX-License-Identifier: BSD-3-Clause */
/* A thread that lets requests go when they are due, instead of those that wait. */
#include <signal.h>

#include "fault.h"

static void *fault_run(void *arg)
{
	struct amli_fault *fault = arg;
	struct amli_fault_job *job;

	pthread_setname_np(pthread_self(), "aml-fault");
	while ((job = amli_fault_await(&fault->hold)))
		amli_fault_release(job);
	return NULL;
}

/* It inherits the mask of a thread that takes no signals. */
int amli_fault_thread_start(struct amli_fault *fault)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&fault->thread, NULL, fault_run, fault);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc)
		return aml_engine_refuse(AML_ENOMEM, "fault: the system gives no thread");
	return 0;
}

void amli_fault_thread_stop(struct amli_fault *fault)
{
	pthread_mutex_lock(&fault->hold.lock);
	fault->hold.stop = true;
	pthread_cond_signal(&fault->hold.changed);
	pthread_mutex_unlock(&fault->hold.lock);
	pthread_join(fault->thread, NULL);
}
