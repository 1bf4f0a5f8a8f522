// A disk that fails at a chosen moment, for a process that is started with this library in LD_PRELOAD.
//
// Counts every call that changes files below one folder, over all threads (strace counts per thread and per system call, so it
// cannot be told to stop at the Nth call of a process with several), and at one of them kills the process or fails the call:
//
//   DISK_FAULTS_UNDER  only files below this folder count
//   DISK_FAULTS_LOG    file that takes a line "number call path" for each counted call, before it is made
//   DISK_FAULTS_ONLY   names of the calls that count, parted by commas; all without it
//   DISK_FAULTS_AT     the number of the call at which it happens
//   DISK_FAULTS_DO     "kill": SIGKILL in place of the call; "torn": half of a write, then SIGKILL; "stop": SIGSTOP before the call;
//                      a number: the call fails with that errno and is not made
//   DISK_FAULTS_FULL   while this file exists, whatever takes space fails with ENOSPC
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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
static int log_descriptor = -1, error_number, is_torn, is_stop;
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
}

static int counts(const char *call, const char *path) {
  size_t length = strlen(under);
  if (!length || strncmp(path, under, length) != 0 || path[length] != '/') return 0;
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

static enum verdict judge_open(const char *call, int descriptor, int takes_space) {
  char link[64], path[PATH_MAX];
  if (!under[0]) return MAKE;
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t count = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
  if (count <= 0) return MAKE;
  path[count] = 0;
  return judge(call, path, takes_space);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
  enum verdict verdict = judge_open("write", descriptor, 1);
  if (verdict == FAIL) return -1;
  if (verdict == TEAR) {
    syscall(SYS_write, descriptor, bytes, count / 2);
    die();
  }
  return syscall(SYS_write, descriptor, bytes, count);
}

static ssize_t positioned(int descriptor, const void *bytes, size_t count, off_t position) {
  enum verdict verdict = judge_open("pwrite", descriptor, 1);
  if (verdict == FAIL) return -1;
  if (verdict == TEAR) {
    syscall(SYS_pwrite64, descriptor, bytes, count / 2, position);
    die();
  }
  return syscall(SYS_pwrite64, descriptor, bytes, count, position);
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
  return syscall(SYS_writev, descriptor, pieces, count);
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
  return syscall(SYS_pwritev, descriptor, pieces, count, position, 0L);
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
  return syscall(SYS_fsync, descriptor);
}

int fdatasync(int descriptor) {
  WHOLE(judge_open("fdatasync", descriptor, 0))
  return syscall(SYS_fdatasync, descriptor);
}

int ftruncate(int descriptor, off_t size) {
  WHOLE(judge_open("ftruncate", descriptor, 0))
  return syscall(SYS_ftruncate, descriptor, size);
}

int ftruncate64(int descriptor, off64_t size) { return ftruncate(descriptor, size); }

int rename(const char *from, const char *to) {
  WHOLE(judge("rename", to, 0))
  return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path) {
  WHOLE(judge("unlink", path, 0))
  return syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int mkdir(const char *path, mode_t mode) {
  if (syscall(SYS_faccessat, AT_FDCWD, path, F_OK) != 0) { WHOLE(judge("mkdir", path, 1)) }
  return syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

static int opened(const char *path, int flags, va_list rest) {
  mode_t mode = 0;
  if (flags & (O_CREAT | __O_TMPFILE)) mode = va_arg(rest, mode_t);
  if (flags & O_CREAT && syscall(SYS_faccessat, AT_FDCWD, path, F_OK) != 0) { WHOLE(judge("create", path, 1)) }
  return syscall(SYS_openat, AT_FDCWD, path, flags, mode);
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
