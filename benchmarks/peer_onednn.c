/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * oneDNN: a reorder between two memory descriptors with the same dimensions and
 * different strides.  Elements are passed as u8, bf16 and f32.
 */
#include "peer.h"

#ifdef HAVE_PEER_ONEDNN
#include <dlfcn.h>
#include <oneapi/dnnl/dnnl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct dnn_job {
	dnnl_engine_t engine;
	dnnl_stream_t stream;
	dnnl_primitive_t reorder;
	dnnl_memory_t src, dst;
};

static void dnn_release(void *arg)
{
	struct dnn_job *j = arg;

	if (j->src)
		dnnl_memory_destroy(j->src);
	if (j->dst)
		dnnl_memory_destroy(j->dst);
	if (j->reorder)
		dnnl_primitive_destroy(j->reorder);
	if (j->stream)
		dnnl_stream_destroy(j->stream);
	if (j->engine)
		dnnl_engine_destroy(j->engine);
	free(j);
}

/* Peers run in one thread; oneDNN has no call for that, but its OpenMP has. */
static void one_thread(void)
{
	void (*set)(int);
	void *symbol = dlsym(RTLD_DEFAULT, "omp_set_num_threads");

	memcpy(&set, &symbol, sizeof(set));
	if (symbol)
		set(1);
}

static dnnl_data_type_t type_of(size_t elem)
{
	return elem == 1 ? dnnl_u8 : elem == 2 ? dnnl_bf16 : dnnl_f32;
}

#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t dnn_desc;

static bool desc(dnn_desc *d, int n, const dnnl_dims_t dims, const dnnl_dims_t strides, size_t elem)
{
	return dnnl_memory_desc_create_with_strides(d, n, dims, type_of(elem), strides) ==
	       dnnl_success;
}

static const_dnnl_memory_desc_t desc_arg(const dnn_desc *d)
{
	return *d;
}

static void desc_done(dnn_desc *d)
{
	dnnl_memory_desc_destroy(*d);
}
#else
typedef dnnl_memory_desc_t dnn_desc;

static bool desc(dnn_desc *d, int n, const dnnl_dims_t dims, const dnnl_dims_t strides, size_t elem)
{
	return dnnl_memory_desc_init_by_strides(d, n, dims, type_of(elem), strides) == dnnl_success;
}

static const dnnl_memory_desc_t *desc_arg(const dnn_desc *d)
{
	return d;
}

static void desc_done(dnn_desc *d)
{
	(void)d;
}
#endif

/* Everything that takes both descriptors. */
static bool make_reorder(struct dnn_job *j, const dnn_desc *src, const dnn_desc *dst,
			 const struct peer_loops *l)
{
	dnnl_primitive_desc_t pd;
	bool made;

	if (dnnl_reorder_primitive_desc_create(&pd, desc_arg(src), j->engine, desc_arg(dst),
					       j->engine, NULL) != dnnl_success)
		return false;
	made = dnnl_primitive_create(&j->reorder, pd) == dnnl_success;
	dnnl_primitive_desc_destroy(pd);
	return made &&
	       dnnl_memory_create(&j->src, desc_arg(src), j->engine, (void *)(uintptr_t)l->src) ==
		       dnnl_success &&
	       dnnl_memory_create(&j->dst, desc_arg(dst), j->engine, l->dst) == dnnl_success;
}

static bool make_job(struct dnn_job *j, const struct peer_loops *l)
{
	dnnl_dims_t dims = {1}, ss = {1}, ds = {1};
	int n = l->n ? (int)l->n : 1;
	dnn_desc src, dst;
	bool made = false;

	for (size_t i = 0; i < l->n; i++) {
		dims[i] = (dnnl_dim_t)l->loop[i].n;
		ss[i] = (dnnl_dim_t)l->loop[i].src;
		ds[i] = (dnnl_dim_t)l->loop[i].dst;
	}
	if (dnnl_engine_create(&j->engine, dnnl_cpu, 0) != dnnl_success ||
	    dnnl_stream_create(&j->stream, j->engine, dnnl_stream_default_flags) != dnnl_success)
		return false;
	if (!desc(&src, n, dims, ss, l->elem))
		return false;
	if (desc(&dst, n, dims, ds, l->elem)) {
		made = make_reorder(j, &src, &dst, l);
		desc_done(&dst);
	}
	desc_done(&src);
	return made;
}

static void *dnn_prepare(const struct peer_loops *l, char *plan, size_t size)
{
	struct dnn_job *j;

	if (l->elem != 1 && l->elem != 2 && l->elem != 4) {
		snprintf(plan, size, "it moves elements of 1, 2 and 4 bytes, not %zu", l->elem);
		return NULL;
	}
	j = calloc(1, sizeof(*j));
	if (!j) {
		snprintf(plan, size, "no memory");
		return NULL;
	}
	one_thread();
	if (!make_job(j, l)) {
		snprintf(plan, size, "it has no reorder for these %zu loops", l->n);
		dnn_release(j);
		return NULL;
	}
	snprintf(plan, size, "reorder of %zu loops", l->n);
	return j;
}

static void dnn_run(void *arg)
{
	struct dnn_job *j = arg;
	dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, j->src}, {DNNL_ARG_TO, j->dst}};

	dnnl_primitive_execute(j->reorder, j->stream, 2, args);
	dnnl_stream_wait(j->stream);
}

const struct peer peer_onednn = {
	.name = "onednn",
	.summary = "oneDNN, reorder",
	.prepare = dnn_prepare,
	.run = dnn_run,
	.release = dnn_release,
};
#endif
