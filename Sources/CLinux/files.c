// Files, directories and mapped memory. See CLinux.h.
#define _GNU_SOURCE
#include "CLinux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(sizeof(off_t) == 8, "files of more than 2 GiB");

#define RESTARTED(type, call)                          \
  type result;                                         \
  do {                                                 \
    result = (call);                                   \
  } while (result < 0 && errno == EINTR);              \
  return result < 0 ? -errno : result

int32_t clinux_open(const char *path, int32_t mode) {
  int flags = O_CLOEXEC;
  switch (mode) {
    case CLINUX_CREATE_EXCLUSIVE: flags |= O_RDWR | O_CREAT | O_EXCL; break;
    case CLINUX_APPEND: flags |= O_RDWR | O_CREAT | O_APPEND; break;
    case CLINUX_READ_WRITE: flags |= O_RDWR | O_CREAT; break;
    case CLINUX_DIRECTORY: flags |= O_RDONLY | O_DIRECTORY; break;
    default: flags |= O_RDONLY;
  }
  RESTARTED(int, open(path, flags, 0644));
}

int64_t clinux_write(int32_t fd, const void *bytes, size_t count) { RESTARTED(ssize_t, write(fd, bytes, count)); }

int64_t clinux_pwrite(int32_t fd, const void *bytes, size_t count, int64_t offset) {
  RESTARTED(ssize_t, pwrite(fd, bytes, count, offset));
}

int64_t clinux_read(int32_t fd, void *bytes, size_t count) { RESTARTED(ssize_t, read(fd, bytes, count)); }

int64_t clinux_pread(int32_t fd, void *bytes, size_t count, int64_t offset) {
  RESTARTED(ssize_t, pread(fd, bytes, count, offset));
}

// Not restarted blindly: fdatasync and fsync report a write error once, and EINTR is none of their results on Linux
// for local files, so a plain call is right and whatever it says goes to the caller.
int32_t clinux_fdatasync(int32_t fd) { return fdatasync(fd) < 0 ? -errno : 0; }

int32_t clinux_fsync(int32_t fd) { return fsync(fd) < 0 ? -errno : 0; }

int32_t clinux_ftruncate(int32_t fd, int64_t bytes) { RESTARTED(int, ftruncate(fd, bytes)); }

int64_t clinux_seek(int32_t fd, int64_t offset) {
  off_t result = lseek(fd, offset, SEEK_SET);
  return result < 0 ? -errno : result;
}

int32_t clinux_lock(int32_t fd) {
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return 1;
  return errno == EWOULDBLOCK ? 0 : -errno;
}

static void read_status(clinux_status *status, const struct stat *found) {
  status->byte_count = found->st_size;
  status->modified_nanos = (int64_t)found->st_mtim.tv_sec * 1000000000 + found->st_mtim.tv_nsec;
  status->is_directory = S_ISDIR(found->st_mode);
  status->is_regular = S_ISREG(found->st_mode);
}

int32_t clinux_fstat(int32_t fd, clinux_status *status) {
  struct stat found;
  if (fstat(fd, &found) < 0) return -errno;
  read_status(status, &found);
  return 0;
}

int32_t clinux_stat(const char *path, clinux_status *status) {
  struct stat found;
  if (stat(path, &found) < 0) return -errno;
  read_status(status, &found);
  return 0;
}

int32_t clinux_is_link(const char *path) {
  struct stat found;
  if (lstat(path, &found) < 0) return -errno;
  return S_ISLNK(found.st_mode);
}

int32_t clinux_mkdir(const char *path) { return mkdir(path, 0755) < 0 ? -errno : 0; }

int32_t clinux_link(const char *from, const char *to) { return link(from, to) < 0 ? -errno : 0; }

int32_t clinux_unlink(const char *path) { return unlink(path) < 0 ? -errno : 0; }

int32_t clinux_rename(const char *from, const char *to) { return rename(from, to) < 0 ? -errno : 0; }

int32_t clinux_rmdir(const char *path) { return rmdir(path) < 0 ? -errno : 0; }

int64_t clinux_read_link(const char *path, char *buffer, size_t capacity) {
  ssize_t length = readlink(path, buffer, capacity);
  return length < 0 ? -errno : length;
}

int32_t clinux_directory_open(const char *path, void **directory) {
  *directory = opendir(path);
  return *directory == NULL ? -errno : 0;
}

int32_t clinux_directory_next(void *directory, const char **name, int32_t *is_directory) {
  for (;;) {
    errno = 0;
    struct dirent *entry = readdir(directory);
    if (entry == NULL) return -errno;
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    *name = entry->d_name;
    *is_directory = entry->d_type == DT_DIR;
    if (entry->d_type == DT_UNKNOWN || entry->d_type == DT_LNK) {
      // Some file systems leave the kind out of the listing; a link counts as what it leads to.
      struct stat found;
      if (fstatat(dirfd(directory), entry->d_name, &found, 0) == 0) *is_directory = S_ISDIR(found.st_mode);
    }
    return 1;
  }
}

void clinux_directory_close(void *directory) { closedir(directory); }

void *clinux_map_anonymous(size_t bytes, int32_t huge) {
  void *address = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED) return NULL;
  // A wish only: without huge pages the same memory costs more address translation.
  if (huge) (void)madvise(address, bytes, MADV_HUGEPAGE);
  return address;
}

void *clinux_map_region(size_t bytes) {
  // Twice as much, of which the aligned half is kept.
  char *whole = mmap(NULL, 2 * bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (whole == MAP_FAILED) return NULL;
  size_t before = (bytes - (uintptr_t)whole % bytes) % bytes;
  if (before > 0) (void)munmap(whole, before);
  if (before < bytes) (void)munmap(whole + before + bytes, bytes - before);
  // All pages at once, where the kernel can (Linux 5.14); else each at its first use. Huge pages would be fewer, but
  // clearing them cold cost four times as much here as all that they saved.
  (void)madvise(whole + before, bytes, MADV_POPULATE_WRITE);
  return whole + before;
}

void clinux_keep_freed_memory(size_t bytes) {
#if defined(__GLIBC__)
  (void)mallopt(M_MMAP_THRESHOLD, 32 << 20);
  (void)mallopt(M_TRIM_THRESHOLD, (int)bytes);
#else
  (void)bytes;
#endif
}

void clinux_give_back_memory(void) {
#if defined(__GLIBC__)
  (void)malloc_trim(0);
#endif
}

void clinux_unmap(void *address, size_t bytes) { (void)munmap(address, bytes); }

int32_t clinux_map_file(int32_t fd, size_t bytes, int32_t sequential, void **address) {
  void *mapped = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) return -errno;
  (void)madvise(mapped, bytes, sequential ? MADV_SEQUENTIAL : MADV_RANDOM);
  *address = mapped;
  return 0;
}
