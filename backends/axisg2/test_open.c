/* SPDX-License-Identifier: BSD-3-Clause */
/* What a device can do, and why it cannot be opened. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/axisg2/test_card.h"
#include "backends/axisg2/test_device.h"

static const struct {
	const char *git;
	unsigned release;
} versions[] = {
	{"7.4.0", 70400},
	{"7.4.0-1-g7685fa2", 70400},
	{"v6.6.2-dirty", 60602},
	{"5.15.0", 51500},
	{"7.4", 0},
	{"7.4.0x", 0},
	{"emulator", 0},
	{"", 0},
	{"7685fa2", 0},
};

START_TEST(a_release_is_read_from_what_the_driver_says)
{
	ck_assert_uint_eq(amli_axis_release_of(versions[_i].git), versions[_i].release);
}
END_TEST

START_TEST(a_device_tells_what_it_is)
{
	struct aml_axis *axis = card_open("tx=4,rx=6,lanes=3,width=16", NULL);
	struct aml_axis_info info = {.size = sizeof(info)};

	ck_assert_int_eq(aml_axis_info(axis, &info), 0);
	ck_assert_str_eq(info.driver, "7.4.0");
	ck_assert_uint_eq(info.release, 70400);
	ck_assert_uint_eq(info.api, 6);
	ck_assert_uint_eq(info.tx, 4);
	ck_assert_uint_eq(info.rx, 6);
	ck_assert_uint_eq(info.buffer_bytes, CARD_SIZE);
	ck_assert_uint_eq(info.width, 16);
	ck_assert_uint_eq(info.lanes, 3);
	ck_assert(info.has_axi_version);
	ck_assert(info.has_counters);
	ck_assert(!info.splits);
	ck_assert_uint_eq(info.user[0], 3);
	info.size--;
	ck_assert_int_eq(aml_axis_info(axis, &info), -AML_EINVAL);
	aml_axis_close(&axis);
	ck_assert_ptr_null(axis);
}
END_TEST

/* Which releases send parts as frames, and which have which calls. */
static const struct {
	const char *version;
	bool splits, has_counters, has_git;
} releases[] = {
	{"7.4.0", false, true, true}, {"7.2.2", false, true, true}, {"7.2.1", true, true, true},
	{"6.6.2", true, true, true},  {"6.6.1", false, true, true}, {"6.0.0", false, false, false},
};

START_TEST(a_release_is_known_by_what_it_can_do)
{
	struct aml_axis_info info = {.size = sizeof(info)};
	struct aml_axis *axis;
	char keys[40];

	snprintf(keys, sizeof(keys), "version=%s", releases[_i].version);
	axis = card_open(keys, NULL);
	ck_assert_int_eq(aml_axis_info(axis, &info), 0);
	ck_assert_int_eq(info.splits, releases[_i].splits);
	ck_assert_int_eq(info.has_counters, releases[_i].has_counters);
	ck_assert_int_eq(info.driver[0] != 0, releases[_i].has_git);
	aml_axis_close(&axis);
}
END_TEST

static void refused(const char *path, const struct aml_axis_options *options, int code,
		    const char *words)
{
	struct aml_axis *axis = (void *)1;
	int rc = aml_axis_open(&axis, path, options);

	ck_assert_msg(rc == -code, "%d, not %d: %s", rc, -code, aml_error_detail());
	ck_assert_ptr_null(axis);
	ck_assert_msg(strstr(aml_error_detail(), words), "%s", aml_error_detail());
}

START_TEST(a_device_that_is_not_there_is_said_to_be_missing)
{
	refused("/dev/datadev_77", NULL, AML_ENOTSUP, "there is no such device");
}
END_TEST

START_TEST(a_file_that_is_no_device_of_the_driver_is_refused)
{
	refused("/dev/null", NULL, AML_ENOTSUP, "is no device of the datadev driver");
}
END_TEST

START_TEST(missing_permission_is_said_to_be_that)
{
	char path[] = "/tmp/aml-axis-XXXXXX";
	const uid_t user = geteuid();
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
	chmod(path, 0);
	if (user == 0) /* whom no mode stops */
		ck_assert_int_eq(seteuid(65534), 0);
	refused(path, NULL, AML_EPERM, "no permission");
	ck_assert_int_eq(seteuid(user), 0);
	unlink(path);
}
END_TEST

START_TEST(an_old_driver_is_refused_with_its_number)
{
	refused(card_path("version=api5"), NULL, AML_ENOTSUP, "has number 5: it must be 6");
}
END_TEST

START_TEST(bad_arguments_are_refused)
{
	struct aml_axis_options options = {.size = sizeof(options), .share = 101};
	char path[300];

	refused(NULL, NULL, AML_EINVAL, "path is NULL");
	refused(card_path("nonsense=1"), NULL, AML_EINVAL, "no such emulator");
	refused(card_path(""), &options, AML_EINVAL, "share is 101 percent");
	options = (struct aml_axis_options){.size = 3};
	refused(card_path(""), &options, AML_EINVAL, "options->size is 3");
	options = (struct aml_axis_options){.size = sizeof(options), .parts = 49};
	refused(card_path("rx=64"), &options, AML_EINVAL, "49 parts: more than the 48");
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = 0;
	refused(path, NULL, AML_EINVAL, "the path has 299 bytes");
	ck_assert_int_eq(aml_axis_open(NULL, "emu", NULL), -AML_EINVAL);
}
END_TEST

START_TEST(buffers_that_are_not_whole_pages_need_the_driver_to_copy)
{
	struct aml_axis_options options = {.size = sizeof(options), .copies = true};
	struct aml_axis *axis;
	char path[100];

	snprintf(path, sizeof(path), "emu,name=card-%d-page,size=1000", getpid());
	refused(path, NULL, AML_ENOTSUP, "are not whole pages");
	ck_assert_int_eq(aml_axis_open(&axis, path, &options), 0);
	aml_axis_close(&axis);
}
END_TEST

/* Use up the mappings that a process may have, but for a few. */
static size_t use_up(char *base, size_t pages)
{
	size_t n = 0;

	for (size_t i = 0; i < pages; i += 2, n++)
		if (mprotect(base + i * 4096, 4096, PROT_READ))
			break;
	return n;
}

START_TEST(too_few_mappings_are_said_with_the_number_to_set)
{
	FILE *file = fopen("/proc/sys/vm/max_map_count", "r");
	unsigned long most = 0;
	size_t bytes;
	char *base;

	if (file && fscanf(file, "%lu", &most) != 1)
		most = 0;
	if (file)
		fclose(file);
	if (is_sanitized()) /* who needs mappings of its own */
		most = 0;
	ck_assert_int_eq(amli_axis_refuse_map(&(struct amli_axis_capability){.tx = 1000, .rx = 24},
					      "x", -ENOMEM),
			 -AML_ENOMEM);
	ck_assert(strstr(aml_error_detail(), "does not map 1024 buffers: vm.max_map_count is"));
	if (!most || most > 200000)
		return;
	bytes = (most + 100) * 2 * 4096;
	base = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ck_assert_ptr_ne(base, MAP_FAILED);
	use_up(base, bytes / 4096);
	munmap(base, 4096 * 200); /* for the emulator, and not for the buffers */
	refused(card_path("tx=400,rx=400"), NULL, AML_ENOMEM, "vm.max_map_count is");
	munmap(base, bytes);
}
END_TEST

START_TEST(a_device_that_cannot_be_opened_leaves_nothing_behind)
{
	int before = open("/dev/null", O_RDONLY), after;

	close(before);
	refused(card_path("version=api5"), NULL, AML_ENOTSUP, "number 5");
	refused("/dev/null", NULL, AML_ENOTSUP, "no device");
	after = open("/dev/null", O_RDONLY);
	close(after);
	ck_assert_int_eq(before, after);
}
END_TEST

START_TEST(a_claim_that_another_opening_has_is_said_to_be_taken)
{
	const uint32_t mine[] = {3, 0x102}, theirs[] = {7, 0x102}, free_ones[] = {7, 8};
	struct aml_axis *first = card_open_claimed("", NULL, mine, 2);
	struct aml_axis *second = card_open("", NULL);

	ck_assert_int_eq(aml_axis_claim(second, theirs, 2), -AML_EBUSY);
	ck_assert(strstr(aml_error_detail(), "claimed by another program"));
	ck_assert_int_eq(aml_axis_claim(second, free_ones, 2), 0);
	ck_assert_int_eq(aml_axis_claim(second, &theirs[0], 1), -AML_EBUSY);
	ck_assert(strstr(aml_error_detail(), "has claimed its destinations already"));
	aml_axis_close(&first);
	aml_axis_close(&second);
	first = card_open_claimed("", NULL, theirs, 2);
	aml_axis_close(&first);
}
END_TEST

START_TEST(a_bad_claim_is_refused_and_claims_nothing)
{
	const uint32_t bad[] = {1, 4096}, good = 4095;
	struct aml_axis *axis = card_open("", NULL);

	ck_assert_int_eq(aml_axis_claim(NULL, &good, 1), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_claim(axis, NULL, 1), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_claim(axis, &good, 0), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_claim(axis, bad, 2), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_claim(axis, &good, 1), 0);
	aml_axis_close(&axis);
}
END_TEST

START_TEST(registers_are_read_and_written)
{
	struct aml_axis *axis = card_open("", NULL);
	uint32_t value = 0;

	ck_assert_int_eq(aml_axis_register_write(axis, 0x800010, 0xabcd), 0);
	ck_assert_int_eq(aml_axis_register_read(axis, 0x800010, &value), 0);
	ck_assert_uint_eq(value, 0xabcd);
	ck_assert_int_eq(aml_axis_register_read(axis, 0xfffc, &value), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_register_read(axis, 0x1000000, &value), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_register_write(axis, 0x20002, 1), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_register_read(axis, 0x20000, NULL), -AML_EINVAL);
	ck_assert_int_eq(aml_axis_acknowledge(axis), 0);
	ck_assert_int_eq(aml_axis_register_read(axis, 0xf00028, &value), 0);
	ck_assert_uint_eq(value, 1);
	ck_assert_int_eq(aml_axis_set_debug(axis, 0), 0);
	ck_assert_int_eq(aml_axis_set_debug(axis, 256), -AML_EINVAL);
	aml_axis_close(&axis);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("open");
	TCase *tcase = tcase_create("open");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, card_next, NULL);
	tcase_add_loop_test(tcase, a_release_is_read_from_what_the_driver_says, 0,
			    sizeof(versions) / sizeof(versions[0]));
	tcase_add_test(tcase, a_device_tells_what_it_is);
	tcase_add_loop_test(tcase, a_release_is_known_by_what_it_can_do, 0,
			    sizeof(releases) / sizeof(releases[0]));
	tcase_add_test(tcase, a_device_that_is_not_there_is_said_to_be_missing);
	tcase_add_test(tcase, a_file_that_is_no_device_of_the_driver_is_refused);
	tcase_add_test(tcase, missing_permission_is_said_to_be_that);
	tcase_add_test(tcase, an_old_driver_is_refused_with_its_number);
	tcase_add_test(tcase, bad_arguments_are_refused);
	tcase_add_test(tcase, buffers_that_are_not_whole_pages_need_the_driver_to_copy);
	tcase_add_test(tcase, too_few_mappings_are_said_with_the_number_to_set);
	tcase_add_test(tcase, a_device_that_cannot_be_opened_leaves_nothing_behind);
	tcase_add_test(tcase, a_claim_that_another_opening_has_is_said_to_be_taken);
	tcase_add_test(tcase, a_bad_claim_is_refused_and_claims_nothing);
	tcase_add_test(tcase, registers_are_read_and_written);
	suite_add_tcase(s, tcase);
	return s;
}

int main(void)
{
	return card_main_here(suite);
}
