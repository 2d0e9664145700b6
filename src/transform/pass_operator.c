/* SPDX-License-Identifier: BSD-3-Clause */
/* The operators of aml/operator.h. */
#include <string.h>

#include "base/cpu.h"
#include "base/error.h"
#include "transform/operator.h"
#include "transform/pass.h"

static void map_swap(const struct amli_pass *pass, char *dst, const char *src, size_t n,
		     bool stream)
{
	pass->swap(dst, src, n, stream);
}

/* Both steps stay in the first-level cache. */
static void map_convert(const struct amli_pass *pass, char *dst, const char *src, size_t n,
			bool stream)
{
	_Alignas(64) char between[4096];
	const struct amli_conversion *how = &pass->convert;
	size_t most = how->then ? sizeof(between) / how->between : n;

	for (size_t i = 0; i < n; i += most) {
		size_t now = n - i < most ? n - i : most;

		how->first(how->then ? between : dst, src, now, stream && !how->then);
		if (how->then)
			how->then(dst, between, now, stream);
		src += now * pass->src_element;
		dst += now * pass->dst_element;
	}
}

/* One, then twice as many at a time up to what the caches like. */
static void map_fill(const struct amli_pass *pass, char *dst, const char *src, size_t n,
		     bool stream)
{
	size_t bytes = n * pass->dst_element, done = pass->dst_element;

	(void)src;
	(void)stream;
	memcpy(dst, pass->value, done);
	while (done < bytes) {
		size_t most = done < 4096 ? done : 4096 / pass->dst_element * pass->dst_element;
		size_t now = bytes - done < most ? bytes - done : most;

		memcpy(dst + done, dst, now);
		done += now;
	}
}

static const struct amli_pass_kind swap_kind = {"byteswap", AMLI_PASS_MAP, map_swap};
static const struct amli_pass_kind convert_kind = {"convert", AMLI_PASS_MAP, map_convert};
static const struct amli_pass_kind fill_kind = {"fill", AMLI_PASS_FILL, map_fill};
static const struct amli_pass_kind compare_kind = {"compare", AMLI_PASS_COMPARE, NULL};
static const struct amli_pass_kind crc32c_kind = {"crc32c", AMLI_PASS_SUM, NULL};

static int check_same(const struct aml_layout *dst, const struct aml_layout *src)
{
	size_t d = aml_layout_element_size(dst), s = aml_layout_element_size(src);

	if (d == s && d > 0)
		return 0;
	return amli_fail(AML_EINVAL, "element sizes differ: dst %zu bytes, src %zu bytes", d, s);
}

static int check_arg(const void *arg, const char *what)
{
	return arg ? 0 : amli_fail(AML_EINVAL, "the operator's argument is NULL: want %s", what);
}

int amli_plan_byteswap(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
		       void *arg, unsigned flags)
{
	size_t element = aml_layout_element_size(dst);
	int rc = check_same(dst, src);

	(void)arg;
	if (rc)
		return rc;
	plan->pass.swap = amli_swap_select(element, amli_cpu());
	if (!plan->pass.swap)
		return amli_fail(AML_EINVAL, "elements of %zu bytes: 2, 4 and 8 can be swapped",
				 element);
	plan->pass.kind = &swap_kind;
	plan->pass.streams = true;
	plan->pass.puts = true;
	return amli_pass_init(plan, dst, src, flags);
}

static int check_type(enum aml_type type, const struct aml_layout *layout, const char *side)
{
	size_t size = aml_type_size(type), element = aml_layout_element_size(layout);

	if (size == 0)
		return amli_fail(AML_EINVAL, "type %d of %s is unknown", (int)type, side);
	if (size == element)
		return 0;
	return amli_fail(AML_EINVAL, "%s has elements of %zu bytes, %s has %zu", side, element,
			 aml_type_name(type), size);
}

int amli_plan_convert(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
		      void *arg, unsigned flags)
{
	const struct aml_convert *types = arg;
	int rc = check_arg(arg, "struct aml_convert");

	if (!rc)
		rc = check_type(types->to, dst, "dst");
	if (!rc)
		rc = check_type(types->from, src, "src");
	if (rc)
		return rc;
	amli_convert_select(&plan->pass.convert, types->to, types->from, amli_cpu());
	plan->pass.kind = &convert_kind;
	plan->pass.streams = plan->pass.convert.streams;
	plan->pass.puts = true;
	return amli_pass_init(plan, dst, src, flags);
}

int amli_plan_fill(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
		   void *arg, unsigned flags)
{
	size_t element = aml_layout_element_size(dst);
	int rc = check_arg(arg, "one element");

	(void)src;
	if (rc)
		return rc;
	if (element < 1 || element > AML_OP_FILL_MAX)
		return amli_fail(AML_EINVAL, "elements of %zu bytes: %d is the most", element,
				 AML_OP_FILL_MAX);
	memcpy(plan->pass.value, arg, element);
	plan->pass.kind = &fill_kind;
	plan->pass.streams = false;
	plan->pass.puts = true;
	return amli_pass_init(plan, dst, dst, flags);
}

int amli_plan_compare(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
		      void *arg, unsigned flags)
{
	int rc = check_arg(arg, "struct aml_difference");

	if (!rc)
		rc = check_same(dst, src);
	if (rc)
		return rc;
	plan->pass.difference = arg;
	plan->pass.kind = &compare_kind;
	plan->pass.streams = false;
	plan->pass.puts = false;
	return amli_pass_init(plan, dst, src, flags);
}

int amli_plan_crc32c(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
		     void *arg, unsigned flags)
{
	int rc = check_arg(arg, "struct aml_crc32c");

	if (!rc)
		rc = check_same(dst, src);
	if (rc)
		return rc;
	plan->pass.crc = arg;
	plan->pass.kind = &crc32c_kind;
	plan->pass.streams = true;
	plan->pass.puts = dst != src;
	return amli_pass_init(plan, dst, src, flags);
}

int aml_op_byteswap(struct aml_layout *dst, const struct aml_layout *src, void *arg)
{
	return amli_operator_now(dst, src, arg, aml_op_byteswap);
}

int aml_op_convert(struct aml_layout *dst, const struct aml_layout *src, void *arg)
{
	return amli_operator_now(dst, src, arg, aml_op_convert);
}

int aml_op_fill(struct aml_layout *dst, const struct aml_layout *src, void *arg)
{
	return amli_operator_now(dst, src, arg, aml_op_fill);
}

int aml_op_compare(struct aml_layout *dst, const struct aml_layout *src, void *arg)
{
	return amli_operator_now(dst, src, arg, aml_op_compare);
}

int aml_op_crc32c(struct aml_layout *dst, const struct aml_layout *src, void *arg)
{
	return amli_operator_now(dst, src, arg, aml_op_crc32c);
}
