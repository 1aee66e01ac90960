// Clocks, waiting, threads, signals and facts of the process. See CLinux.h.
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof(pthread_t) == sizeof(uint64_t), "a thread's handle fits 64 bits");

const char *clinux_error_text(int32_t code, char *buffer, size_t capacity) {
  return strerror_r(code, buffer, capacity);
}

int32_t clinux_error_named(const char *name) {
  for (int32_t code = 1; code < 256; code++) {
    const char *known = strerrorname_np(code);
    if (known != NULL && strcmp(known, name) == 0) return code;
  }
  return 0;
}

static int64_t clock_nanos(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t clinux_realtime(void) { return clock_nanos(CLOCK_REALTIME); }

int64_t clinux_monotonic(void) { return clock_nanos(CLOCK_MONOTONIC); }

int64_t clinux_thread_cpu(void) { return clock_nanos(CLOCK_THREAD_CPUTIME_ID); }

int64_t clinux_process_cpu(void) { return clock_nanos(CLOCK_PROCESS_CPUTIME_ID); }

int32_t clinux_read_clock_discipline(clinux_clock_discipline *discipline) {
  struct timex told = {.modes = 0};
  int state = adjtimex(&told);
  if (state < 0) return -errno;
  discipline->maximum_error_nanos = (int64_t)told.maxerror * 1000;
  discipline->precision_nanos = (int64_t)told.precision * 1000;
  discipline->is_synchronised = state != TIME_ERROR && (told.status & STA_UNSYNC) == 0;
  discipline->leap_seconds = (told.status & STA_INS) != 0 ? 1 : (told.status & STA_DEL) != 0 ? -1 : 0;
  return 0;
}

void clinux_sleep(int64_t nanos) {
  if (nanos <= 0) return;
  struct timespec rest = {.tv_sec = nanos / 1000000000, .tv_nsec = nanos % 1000000000};
  while (clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, &rest) == EINTR) {
  }
}

// MARK: waking and waiting

int32_t clinux_eventfd(void) {
  int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return fd < 0 ? -errno : fd;
}

int32_t clinux_eventfd_signal(int32_t fd) {
  uint64_t one = 1;
  for (;;) {
    if (write(fd, &one, sizeof one) == sizeof one) return 0;
    // A full counter means that the signal stands already.
    if (errno == EAGAIN) return 0;
    if (errno != EINTR) return -errno;
  }
}

int32_t clinux_eventfd_clear(int32_t fd) {
  uint64_t count;
  for (;;) {
    if (read(fd, &count, sizeof count) == sizeof count) return 1;
    if (errno == EAGAIN) return 0;
    if (errno != EINTR) return -errno;
  }
}

int32_t clinux_epoll(void) {
  int fd = epoll_create1(EPOLL_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

int32_t clinux_epoll_add(int32_t epoll, int32_t fd, uint64_t token) {
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = token};
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

int32_t clinux_epoll_remove(int32_t epoll, int32_t fd) {
  return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL) < 0 ? -errno : 0;
}

size_t clinux_epoll_event_bytes(void) { return sizeof(struct epoll_event); }

int32_t clinux_epoll_wait(int32_t epoll, void *events, uint64_t *tokens, int32_t capacity, int64_t nanos) {
  struct epoll_event *list = events;
  int ready = -1;
  errno = ENOSYS;
#ifdef SYS_epoll_pwait2
  struct timespec limit = {.tv_sec = nanos / 1000000000, .tv_nsec = nanos % 1000000000};
  ready = (int)syscall(SYS_epoll_pwait2, epoll, list, capacity, nanos < 0 ? NULL : &limit, NULL, (size_t)0);
#endif
  if (ready < 0 && errno == ENOSYS) {
    // Before Linux 5.11: milliseconds, rounded up so that a short wait does not become a spin.
    int64_t millis = nanos < 0 ? -1 : (nanos + 999999) / 1000000;
    ready = epoll_wait(epoll, list, capacity, millis > 0x7FFFFFFF ? 0x7FFFFFFF : (int)millis);
  }
  if (ready < 0) return errno == EINTR ? 0 : -errno;
  for (int i = 0; i < ready; i++) tokens[i] = list[i].data.u64;
  return ready;
}

// MARK: threads

// Those by which operators talk to a service: they are not for threads that wait for datagrams and disks.
static const sigset_t *operators_signals(void) {
  static _Thread_local sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  return &set;
}

int32_t clinux_thread_start(uint64_t *thread, size_t stack_bytes, void *(*body)(void *), void *context) {
  pthread_attr_t attributes;
  int code = pthread_attr_init(&attributes);
  if (code != 0) return -code;
  pthread_t started;
  code = pthread_attr_setstacksize(&attributes, stack_bytes);
  // It inherits what its maker blocks.
  sigset_t before;
  if (code == 0) code = pthread_sigmask(SIG_BLOCK, operators_signals(), &before);
  if (code == 0) {
    code = pthread_create(&started, &attributes, body, context);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
  }
  pthread_attr_destroy(&attributes);
  if (code != 0) return -code;
  *thread = (uint64_t)started;
  return 0;
}

int32_t clinux_thread_name(const char *name) {
  // The kernel keeps 15 bytes.
  char kept[16] = {0};
  strncpy(kept, name, sizeof kept - 1);
  return -pthread_setname_np(pthread_self(), kept);
}

int32_t clinux_thread_join(uint64_t thread) { return -pthread_join((pthread_t)thread, NULL); }

int32_t clinux_thread_detach(uint64_t thread) { return -pthread_detach((pthread_t)thread); }

int32_t clinux_thread_nice(int32_t niceness) {
  // On Linux a thread has its own.
  return setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), niceness) < 0 ? -errno : 0;
}

int64_t clinux_raise_open_files(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
  return limit.rlim_cur > INT64_MAX ? INT64_MAX : (int64_t)limit.rlim_cur;
}

int64_t clinux_thread_id(void) { return syscall(SYS_gettid); }

// MARK: signals

void clinux_kill_self(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

int32_t clinux_ignore_sigpipe(void) { return signal(SIGPIPE, SIG_IGN) == SIG_ERR ? -errno : 0; }

// MARK: process

int32_t clinux_process_id(void) { return getpid(); }

int32_t clinux_host_name(char *buffer, size_t capacity) {
  if (gethostname(buffer, capacity) < 0) return -errno;
  buffer[capacity - 1] = 0;
  return 0;
}

int32_t clinux_executable(char *buffer, size_t capacity) {
  ssize_t length = readlink("/proc/self/exe", buffer, capacity - 1);
  if (length < 0) return -errno;
  buffer[length] = 0;
  return 0;
}

int64_t clinux_page_bytes(void) { return sysconf(_SC_PAGESIZE); }

int32_t clinux_processors(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (int32_t)online : 1;
}

const char *clinux_environment(const char *name) { return getenv(name); }

static __thread void *simulation;

void *clinux_simulation(void) { return simulation; }

void clinux_set_simulation(void *machine) { simulation = machine; }
