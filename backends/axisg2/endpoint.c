/* SPDX-License-Identifier: BSD-3-Clause */
/* Destinations as layouts, and buffers as an area. */
#include <stdlib.h>

#include "backends/axisg2/engine.h"

/* ---- endpoints ---- */

static struct aml_layout_ops endpoint_ops;

/* A layout and its data in one block. */
struct endpoint {
	struct aml_layout layout;
	struct amli_axis_endpoint is;
};

const struct amli_axis_endpoint *amli_axis_endpoint_of(const struct aml_layout *layout)
{
	return layout && layout->ops == &endpoint_ops
		       ? (const struct amli_axis_endpoint *)layout->data
		       : NULL;
}

static int create(struct aml_layout **out, const struct amli_axis_endpoint *is)
{
	struct endpoint *endpoint = malloc(sizeof(*endpoint));

	if (!endpoint)
		return aml_engine_refuse(AML_ENOMEM, "no memory for an endpoint");
	endpoint->is = *is;
	endpoint->layout.ops = &endpoint_ops;
	endpoint->layout.data = (struct aml_layout_data *)&endpoint->is;
	*out = &endpoint->layout;
	return 0;
}

static int endpoint_fprintf(const struct aml_layout_data *data, FILE *stream, const char *prefix)
{
	const struct amli_axis_endpoint *is = (const struct amli_axis_endpoint *)data;

	fprintf(stream, "%s: endpoint: %s, lane %u, destination %u\n", prefix, is->axis->path,
		is->dest / 256, is->dest % 256);
	return 0;
}

static int endpoint_duplicate(const struct aml_layout *layout, struct aml_layout **out, void *ptr)
{
	(void)ptr; /* there is no memory that it could be laid over */
	return create(out, amli_axis_endpoint_of(layout));
}

static void endpoint_destroy(struct aml_layout *layout)
{
	free(layout); /* it is what the block begins with */
}

static const struct aml_area *endpoint_area(const struct aml_layout_data *data)
{
	return &((const struct amli_axis_endpoint *)data)->axis->area;
}

static struct aml_layout_ops endpoint_ops = {
	.fprintf = endpoint_fprintf,
	.duplicate = endpoint_duplicate,
	.destroy = endpoint_destroy,
	.area = endpoint_area,
};

int aml_layout_axis_create(struct aml_layout **layout, struct aml_axis *axis, uint32_t dest,
			   uint8_t first_user, uint8_t last_user)
{
	const struct amli_axis_endpoint is = {axis, dest, first_user, last_user};

	if (layout)
		*layout = NULL;
	if (!layout || !axis)
		return aml_engine_refuse(AML_EINVAL, "%s is NULL", axis ? "layout" : "axis");
	if (dest >= AML_AXIS_DESTS)
		return aml_engine_refuse(AML_EINVAL,
					 "no destination %u: lane * 256 + tDest is below %u", dest,
					 AML_AXIS_DESTS);
	return create(layout, &is);
}

/* ---- the area ---- */

static void *area_mmap(const struct aml_area_data *data, size_t size,
		       struct aml_area_mmap_options *opts)
{
	struct aml_axis *axis = (struct aml_axis *)data;
	uint32_t index;
	int rc;

	(void)opts;
	if (axis->copies || size > axis->cap.size)
		rc = aml_engine_refuse(AML_EINVAL, "%s: %zu bytes: its buffers have %u%s",
				       axis->path, size, axis->cap.size,
				       axis->copies ? ", and are not mapped" : "");
	else
		rc = amli_axis_reserve(axis, &index, 1);
	if (rc) {
		aml_errno = -rc;
		return NULL;
	}
	return axis->buffer[index];
}

static int area_munmap(const struct aml_area_data *data, void *ptr, size_t size)
{
	struct aml_axis *axis = (struct aml_axis *)data;
	uint32_t index = amli_axis_buffer_at(axis, ptr);

	(void)size;
	if (index < axis->cap.tx && amli_axis_return(axis, &index, 1))
		return 0;
	return aml_engine_refuse(AML_EINVAL, "%s: %p is no buffer that could be given back",
				 axis->path, ptr);
}

static int area_fprintf(const struct aml_area_data *data, FILE *stream, const char *prefix)
{
	const struct aml_axis *axis = (const struct aml_axis *)data;

	fprintf(stream, "%s: axisg2: %s, %u buffers of %u bytes to send\n", prefix, axis->path,
		axis->cap.tx, axis->cap.size);
	return 0;
}

static struct aml_area_ops area_ops = {
	.mmap = area_mmap,
	.munmap = area_munmap,
	.fprintf = area_fprintf,
};

void amli_axis_area_init(struct aml_axis *axis)
{
	axis->area.ops = &area_ops;
	axis->area.data = (struct aml_area_data *)axis;
}

const struct aml_area *aml_area_axis(struct aml_axis *axis)
{
	if (axis)
		return &axis->area;
	aml_errno = -aml_engine_refuse(AML_EINVAL, "axis is NULL");
	return NULL;
}
