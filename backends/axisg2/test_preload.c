/* SPDX-License-Identifier: BSD-3-Clause */
/* Programs that do to a descriptor what programs do: this one runs itself again with the
 * preload library, and uses nothing but the C library. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/axisg2/driver.h"

#define DEVICE "/dev/datadev_0"
#define PRELOAD ".libs/libaml-datadev-emu.so"

static int number;

/* A device for each test. */
static void setup(void)
{
	char spec[100];

	snprintf(spec, sizeof(spec), "name=preload-%d-%d,tx=4,rx=6,size=4096", (int)getpid(),
		 number++);
	setenv("AML_DATADEV_EMU", spec, 1);
}

static int open_device(void)
{
	int fd = open(DEVICE, O_RDWR);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static long count(int fd, enum axisg2_ioctl which)
{
	return ioctl(fd, which);
}

START_TEST(open_takes_the_lowest_number)
{
	int lowest = dup(0), fd;

	close(lowest);
	fd = open_device();
	ck_assert_int_eq(fd, lowest);
	ck_assert_int_eq(open_device(), lowest + 1);
	close(lowest + 1);
	close(fd);
	ck_assert_int_eq(close(fd), -1);
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

START_TEST(every_open_finds_the_device)
{
	int fd[5] = {open(DEVICE, O_RDWR), open64(DEVICE, O_RDWR), openat(AT_FDCWD, DEVICE, O_RDWR),
		     openat64(AT_FDCWD, DEVICE, O_RDWR | O_NONBLOCK),
		     open(DEVICE, O_RDWR | O_CLOEXEC)};

	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(count(fd[i], AXISG2_BUFFER_COUNT), 10);
	ck_assert_int_eq(fcntl(fd[0], F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDWR);
	ck_assert_int_eq(fcntl(fd[3], F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDWR | O_NONBLOCK);
	ck_assert_int_eq(fcntl(fd[0], F_GETFD), 0);
	ck_assert_int_eq(fcntl(fd[4], F_GETFD), FD_CLOEXEC);
	for (int i = 0; i < 5; i++)
		close(fd[i]);
	ck_assert_int_eq(open("/dev/datadev_7", O_RDWR), -1);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(a_descriptor_may_do_what_it_was_opened_for)
{
	struct axisg2_write out = {.size = 8};
	struct axisg2_read in = {.data = 0};
	int reader = open(DEVICE, O_RDONLY), writer = open(DEVICE, O_WRONLY);

	ck_assert_int_eq(write(reader, &out, sizeof(out)), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(read(reader, &in, sizeof(in)), 0);
	ck_assert_int_eq(count(reader, AXISG2_GET_INDEX), 0);
	ck_assert_int_eq(read(writer, &in, sizeof(in)), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_ptr_eq(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, reader, 0),
			 MAP_FAILED);
	ck_assert_int_eq(errno, EACCES);
	ck_assert_int_eq(fcntl(reader, F_GETFL) & O_ACCMODE, O_RDONLY);
	close(reader);
	close(writer);
}
END_TEST

START_TEST(it_looks_like_a_device)
{
	struct stat is;
	int fd = open_device();

	ck_assert_int_eq(stat(DEVICE, &is), 0);
	ck_assert(S_ISCHR(is.st_mode));
	ck_assert_int_eq(fstat(fd, &is), 0);
	ck_assert(S_ISCHR(is.st_mode));
	ck_assert_int_eq(access(DEVICE, R_OK | W_OK), 0);
	ck_assert_int_eq(stat("/", &is), 0);
	ck_assert(S_ISDIR(is.st_mode));
	ck_assert_int_eq(fstat(0, &is), 0);
	close(fd);
}
END_TEST

START_TEST(copies_of_a_descriptor_are_the_same)
{
	int fd = open_device(), other = open_device();
	int copy[4] = {dup(fd), dup2(fd, 700), dup3(fd, 701, O_CLOEXEC), fcntl(fd, F_DUPFD, 702)};

	ck_assert_int_eq(ioctl(fd, AXISG2_SET_MASK, 1), 0);
	close(fd);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(ioctl(copy[i], AXISG2_SET_MASK, 2), -1);
		ck_assert_int_eq(ioctl(other, AXISG2_SET_MASK, 1), -1);
		ck_assert_int_eq(errno, EPERM);
		close(copy[i]);
	}
	ck_assert_int_eq(ioctl(other, AXISG2_SET_MASK, 1), 0);
	close(other);
}
END_TEST

START_TEST(a_number_that_was_overwritten_is_closed)
{
	int fd = open_device(), other = open_device(), null = open("/dev/null", O_RDWR);
	struct axisg2_read record;

	ck_assert_int_eq(ioctl(fd, AXISG2_SET_MASK, 1), 0);
	ck_assert_int_eq(dup2(null, fd), fd);
	ck_assert_int_eq(ioctl(other, AXISG2_SET_MASK, 1), 0);
	ck_assert_int_eq(read(fd, &record, sizeof(record)), 0);
	ck_assert_int_eq(ioctl(fd, AXISG2_BUFFER_COUNT), -1);
	ck_assert_int_eq(errno, ENOTTY);
	close(fd);
	close(other);
	close(null);
}
END_TEST

static void close_all_behind(int fd, int way)
{
	if (way == 0)
		for (int i = fd + 1; i < 40000; i++)
			close(i);
	else if (way == 1)
		close_range((unsigned)fd + 1, ~0u, 0);
	else
		closefrom(fd + 1);
}

/* In a child, as the test has numbers of its own. */
START_TEST(closing_all_numbers_closes_only_the_programs_own)
{
	int before = open_device(), status;
	pid_t child = fork();

	if (!child) {
		struct pollfd one = {.fd = open_device(), .events = POLLOUT};

		close_all_behind(one.fd, _i);
		if (ioctl(one.fd, AXISG2_SET_MASK, 1) || ioctl(one.fd, AXISG2_GET_INDEX) != 0)
			_exit(1);
		_exit(poll(&one, 1, 0) != 1 || one.revents != POLLOUT); /* no POLLHUP */
	}
	waitpid(child, &status, 0);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(count(before, AXISG2_TX_IN_USER), 0);
	close(before);
}
END_TEST

START_TEST(a_device_among_those_that_are_closed_is_closed)
{
	int other = open_device(), fd = open_device();

	ck_assert_int_eq(ioctl(fd, AXISG2_SET_MASK, 1), 0);
	ck_assert_int_eq(close_range((unsigned)fd, _i ? ~0u : (unsigned)fd, 0), 0);
	ck_assert_int_eq(ioctl(other, AXISG2_SET_MASK, 1), 0);
	ck_assert_int_eq(ioctl(fd, AXISG2_BUFFER_COUNT), -1);
	ck_assert_int_eq(errno, EBADF);
	close(other);
}
END_TEST

START_TEST(a_stream_that_closes_its_descriptor_is_noticed)
{
	int fd = open_device(), other = open_device();
	FILE *stream = fdopen(fd, "r");
	int null;

	ck_assert_int_eq(ioctl(fd, AXISG2_SET_MASK, 1), 0);
	fclose(stream);
	null = open("/dev/null", O_RDWR);
	ck_assert_int_eq(null, fd);
	ck_assert_int_eq(ioctl(null, AXISG2_BUFFER_COUNT), -1);
	ck_assert_int_eq(ioctl(other, AXISG2_SET_MASK, 1), 0);
	close(null);
	close(other);
}
END_TEST

START_TEST(vectors_end_after_their_first_piece)
{
	char frame[16] = {0};
	struct axisg2_write out[2] = {{.data = (uintptr_t)frame, .size = 16},
				      {.data = (uintptr_t)frame, .size = 16}};
	struct iovec piece[2] = {{&out[0], sizeof(out[0])}, {&out[1], sizeof(out[1])}};
	struct axisg2_read in[2] = {{.data = 0}};
	int fd = open_device();

	ck_assert_int_eq(ioctl(fd, AXISG2_SET_MASK, 1), 0);
	ck_assert_int_eq(writev(fd, piece, 2), 16);
	piece[0] = (struct iovec){&in[0], sizeof(in[0])};
	piece[1] = (struct iovec){&in[1], sizeof(in[1])};
	ck_assert_int_eq(readv(fd, piece, 2), 1);
	ck_assert_int_eq(read(fd, &in[1], sizeof(in[1])), 0);
	close(fd);
}
END_TEST

/* ---- several threads on one descriptor ---- */

static void *send_and_receive(void *arg)
{
	int fd = *(int *)arg;

	for (int i = 0; i < 3000; i++) {
		char frame[64] = {0}, back[64];
		struct axisg2_write out = {.data = (uintptr_t)frame, .size = sizeof(frame)};
		struct axisg2_read in = {.data = (uintptr_t)back, .size = sizeof(back)};

		if (write(fd, &out, sizeof(out)) < 0 || read(fd, &in, sizeof(in)) < 0)
			return "failed";
	}
	return NULL;
}

START_TEST(threads_share_a_descriptor)
{
	int fd = open_device();
	pthread_t thread[4];
	void *failed;

	ck_assert_int_eq(ioctl(fd, AXISG2_SET_MASK, 1), 0);
	for (int i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, send_and_receive, &fd);
	for (int i = 0; i < 4; i++) {
		pthread_join(thread[i], &failed);
		ck_assert_ptr_null(failed);
	}
	ck_assert_int_eq(count(fd, AXISG2_TX_MISSING) + count(fd, AXISG2_RX_MISSING), 0);
	ck_assert_int_eq(count(fd, AXISG2_TX_IN_USER) + count(fd, AXISG2_RX_IN_USER), 0);
	close(fd);
}
END_TEST

START_TEST(a_bad_configuration_is_no_device)
{
	static const char *const bad[] = {"tx=0",     "nothing=1",    "version=7",   "size=12,tx=x",
					  "name=a/b", "source=1/2/3", "loop=around", "width=12"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		setenv("AML_DATADEV_EMU", bad[i], 1);
		ck_assert_msg(open(DEVICE, O_RDWR) == -1, "%s is taken", bad[i]);
		ck_assert_int_eq(errno, EINVAL);
	}
}
END_TEST

/* ---- /proc ---- */

#define PROC "/proc/datadev_0"

/* A frame of one part is held, one of two waits, one was for nobody; a buffer is to be sent. */
static const char proc_text[] = "PCIe[BUS:NUM:SLOT.FUNC] : 0000:01:00.0\n"
				"---------- Firmware Axi Version -----------\n"
				"     Firmware Version : 0x1000000\n"
				"           ScratchPad : 0x0\n"
				"        Up Time Count : 0\n"
				"             Git Hash : f3f2f1f0efeeedecebeae9e8e7e6e5e4e3e2e1e0\n"
				"            DNA Value : 0x100f0e0d0c0b0a090807060504030201\n"
				"         Build String : datadev emulator: libaml\n"
				"        Hardware Type : Undefined (0x000)\n"
				"    Bifurcation Index : 0\n"
				"\n---------- DMA Firmware General ----------\n"
				"                    IRQ : 0\n"
				"          Int Req Count : 0\n"
				"         Continue Count : 1\n"
				"          Address Count : 4096\n"
				"    Hw Write Buff Count : 3\n"
				"     Hw Read Buff Count : 0\n"
				"           Cache Config : 0x0\n"
				"            Desc 128 En : 1\n"
				"            Enable Ver  : 0x5010101\n"
				"      Driver Load Count : 1\n"
				"               IRQ Hold : 10000\n"
				"              BG Enable : 0x0\n"
				"           GPU Async En : 0\n"
				"            DMA Timeout : 0xffff\n"
				"\n-------- DMA Kernel Driver General --------\n"
				" DMA Driver's Git Version : 7.4.0\n"
				" DMA Driver's API Version : 0x6\n"
				"         GPUAsync Support : Disabled\n"
				"\n---- Read Buffers (Firmware->Software) ----\n"
				"         Buffer Count : 6\n"
				"          Buffer Size : 4096\n"
				"          Buffer Mode : 1\n"
				"      Buffers In User : 1\n"
				"        Buffers In Hw : 3\n"
				"  Buffers In Pre-Hw Q : 0\n"
				"  Buffers In Rx Queue : 2\n"
				"       Tot Buffer Use : 4\n"
				"\n---- Write Buffers (Software->Firmware) ---\n"
				"         Buffer Count : 4\n"
				"          Buffer Size : 4096\n"
				"          Buffer Mode : 1\n"
				"      Buffers In User : 1\n"
				"        Buffers In Hw : 0\n"
				"  Buffers In Pre-Hw Q : 0\n"
				"  Buffers In Sw Queue : 3\n"
				"       Tot Buffer Use : 4\n\n";

START_TEST(proc_tells_what_the_driver_tells)
{
	static char data[4096], text[4096];
	struct axisg2_write out = {.data = (uintptr_t)data, .dest = 0, .size = 4096};
	struct axisg2_read in = {.data = 0};
	int fd = open_device(), proc;

	ck_assert_int_eq(ioctl(fd, AXISG2_SET_MASK, 1), 0);
	for (int i = 0; i < 4; i++) {
		out.flags = i == 1 ? AXISG2_CONT : 0; /* and the third is the rest of it */
		out.dest = i == 3;		      /* which nobody has claimed */
		ck_assert_int_eq(write(fd, &out, sizeof(out)), 4096);
	}
	ck_assert_int_eq(read(fd, &in, sizeof(in)), 1);
	ck_assert_int_ge(count(fd, AXISG2_GET_INDEX), 0);
	proc = open(PROC, O_RDONLY);
	ck_assert_int_ge(proc, 0);
	ck_assert_int_eq(read(proc, text, sizeof(text)), strlen(proc_text));
	ck_assert_str_eq(text, proc_text);
	ck_assert_int_eq(read(proc, text, sizeof(text)), 0);
	close(proc);
	close(fd);
}
END_TEST

START_TEST(every_way_to_read_proc_finds_it)
{
	int fd[3] = {open(PROC, O_RDONLY), open64(PROC, O_RDONLY | O_CLOEXEC),
		     openat(AT_FDCWD, PROC, O_RDONLY)};
	FILE *stream[2] = {fopen(PROC, "r"), fopen64(PROC, "re")};
	char line[64];
	struct stat is;

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(read(fd[i], line, 4), 4);
		ck_assert_mem_eq(line, "PCIe", 4);
		ck_assert_int_eq(fcntl(fd[i], F_GETFD), i == 1 ? FD_CLOEXEC : 0);
		ck_assert_int_lt(write(fd[i], line, 1), 0);
		close(fd[i]);
	}
	for (int i = 0; i < 2; i++) {
		ck_assert_ptr_nonnull(fgets(line, sizeof(line), stream[i]));
		ck_assert_mem_eq(line, "PCIe", 4);
		fclose(stream[i]);
	}
	ck_assert_int_eq(stat(PROC, &is), 0);
	ck_assert(S_ISREG(is.st_mode) && (is.st_mode & 0777) == 0444);
	ck_assert_int_eq(access(PROC, R_OK), 0);
	ck_assert_int_eq(access(PROC, W_OK), -1);
	ck_assert_int_eq(open(PROC, O_RDWR), -1);
	ck_assert_int_eq(errno, EACCES);
	ck_assert_ptr_null(fopen(PROC, "r+"));
	ck_assert_ptr_null(fopen("/proc/datadev_7", "r"));
	setenv("AML_DATADEV_EMU_PATH", "/dev/datadev_7", 1);
	stream[0] = fopen("/proc/datadev_7", "r");
	unsetenv("AML_DATADEV_EMU_PATH");
	ck_assert_ptr_nonnull(stream[0]);
	fclose(stream[0]);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("preload");
	TCase *t = tcase_create("preload");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, open_takes_the_lowest_number);
	tcase_add_test(t, every_open_finds_the_device);
	tcase_add_test(t, a_descriptor_may_do_what_it_was_opened_for);
	tcase_add_test(t, it_looks_like_a_device);
	tcase_add_test(t, copies_of_a_descriptor_are_the_same);
	tcase_add_test(t, a_number_that_was_overwritten_is_closed);
	tcase_add_loop_test(t, closing_all_numbers_closes_only_the_programs_own, 0, 3);
	tcase_add_loop_test(t, a_device_among_those_that_are_closed_is_closed, 0, 2);
	tcase_add_test(t, a_stream_that_closes_its_descriptor_is_noticed);
	tcase_add_test(t, vectors_end_after_their_first_piece);
	tcase_add_test(t, threads_share_a_descriptor);
	tcase_add_test(t, a_bad_configuration_is_no_device);
	tcase_add_test(t, proc_tells_what_the_driver_tells);
	tcase_add_test(t, every_way_to_read_proc_finds_it);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	char *preload = realpath(PRELOAD, NULL);
	SRunner *runner;
	int failed;

	(void)argc;
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
	printf("sanitizers want to be loaded first\n");
	return 77;
#endif
	if (!getenv("AML_TEST_PRELOADED")) {
		if (!preload || setenv("LD_PRELOAD", preload, 1))
			return 99;
		setenv("AML_TEST_PRELOADED", "1", 1);
		execv("/proc/self/exe", argv);
		return 99;
	}
	free(preload);
	runner = srunner_create(suite());
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
