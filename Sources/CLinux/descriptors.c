// Descriptors of the process as a whole.
#define _GNU_SOURCE
#include "CLinux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int32_t clinux_close_on_exec(int32_t fd) {
  int flags = fcntl(fd, F_GETFD);
  if (flags < 0) return -errno;
  return fcntl(fd, F_SETFD, flags | FD_CLOEXEC) < 0 ? -errno : 0;
}

int64_t clinux_open_files_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
  return limit.rlim_cur > INT64_MAX ? INT64_MAX : (int64_t)limit.rlim_cur;
}

int64_t clinux_open_files(void) {
  DIR *folder = opendir("/proc/self/fd");
  if (!folder) return -errno;
  int64_t count = 0;
  for (struct dirent *entry; (entry = readdir(folder));) count += entry->d_name[0] != '.';
  closedir(folder);
  return count - 1;  // the folder's own
}

void clinux_default_crash_signals(void) {
  const int crashes[] = {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGQUIT};
  for (size_t index = 0; index < sizeof crashes / sizeof *crashes; index++) signal(crashes[index], SIG_DFL);
}

void clinux_close_all_on_exec(void) {
#ifdef SYS_close_range
  // CLOSE_RANGE_CLOEXEC, since Linux 5.11.
  if (syscall(SYS_close_range, 3u, ~0u, 1u << 2) == 0) return;
#endif
  DIR *folder = opendir("/proc/self/fd");
  if (!folder) return;
  for (struct dirent *entry; (entry = readdir(folder));) {
    int fd = atoi(entry->d_name);
    if (fd > 2) clinux_close_on_exec(fd);
  }
  closedir(folder);
}
