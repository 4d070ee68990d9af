/* A file system that fails when it is told to: preloaded into a server (LD_PRELOAD), steered through a file that both sides
 * map (tests/harness/faults.py has the other side).
 *
 * GYRE_FAULTS names that file; it holds a struct control. Calls are counted that make, fill, sync, cut or rename a file
 * under the folder GYRE_FAULTS_UNDER. Those numbered from `first` on fail, `times` of them, with `error`; a write that
 * fails has written the first half of its bytes, as a full disk may. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

struct control {
  _Atomic uint64_t first; /* 0: nothing fails */
  _Atomic uint64_t times;
  _Atomic uint64_t error;
  _Atomic uint64_t calls;  /* counted */
  _Atomic uint64_t failed; /* of those */
  char last[4096 - 40];    /* what failed last, for people */
};

static struct control* control;
static char under[PATH_MAX];
static size_t under_length;

static void* Real(const char* name) {
  return dlsym(RTLD_NEXT, name);
}

__attribute__((constructor)) static void Start(void) {
  const char* file = getenv("GYRE_FAULTS");
  const char* folder = getenv("GYRE_FAULTS_UNDER");
  if (file == NULL || folder == NULL || realpath(folder, under) == NULL) return;
  under_length = strlen(under);
  const int fd = open(file, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void* mapped = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (mapped != MAP_FAILED) control = mapped;
}

/* True if this call is to fail; errno says with what. */
static int Fails(const char* call, const char* path) {
  if (control == NULL || path == NULL || strncmp(path, under, under_length) != 0) return 0;
  const uint64_t number = atomic_fetch_add(&control->calls, 1) + 1;
  const uint64_t first = atomic_load(&control->first);
  if (first == 0 || number < first || number - first >= atomic_load(&control->times)) return 0;
  atomic_fetch_add(&control->failed, 1);
  snprintf(control->last, sizeof control->last, "%s %s", call, path);
  errno = (int)atomic_load(&control->error);
  return 1;
}

static int FailsOn(const char* call, int fd) {
  if (control == NULL) return 0;
  char link[64];
  char path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0 || path[0] != '/') return 0; /* a socket, a pipe */
  path[length] = '\0';
  return Fails(call, path);
}

/* Half of the bytes, then the error. */
#define TEAR(call)           \
  do {                       \
    const int code = errno;  \
    const ssize_t half = call; \
    (void)half;              \
    errno = code;            \
    return -1;               \
  } while (0)

ssize_t write(int fd, const void* bytes, size_t count) {
  static ssize_t (*real)(int, const void*, size_t);
  if (real == NULL) real = Real("write");
  if (FailsOn("write", fd)) TEAR(real(fd, bytes, count / 2));
  return real(fd, bytes, count);
}

ssize_t writev(int fd, const struct iovec* pieces, int count) {
  static ssize_t (*real)(int, const struct iovec*, int);
  if (real == NULL) real = Real("writev");
  if (FailsOn("writev", fd)) TEAR(real(fd, pieces, count / 2));
  return real(fd, pieces, count);
}

#define PWRITE(name, offset_type)                                               \
  ssize_t name(int fd, const void* bytes, size_t count, offset_type offset) {   \
    static ssize_t (*real)(int, const void*, size_t, offset_type);              \
    if (real == NULL) real = Real(#name);                                       \
    if (FailsOn("pwrite", fd)) TEAR(real(fd, bytes, count / 2, offset));        \
    return real(fd, bytes, count, offset);                                      \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define ON_DESCRIPTOR(name, parameters, arguments) \
  int name parameters {                            \
    static int(*real) parameters;                  \
    if (real == NULL) real = Real(#name);          \
    if (FailsOn(#name, fd)) return -1;             \
    return real arguments;                         \
  }
ON_DESCRIPTOR(fsync, (int fd), (fd))
ON_DESCRIPTOR(fdatasync, (int fd), (fd))
ON_DESCRIPTOR(ftruncate, (int fd, off_t length), (fd, length))
ON_DESCRIPTOR(ftruncate64, (int fd, off64_t length), (fd, length))
ON_DESCRIPTOR(fallocate, (int fd, int mode, off_t offset, off_t length), (fd, mode, offset, length))
ON_DESCRIPTOR(fallocate64, (int fd, int mode, off64_t offset, off64_t length), (fd, mode, offset, length))

/* These return the error instead of setting it. */
#define POSIX_FALLOCATE(name, offset_type)                     \
  int name(int fd, offset_type offset, offset_type length) {   \
    static int (*real)(int, offset_type, offset_type);         \
    if (real == NULL) real = Real(#name);                      \
    if (FailsOn("posix_fallocate", fd)) return errno;          \
    return real(fd, offset, length);                           \
  }
POSIX_FALLOCATE(posix_fallocate, off_t)
POSIX_FALLOCATE(posix_fallocate64, off64_t)

ssize_t copy_file_range(int in, off64_t* in_at, int fd, off64_t* at, size_t count, unsigned flags) {
  static ssize_t (*real)(int, off64_t*, int, off64_t*, size_t, unsigned);
  if (real == NULL) real = Real("copy_file_range");
  if (FailsOn("copy_file_range", fd)) return -1;
  return real(in, in_at, fd, at, count, flags);
}

ssize_t sendfile(int fd, int in, off_t* at, size_t count) {
  static ssize_t (*real)(int, int, off_t*, size_t);
  if (real == NULL) real = Real("sendfile");
  if (FailsOn("sendfile", fd)) return -1;
  return real(fd, in, at, count);
}

#define OPEN(name)                                                     \
  int name(const char* path, int flags, ...) {                         \
    static int (*real)(const char*, int, ...);                         \
    if (real == NULL) real = Real(#name);                              \
    mode_t mode = 0;                                                   \
    if ((flags & (O_CREAT | __O_TMPFILE)) != 0) {                      \
      va_list rest;                                                    \
      va_start(rest, flags);                                           \
      mode = va_arg(rest, mode_t);                                     \
      va_end(rest);                                                    \
    }                                                                  \
    if ((flags & O_CREAT) != 0 && Fails("open", path)) return -1;      \
    return real(path, flags, mode);                                    \
  }
OPEN(open)
OPEN(open64)

#define ON_PATH(name, parameters, path, arguments) \
  int name parameters {                            \
    static int(*real) parameters;                  \
    if (real == NULL) real = Real(#name);          \
    if (Fails(#name, path)) return -1;             \
    return real arguments;                         \
  }
ON_PATH(mkostemp, (char* pattern, int flags), pattern, (pattern, flags))
ON_PATH(mkostemp64, (char* pattern, int flags), pattern, (pattern, flags))
ON_PATH(mkdir, (const char* path, mode_t mode), path, (path, mode))
ON_PATH(rename, (const char* from, const char* to), to, (from, to))
ON_PATH(link, (const char* from, const char* to), to, (from, to))

char* mkdtemp(char* pattern) {
  static char* (*real)(char*);
  if (real == NULL) real = Real("mkdtemp");
  if (Fails("mkdtemp", pattern)) return NULL;
  return real(pattern);
}
