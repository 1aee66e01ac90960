// The kernel's calls in plain integers and pointers, for target Sys alone.
//
// No system header is included here: what a libc header declares depends on the feature macros of whoever includes it
// first, and a Swift module that was built without _GNU_SOURCE hides mmsghdr, recvmmsg and the packet-info structures.
// The bodies are in CLinux.c, which is compiled with _GNU_SOURCE and asserts the layouts that it relies on.
//
// Unless said otherwise a function returns a value >= 0, or -errno. Calls that are interrupted before they did
// anything (EINTR) are restarted.
#ifndef CLINUX_H
#define CLINUX_H

#include <stddef.h>
#include <stdint.h>

#if defined(__cplusplus)
extern "C" {
#endif

// MARK: errors
const char *clinux_error_text(int32_t code, char *buffer, size_t capacity);
// The number of "ENOSPC" and its like; 0 if there is none of that name.
int32_t clinux_error_named(const char *name);

// MARK: clocks, all in nanoseconds
int64_t clinux_realtime(void);
int64_t clinux_monotonic(void);
int64_t clinux_thread_cpu(void);
int64_t clinux_process_cpu(void);
void clinux_sleep(int64_t nanos);

// What the kernel says of the clock that gives the time of day (adjtimex(2), which changes nothing so).
typedef struct {
  int64_t maximum_error_nanos;
  int64_t precision_nanos;
  // Neither STA_UNSYNC nor TIME_ERROR.
  int32_t is_synchronised;
  // What the day's last minute has more than sixty seconds: 1, 0 or -1.
  int32_t leap_seconds;
} clinux_clock_discipline;
int32_t clinux_read_clock_discipline(clinux_clock_discipline *discipline);

// MARK: sockets

// An address: 16 bytes in network order as two big-endian words, IPv4 as ::ffff:a.b.c.d; port in host order.
typedef struct {
  uint64_t high;
  uint64_t low;
  uint32_t scope;
  uint16_t port;
  // Whether a socket for it is AF_INET6, which an IPv4-mapped address alone does not say.
  uint8_t is_ipv6;
  uint8_t reserved;
} clinux_address;

int32_t clinux_udp_socket(int32_t is_ipv6);
int32_t clinux_close(int32_t fd);
int32_t clinux_bind(int32_t fd, const clinux_address *address);
int32_t clinux_connect(int32_t fd, const clinux_address *address);
int32_t clinux_local_address(int32_t fd, clinux_address *address);
int32_t clinux_set_reuse_port(int32_t fd);
// Datagrams go to the sockets of the SO_REUSEPORT group at random, whoever sends them.
int32_t clinux_spread_over_group(int32_t fd, uint32_t sockets);
int32_t clinux_set_only_ipv6(int32_t fd, int32_t on);
int32_t clinux_set_receive_offload(int32_t fd);
int32_t clinux_set_counts_drops(int32_t fd);
int32_t clinux_set_reports_local_address(int32_t fd, int32_t is_ipv6);
// SO_TIMESTAMPNS: each datagram tells when the kernel took it in.
int32_t clinux_set_reports_arrival(int32_t fd);
int32_t clinux_set_reuse_address(int32_t fd);
// Joins a multicast group: on the interface of its scope, else on every one that can. How many took part, or the last
// error if none did.
int32_t clinux_join_group(int32_t fd, const clinux_address *group);
// Tries SO_*BUFFORCE, then SO_*BUF; returns what the kernel grants: half of what it reads back, for it doubles.
int64_t clinux_set_receive_buffer(int32_t fd, int64_t bytes);
int64_t clinux_set_send_buffer(int32_t fd, int64_t bytes);
// sk_drops, as SO_MEMINFO tells it without a datagram having to arrive.
int64_t clinux_drop_count(int32_t fd);
int32_t clinux_resolve(const char *host, clinux_address *address);
uint32_t clinux_interface_index(const char *name);

// Waits until the descriptor can be read (or written): 1, 0 at the time limit. nanos < 0 waits for ever.
int32_t clinux_wait_ready(int32_t fd, int32_t writable, int64_t nanos);

// `from` may be NULL; its scope is the interface.
int32_t clinux_send(int32_t fd, int32_t is_ipv6, const void *bytes, size_t count, const clinux_address *to,
  const clinux_address *from);

// MARK: receive slab

// Per slot eight words: source high, source low, port | scope << 32, bytes | segment bytes << 32,
// local high, local low, interface | flags << 32, time of day of its arrival (0: not told).
enum { CLINUX_SLOT_WORDS = 8, CLINUX_SLOT_TRUNCATED = 1, CLINUX_SLOT_HAS_LOCAL = 2 };

size_t clinux_receive_headers_bytes(int32_t slots);
void clinux_receive_headers_prepare(void *headers, int32_t slots, void *bytes, size_t stride, size_t slot_bytes);
// Fills up to `slots` slots without waiting. `dropped` is set if the kernel told its counter.
int32_t clinux_receive(int32_t fd, void *headers, int32_t slots, uint64_t *words, uint32_t *dropped);

// MARK: send batch, for a connected socket

size_t clinux_send_headers_bytes(int32_t count);
// entries: three words each: offset, length, segment bytes (0: one datagram). Returns how many entries were taken.
int32_t clinux_send_batch(int32_t fd, void *headers, const void *bytes, const uint64_t *entries, int32_t count);

// MARK: waking and waiting
int32_t clinux_eventfd(void);
int32_t clinux_eventfd_signal(int32_t fd);
// 1 if it had been signalled, 0 if not.
int32_t clinux_eventfd_clear(int32_t fd);
int32_t clinux_epoll(void);
int32_t clinux_epoll_add(int32_t epoll, int32_t fd, uint64_t token);
int32_t clinux_epoll_remove(int32_t epoll, int32_t fd);
size_t clinux_epoll_event_bytes(void);
// Writes the tokens of ready descriptors; events is scratch for `capacity` of them. An interruption counts as none.
int32_t clinux_epoll_wait(int32_t epoll, void *events, uint64_t *tokens, int32_t capacity, int64_t nanos);

// MARK: threads, signals, process
// The thread is left alone by SIGTERM, SIGINT and SIGHUP.
int32_t clinux_thread_start(uint64_t *thread, size_t stack_bytes, void *(*body)(void *), void *context);
int32_t clinux_thread_name(const char *name);
int32_t clinux_thread_join(uint64_t thread);
int32_t clinux_thread_detach(uint64_t thread);
// Of the calling thread alone: 0 as others, 19 last.
int32_t clinux_thread_nice(int32_t niceness);
// Lifts the limit of open descriptors as far as the process may; returns what it is then.
int64_t clinux_raise_open_files(void);
int64_t clinux_open_files_limit(void);
// How many descriptors are open; -errno where /proc is missing.
int64_t clinux_open_files(void);
int32_t clinux_close_on_exec(int32_t fd);
// All that are open but the three standard ones.
void clinux_close_all_on_exec(void);
// What a crash does is to end the process, whatever was set up for it before main.
void clinux_default_crash_signals(void);
int64_t clinux_thread_id(void);
int32_t clinux_ignore_sigpipe(void);
// SIGKILL to this process: it does not return.
void clinux_kill_self(void) __attribute__((noreturn));
int32_t clinux_process_id(void);
int32_t clinux_host_name(char *buffer, size_t capacity);
/// The path of the running program.
int32_t clinux_executable(char *buffer, size_t capacity);
int64_t clinux_page_bytes(void);
int32_t clinux_processors(void);
const char *clinux_environment(const char *name);

// MARK: simulation
// What the calling thread has entered; NULL on the real machine.
void *clinux_simulation(void);
void clinux_set_simulation(void *machine);

// MARK: memory
void *clinux_map_anonymous(size_t bytes, int32_t huge);
// Begins at a multiple of `bytes`, a power of two; NULL without memory.
void *clinux_map_region(size_t bytes);
// What the process frees stays with it, up to that many bytes, until it gives them back.
void clinux_keep_freed_memory(size_t bytes);
void clinux_give_back_memory(void);
void clinux_unmap(void *address, size_t bytes);
int32_t clinux_map_file(int32_t fd, size_t bytes, int32_t sequential, void **address);

// MARK: files
enum {
  CLINUX_READ = 0, CLINUX_CREATE_EXCLUSIVE = 1, CLINUX_APPEND = 2, CLINUX_READ_WRITE = 3, CLINUX_DIRECTORY = 4
};
int32_t clinux_open(const char *path, int32_t mode);
int64_t clinux_write(int32_t fd, const void *bytes, size_t count);
int64_t clinux_pwrite(int32_t fd, const void *bytes, size_t count, int64_t offset);
int64_t clinux_read(int32_t fd, void *bytes, size_t count);
int64_t clinux_pread(int32_t fd, void *bytes, size_t count, int64_t offset);
int32_t clinux_fdatasync(int32_t fd);
int32_t clinux_fsync(int32_t fd);
int32_t clinux_ftruncate(int32_t fd, int64_t bytes);
int64_t clinux_seek(int32_t fd, int64_t offset);
// 1 if the lock was taken, 0 if another holds it.
int32_t clinux_lock(int32_t fd);

typedef struct {
  int64_t byte_count;
  int64_t modified_nanos;
  int32_t is_directory;
  int32_t is_regular;
} clinux_status;
int32_t clinux_fstat(int32_t fd, clinux_status *status);
int32_t clinux_stat(const char *path, clinux_status *status);
/// 1 if the path itself is a symbolic link, 0 if not.
int32_t clinux_is_link(const char *path);
int32_t clinux_mkdir(const char *path);
int32_t clinux_link(const char *from, const char *to);
int32_t clinux_unlink(const char *path);
int32_t clinux_rename(const char *from, const char *to);
int32_t clinux_rmdir(const char *path);
// What a symbolic link says; its length.
int64_t clinux_read_link(const char *path, char *buffer, size_t capacity);
int32_t clinux_directory_open(const char *path, void **directory);
// 1 with an entry, 0 at the end. "." and ".." are left out. The name lives until the next call.
int32_t clinux_directory_next(void *directory, const char **name, int32_t *is_directory);
void clinux_directory_close(void *directory);

#if defined(__cplusplus)
}
#endif

#endif
