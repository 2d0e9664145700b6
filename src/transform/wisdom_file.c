/* SPDX-License-Identifier: BSD-3-Clause */
/* Files of wisdom.  Who writes one locks it, adds what is in it to what it knows, writes a new
 * file and renames that over it; who then gets the lock of the old one sees that it is
 * gone, and begins again. */
#include <errno.h> /* and secure_getenv */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aml/plan.h"
#include "aml/version.h"
#include "aml/wisdom.h"
#include "base/cpu.h"
#include "base/error.h"
#include "base/hot.h"
#include "base/log.h"
#include "transform/wisdom.h"

#define TITLE "libaml wisdom 1"
#define HEADER 256
#define PATH_MOST 4000

/* The second line: what it is good for. */
static void print_place(char text[HEADER])
{
	snprintf(text, HEADER, "library %s, cpu %s, caches %zu %zu %zu", aml_version_string,
		 aml_cpu_features(), amli_cache_bytes(1), amli_cache_bytes(2), amli_cache_bytes(3));
}

/* A line without its end.  False: the end of the file.  What is too long is cut, so its sum is
 * wrong. */
static bool read_line(FILE *file, char *line, int size)
{
	size_t n;
	int c;

	if (!fgets(line, size, file))
		return false;
	n = strlen(line);
	if (n && line[n - 1] == '\n') {
		line[n - 1] = 0;
		return true;
	}
	do
		c = getc(file);
	while (c != EOF && c != '\n');
	return true;
}

static int check_header(FILE *file, const char *path)
{
	char line[HEADER], place[HEADER];

	if (!read_line(file, line, sizeof(line)))
		return 0; /* empty */
	if (strcmp(line, TITLE))
		return amli_fail(AML_EINVAL, "%s is no wisdom: it does not begin with '%s'", path,
				 TITLE);
	print_place(place);
	if (!read_line(file, line, sizeof(line)))
		line[0] = 0;
	if (strcmp(line, place))
		return amli_fail(AML_ENOTSUP,
				 "%s is for '%.100s', this is '%.100s': measure again, to "
				 "another file",
				 path, line, place);
	return 0;
}

static int read_all(FILE *file, const char *path, size_t *skipped)
{
	char line[AMLI_WISDOM_LINE];
	int rc = check_header(file, path);

	if (rc)
		return rc;
	while (read_line(file, line, sizeof(line))) {
		struct amli_wisdom wisdom;
		struct amli_wise what;
		struct aml_nest nest;

		if (amli_wisdom_parse(line, &what, &nest, &wisdom))
			amli_wisdom_add(&what, &wisdom, false);
		else
			++*skipped;
	}
	return ferror(file) ? amli_fail(AML_EIO, "%s cannot be read", path) : 0;
}

int aml_wisdom_load(const char *path, size_t *skipped)
{
	struct stat what;
	size_t bad = 0;
	FILE *file;
	int rc;

	if (skipped)
		*skipped = 0;
	if (!path)
		return amli_fail(AML_EINVAL, "path is NULL");
	file = fopen(path, "re");
	if (!file)
		return amli_fail(AML_EIO, "%s cannot be read: %s", path, strerror(errno));
	if (fstat(fileno(file), &what) == 0 && !S_ISREG(what.st_mode))
		rc = amli_fail(AML_EINVAL, "%s is no wisdom: not even a file", path);
	else
		rc = read_all(file, path, &bad);
	fclose(file);
	if (skipped)
		*skipped = bad;
	return rc;
}

static bool print_entry(void *arg, const struct amli_wise *what, const struct amli_wisdom *wisdom)
{
	char line[AMLI_WISDOM_LINE];

	amli_wisdom_print(line, what, wisdom);
	return fprintf(arg, "%s\n", line) > 0;
}

/* All of it, on the disk. */
static bool write_all(int fd)
{
	FILE *file = fdopen(fd, "w");
	char place[HEADER];
	bool ok;

	if (!file) {
		close(fd);
		return false;
	}
	print_place(place);
	ok = fprintf(file, "%s\n%s\n", TITLE, place) > 0;
	ok = ok && amli_wisdom_each(print_entry, file);
	ok = ok && fflush(file) == 0 && fsync(fd) == 0;
	return fclose(file) == 0 && ok;
}

static int replace(const char *path)
{
	char name[PATH_MOST + 32];
	int fd, error;

	snprintf(name, sizeof(name), "%s.%ld", path, (long)getpid());
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return amli_fail(AML_EIO, "%s cannot be written: %s", name, strerror(errno));
	if (write_all(fd) && rename(name, path) == 0)
		return 0;
	error = errno;
	unlink(name);
	return amli_fail(AML_EIO, "%s cannot be written: %s", path, strerror(error));
}

/* Whether nobody has replaced it since it was opened */
static bool is_still(int fd, const char *path)
{
	struct stat held, there;

	return fstat(fd, &held) == 0 && stat(path, &there) == 0 && held.st_ino == there.st_ino &&
	       held.st_dev == there.st_dev;
}

/* The file of that name, locked, made if need be; -1 with errno */
static int open_locked(const char *path)
{
	for (;;) {
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
		int rc = fd < 0 ? -1 : flock(fd, LOCK_EX);

		if (rc == 0 && is_still(fd, path))
			return fd;
		if (fd < 0 || (rc && errno != EINTR)) {
			rc = errno;
			if (fd >= 0)
				close(fd);
			errno = rc;
			return -1;
		}
		close(fd);
	}
}

int aml_wisdom_save(const char *path)
{
	static pthread_mutex_t one_by_one = PTHREAD_MUTEX_INITIALIZER;
	int fd, rc;

	if (!path)
		return amli_fail(AML_EINVAL, "path is NULL");
	if (strlen(path) > PATH_MOST)
		return amli_fail(AML_EINVAL, "path has %zu characters: at most %d", strlen(path),
				 PATH_MOST);
	pthread_mutex_lock(&one_by_one);
	fd = open_locked(path);
	if (fd < 0) {
		rc = amli_fail(AML_EIO, "%s cannot be opened: %s", path, strerror(errno));
	} else {
		rc = aml_wisdom_load(path, NULL);
		if (rc == 0)
			rc = replace(path);
		close(fd); /* and the lock is gone */
	}
	pthread_mutex_unlock(&one_by_one);
	return rc;
}

/* ---- the environment ---- */

static const char *kept_in; /* NULL: nowhere */
static atomic_bool begun;

static void begin(void)
{
	const char *path = secure_getenv("AML_WISDOM");

	if (!path || !*path)
		return;
	if (access(path, F_OK) == 0 && aml_wisdom_load(path, NULL))
		amli_log(AMLI_LOG_ERROR, "plan", "AML_WISDOM: %s", aml_error_detail());
	else
		kept_in = path;
}

AMLI_HOT void amli_wisdom_begin(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (atomic_load_explicit(&begun, memory_order_acquire))
		return;
	pthread_once(&once, begin);
	atomic_store_explicit(&begun, true, memory_order_release);
}

void amli_wisdom_kept(void)
{
	if (kept_in && aml_wisdom_save(kept_in))
		amli_log(AMLI_LOG_ERROR, "plan", "AML_WISDOM: %s", aml_error_detail());
}
