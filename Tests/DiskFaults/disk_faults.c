// A disk that fails at a chosen moment, for a process that is started with this library in LD_PRELOAD.
//
// Counts every call that changes files below one folder, over all threads (strace counts per thread and per system call, so it
// cannot be told to stop at the Nth call of a process with several), and at one of them kills the process or fails the call:
//
//   DISK_FAULTS_UNDER  only this folder and files below it count
//   DISK_FAULTS_LOG    file that takes a line "number call path" for each counted call, before it is made
//   DISK_FAULTS_ONLY   names of the calls that count, parted by commas; all without it
//   DISK_FAULTS_AT     the number of the call at which it happens
//   DISK_FAULTS_DO     "kill": SIGKILL in place of the call; "torn": half of a write, then SIGKILL; "stop": SIGSTOP before the call;
//                      a number: the call fails with that errno and is not made
//   DISK_FAULTS_FULL   while this file exists, whatever takes space fails with ENOSPC
//   DISK_FAULTS_RECORD file that takes each counted call that was made, in the order in which they were made: a line "call position
//                      size path", for rename "rename 0 0 from<TAB>to", and after it so many bytes as were written
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifdef __linux__

static char under[PATH_MAX];
static const char *only, *full;
static int log_descriptor = -1, record_descriptor = -1, error_number, is_torn, is_stop;
static long at;
static atomic_long calls;

__attribute__((constructor)) static void set_up(void) {
  const char *text = getenv("DISK_FAULTS_UNDER");
  if (!text || !realpath(text, under)) return;
  only = getenv("DISK_FAULTS_ONLY");
  full = getenv("DISK_FAULTS_FULL");
  if ((text = getenv("DISK_FAULTS_AT"))) at = atol(text);
  if ((text = getenv("DISK_FAULTS_DO"))) {
    error_number = atoi(text);
    is_torn = strcmp(text, "torn") == 0;
    is_stop = strcmp(text, "stop") == 0;
  }
  if ((text = getenv("DISK_FAULTS_LOG")))
    log_descriptor = syscall(SYS_openat, AT_FDCWD, text, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if ((text = getenv("DISK_FAULTS_RECORD")))
    record_descriptor = syscall(SYS_openat, AT_FDCWD, text, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

static int counts(const char *call, const char *path) {
  size_t length = strlen(under);
  if (!length || strncmp(path, under, length) != 0 || (path[length] != '/' && path[length] != 0)) return 0;
  if (!only) return 1;
  size_t size = strlen(call);
  for (const char *at = only; (at = strstr(at, call)); at += size) {
    if ((at == only || at[-1] == ',') && (at[size] == 0 || at[size] == ',')) return 1;
  }
  return 0;
}

static void die(void) {
  syscall(SYS_kill, getpid(), SIGKILL);
  for (;;) pause();
}

enum verdict { MAKE, FAIL, TEAR };

static enum verdict judge(const char *call, const char *path, int takes_space) {
  if (!counts(call, path)) return MAKE;
  long number = atomic_fetch_add(&calls, 1) + 1;
  if (log_descriptor >= 0) {
    char line[PATH_MAX + 64];
    int count = snprintf(line, sizeof line, "%ld %s %s\n", number, call, path);
    syscall(SYS_write, log_descriptor, line, count);
  }
  if (full && takes_space && syscall(SYS_faccessat, AT_FDCWD, full, F_OK) == 0) {
    errno = ENOSPC;
    return FAIL;
  }
  if (number != at) return MAKE;
  if (error_number) {
    errno = error_number;
    return FAIL;
  }
  if (is_torn) return TEAR;
  if (is_stop) {
    syscall(SYS_kill, getpid(), SIGSTOP);
    return MAKE;
  }
  die();
  return FAIL;
}

// False where a descriptor is no file below the folder.
static int find_path(int descriptor, char *path) {
  char link[64];
  if (!under[0]) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t count = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
  if (count <= 0) return 0;
  path[count] = 0;
  return 1;
}

static enum verdict judge_open(const char *call, int descriptor, int takes_space) {
  char path[PATH_MAX];
  return find_path(descriptor, path) ? judge(call, path, takes_space) : MAKE;
}

// Held while a call is made and recorded, so that the record has the order of the calls.
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;

static void begin_recording(void) {
  if (record_descriptor >= 0) pthread_mutex_lock(&order);
}

static void record(const char *call, const char *path, const char *target, off_t position, const void *bytes, ssize_t size) {
  if (!counts(call, path)) return;
  char line[2 * PATH_MAX + 128];
  int count = snprintf(
      line, sizeof line, "%s %lld %lld %s%s%s\n", call, (long long)position, (long long)size, path, target ? "\t" : "",
      target ? target : "");
  syscall(SYS_write, record_descriptor, line, count);
  if (bytes) syscall(SYS_write, record_descriptor, bytes, size);
}

// Takes note of a call on a path that succeeded, and hands back its result.
static long recorded(long result, const char *call, const char *path, const char *target) {
  if (record_descriptor < 0) return result;
  int number = errno;
  if (result >= 0) record(call, path, target, 0, NULL, 0);
  pthread_mutex_unlock(&order);
  errno = number;
  return result;
}

// As `recorded`, of a call on an open file. A position below zero is where a write has just ended.
static long recorded_open(
    long result, const char *call, int descriptor, off_t position, const struct iovec *pieces, int piece_count) {
  if (record_descriptor < 0) return result;
  int number = errno;
  char path[PATH_MAX];
  if (result >= 0 && find_path(descriptor, path)) {
    if (position < 0) position = syscall(SYS_lseek, descriptor, 0, SEEK_CUR) - result;
    if (!piece_count) record(call, path, NULL, position, NULL, 0);
    ssize_t left = result;
    for (int index = 0; index < piece_count && left > 0; index++) {
      ssize_t size = (ssize_t)pieces[index].iov_len < left ? (ssize_t)pieces[index].iov_len : left;
      record(call, path, NULL, position, pieces[index].iov_base, size);
      position += size;
      left -= size;
    }
  }
  pthread_mutex_unlock(&order);
  errno = number;
  return result;
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
  enum verdict verdict = judge_open("write", descriptor, 1);
  if (verdict == FAIL) return -1;
  if (verdict == TEAR) {
    syscall(SYS_write, descriptor, bytes, count / 2);
    die();
  }
  begin_recording();
  struct iovec piece = {(void *)bytes, count};
  return recorded_open(syscall(SYS_write, descriptor, bytes, count), "write", descriptor, -1, &piece, 1);
}

static ssize_t positioned(int descriptor, const void *bytes, size_t count, off_t position) {
  enum verdict verdict = judge_open("pwrite", descriptor, 1);
  if (verdict == FAIL) return -1;
  if (verdict == TEAR) {
    syscall(SYS_pwrite64, descriptor, bytes, count / 2, position);
    die();
  }
  begin_recording();
  struct iovec piece = {(void *)bytes, count};
  return recorded_open(syscall(SYS_pwrite64, descriptor, bytes, count, position), "write", descriptor, position, &piece, 1);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t position) {
  return positioned(descriptor, bytes, count, position);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t position) {
  return positioned(descriptor, bytes, count, position);
}

ssize_t writev(int descriptor, const struct iovec *pieces, int count) {
  enum verdict verdict = judge_open("writev", descriptor, 1);
  if (verdict == FAIL) return -1;
  if (verdict == TEAR) {
    syscall(SYS_writev, descriptor, pieces, (count + 1) / 2);
    die();
  }
  begin_recording();
  return recorded_open(syscall(SYS_writev, descriptor, pieces, count), "write", descriptor, -1, pieces, count);
}

// The head of a batch in one piece, its body in another: the first half of both is what a torn write leaves.
static ssize_t gathered(int descriptor, const struct iovec *pieces, int count, off_t position) {
  enum verdict verdict = judge_open("pwritev", descriptor, 1);
  if (verdict == FAIL) return -1;
  if (verdict == TEAR) {
    for (int index = 0; index < count; index++) {
      size_t size = index + 1 < count ? pieces[index].iov_len : pieces[index].iov_len / 2;
      syscall(SYS_pwrite64, descriptor, pieces[index].iov_base, size, position);
      position += size;
    }
    die();
  }
  begin_recording();
  return recorded_open(
      syscall(SYS_pwritev, descriptor, pieces, count, position, 0L), "write", descriptor, position, pieces, count);
}

ssize_t pwritev(int descriptor, const struct iovec *pieces, int count, off_t position) {
  return gathered(descriptor, pieces, count, position);
}

ssize_t pwritev64(int descriptor, const struct iovec *pieces, int count, off64_t position) {
  return gathered(descriptor, pieces, count, position);
}

// A call without halves: torn is killed.
#define WHOLE(verdict)            \
  switch (verdict) {              \
    case MAKE: break;             \
    case FAIL: return -1;         \
    case TEAR: die();             \
  }

int fsync(int descriptor) {
  WHOLE(judge_open("fsync", descriptor, 0))
  begin_recording();
  return recorded_open(syscall(SYS_fsync, descriptor), "fsync", descriptor, 0, NULL, 0);
}

int fdatasync(int descriptor) {
  WHOLE(judge_open("fdatasync", descriptor, 0))
  begin_recording();
  return recorded_open(syscall(SYS_fdatasync, descriptor), "fsync", descriptor, 0, NULL, 0);
}

int ftruncate(int descriptor, off_t size) {
  WHOLE(judge_open("ftruncate", descriptor, 0))
  begin_recording();
  return recorded_open(syscall(SYS_ftruncate, descriptor, size), "truncate", descriptor, size, NULL, 0);
}

int ftruncate64(int descriptor, off64_t size) { return ftruncate(descriptor, size); }

int rename(const char *from, const char *to) {
  WHOLE(judge("rename", to, 0))
  begin_recording();
  return recorded(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0), "rename", from, to);
}

int unlink(const char *path) {
  WHOLE(judge("unlink", path, 0))
  begin_recording();
  return recorded(syscall(SYS_unlinkat, AT_FDCWD, path, 0), "unlink", path, NULL);
}

int mkdir(const char *path, mode_t mode) {
  if (syscall(SYS_faccessat, AT_FDCWD, path, F_OK) != 0) { WHOLE(judge("mkdir", path, 1)) }
  begin_recording();
  return recorded(syscall(SYS_mkdirat, AT_FDCWD, path, mode), "mkdir", path, NULL);
}

static int opened(const char *path, int flags, va_list rest) {
  mode_t mode = 0;
  if (flags & (O_CREAT | __O_TMPFILE)) mode = va_arg(rest, mode_t);
  int is_new = flags & O_CREAT && syscall(SYS_faccessat, AT_FDCWD, path, F_OK) != 0;
  if (is_new) { WHOLE(judge("create", path, 1)) }
  if (!is_new && !(flags & O_TRUNC)) return syscall(SYS_openat, AT_FDCWD, path, flags, mode);
  begin_recording();
  return recorded(syscall(SYS_openat, AT_FDCWD, path, flags, mode), is_new ? "create" : "truncate", path, NULL);
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  int descriptor = opened(path, flags, rest);
  va_end(rest);
  return descriptor;
}

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  int descriptor = opened(path, flags, rest);
  va_end(rest);
  return descriptor;
}

#endif
