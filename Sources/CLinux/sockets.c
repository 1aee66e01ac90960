// Sockets: addresses, options, the receive slab and the send batch. See CLinux.h.
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <linux/filter.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif
#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif

// Index of the drop counter in SO_MEMINFO's array (linux/sock_diag.h, SK_MEMINFO_DROPS).
enum { MEMINFO_DROPS = 8, MEMINFO_VARS = 9 };

typedef union {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
} endpoint;

_Static_assert(sizeof(endpoint) == 28, "an endpoint is as long as a sockaddr_in6");
_Static_assert(sizeof(clinux_address) == 24, "clinux_address has no hidden padding");

static uint64_t load_big(const void *bytes) {
  uint64_t word;
  memcpy(&word, bytes, 8);
  return __builtin_bswap64(word);
}

static void store_big(void *bytes, uint64_t word) {
  word = __builtin_bswap64(word);
  memcpy(bytes, &word, 8);
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "load_big and store_big swap");

static const uint64_t mapped_prefix = 0x0000FFFF00000000ull;

static socklen_t fill_endpoint(endpoint *target, const clinux_address *address, int is_ipv6) {
  memset(target, 0, sizeof *target);
  if (is_ipv6) {
    target->v6.sin6_family = AF_INET6;
    target->v6.sin6_port = htons(address->port);
    target->v6.sin6_scope_id = address->scope;
    store_big(target->v6.sin6_addr.s6_addr, address->high);
    store_big(target->v6.sin6_addr.s6_addr + 8, address->low);
    return sizeof target->v6;
  }
  target->v4.sin_family = AF_INET;
  target->v4.sin_port = htons(address->port);
  target->v4.sin_addr.s_addr = htonl((uint32_t)address->low);
  return sizeof target->v4;
}

static void read_endpoint(clinux_address *address, const endpoint *source) {
  memset(address, 0, sizeof *address);
  if (source->any.sa_family == AF_INET6) {
    address->high = load_big(source->v6.sin6_addr.s6_addr);
    address->low = load_big(source->v6.sin6_addr.s6_addr + 8);
    address->port = ntohs(source->v6.sin6_port);
    address->scope = source->v6.sin6_scope_id;
    address->is_ipv6 = 1;
  } else {
    address->low = mapped_prefix | ntohl(source->v4.sin_addr.s_addr);
    address->port = ntohs(source->v4.sin_port);
  }
}

int32_t clinux_udp_socket(int32_t is_ipv6) {
  int fd = socket(is_ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP);
  return fd < 0 ? -errno : fd;
}

int32_t clinux_close(int32_t fd) {
  // Linux frees the descriptor whatever close returns, EINTR included: a second try could close another's.
  return close(fd) < 0 ? -errno : 0;
}

int32_t clinux_bind(int32_t fd, const clinux_address *address) {
  endpoint target;
  socklen_t length = fill_endpoint(&target, address, address->is_ipv6);
  return bind(fd, &target.any, length) < 0 ? -errno : 0;
}

int32_t clinux_connect(int32_t fd, const clinux_address *address) {
  endpoint target;
  socklen_t length = fill_endpoint(&target, address, address->is_ipv6);
  return connect(fd, &target.any, length) < 0 ? -errno : 0;
}

int32_t clinux_local_address(int32_t fd, clinux_address *address) {
  endpoint source;
  socklen_t length = sizeof source;
  memset(&source, 0, sizeof source);
  if (getsockname(fd, &source.any, &length) < 0) return -errno;
  read_endpoint(address, &source);
  return 0;
}

static int32_t set_option(int fd, int level, int name, int value) {
  return setsockopt(fd, level, name, &value, sizeof value) < 0 ? -errno : 0;
}

int32_t clinux_set_reuse_port(int32_t fd) { return set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1); }

int32_t clinux_spread_over_group(int32_t fd, uint32_t sockets) {
  // A = a random number; A = A mod sockets; return A: the socket's place in its SO_REUSEPORT group. A place that no
  // socket has taken yet leaves the choice to the flow's hash.
  struct sock_filter code[] = {
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)(SKF_AD_OFF + SKF_AD_RANDOM)},
      {BPF_ALU | BPF_MOD | BPF_K, 0, 0, sockets},
      {BPF_RET | BPF_A, 0, 0, 0},
  };
  struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof(program)) == 0 ? 0 : -errno;
}

int32_t clinux_set_only_ipv6(int32_t fd, int32_t on) { return set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, on); }

int32_t clinux_set_receive_offload(int32_t fd) { return set_option(fd, IPPROTO_UDP, UDP_GRO, 1); }

int32_t clinux_set_counts_drops(int32_t fd) { return set_option(fd, SOL_SOCKET, SO_RXQ_OVFL, 1); }

int32_t clinux_set_reports_arrival(int32_t fd) { return set_option(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1); }

int32_t clinux_set_reports_local_address(int32_t fd, int32_t is_ipv6) {
  // An AF_INET6 socket tells the address of an IPv4 datagram as a mapped IPV6_PKTINFO.
  return is_ipv6 ? set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) : set_option(fd, IPPROTO_IP, IP_PKTINFO, 1);
}

int32_t clinux_set_reuse_address(int32_t fd) {
  return set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
}

static int32_t join_group(int fd, const clinux_address *group, uint32_t interface) {
  struct group_req request = {.gr_interface = interface};
  endpoint target;
  socklen_t length = fill_endpoint(&target, group, group->is_ipv6);
  memcpy(&request.gr_group, &target, length);
  int level = group->is_ipv6 ? IPPROTO_IPV6 : IPPROTO_IP;
  return setsockopt(fd, level, MCAST_JOIN_GROUP, &request, sizeof request) < 0 ? -errno : 0;
}

int32_t clinux_join_group(int32_t fd, const clinux_address *group) {
  if (group->scope != 0) {
    int32_t result = join_group(fd, group, group->scope);
    return result < 0 ? result : 1;
  }
  struct if_nameindex *interfaces = if_nameindex();
  if (interfaces == NULL) return -errno;
  int32_t joined = 0;
  int32_t failure = -ENODEV;
  for (struct if_nameindex *one = interfaces; one->if_index != 0; one++) {
    int32_t result = join_group(fd, group, one->if_index);
    if (result < 0) {
      failure = result;
    } else {
      joined++;
    }
  }
  if_freenameindex(interfaces);
  return joined > 0 ? joined : failure;
}

static int64_t set_buffer(int fd, int forced, int plain, int64_t bytes) {
  int wanted = bytes > 0x3FFFFFFF ? 0x3FFFFFFF : (int)bytes;
  if (wanted > 0 && setsockopt(fd, SOL_SOCKET, forced, &wanted, sizeof wanted) < 0) {
    if (setsockopt(fd, SOL_SOCKET, plain, &wanted, sizeof wanted) < 0) return -errno;
  }
  int granted = 0;
  socklen_t length = sizeof granted;
  if (getsockopt(fd, SOL_SOCKET, plain, &granted, &length) < 0) return -errno;
  return granted / 2;
}

int64_t clinux_set_receive_buffer(int32_t fd, int64_t bytes) {
  return set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, bytes);
}

int64_t clinux_set_send_buffer(int32_t fd, int64_t bytes) { return set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, bytes); }

int64_t clinux_drop_count(int32_t fd) {
  uint32_t values[MEMINFO_VARS] = {0};
  socklen_t length = sizeof values;
  if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, values, &length) < 0) return -errno;
  return length >= sizeof values ? (int64_t)values[MEMINFO_DROPS] : -ENOTSUP;
}

int32_t clinux_resolve(const char *host, clinux_address *address) {
  struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_family = AF_UNSPEC, .ai_flags = AI_ADDRCONFIG};
  struct addrinfo *found = NULL;
  int code = getaddrinfo(host, NULL, &hints, &found);
  if (code != 0) return code == EAI_SYSTEM ? -errno : (code == EAI_MEMORY ? -ENOMEM : -ENOENT);
  int32_t result = -ENOENT;
  for (struct addrinfo *each = found; each != NULL; each = each->ai_next) {
    if (each->ai_addrlen > sizeof(endpoint)) continue;
    endpoint source;
    memset(&source, 0, sizeof source);
    memcpy(&source, each->ai_addr, each->ai_addrlen);
    read_endpoint(address, &source);
    result = 0;
    break;
  }
  freeaddrinfo(found);
  return result;
}

uint32_t clinux_interface_index(const char *name) { return if_nametoindex(name); }

int32_t clinux_wait_ready(int32_t fd, int32_t writable, int64_t nanos) {
  struct pollfd waited = {.fd = fd, .events = writable ? POLLOUT : POLLIN};
  struct timespec limit = {.tv_sec = nanos / 1000000000, .tv_nsec = nanos % 1000000000};
  // An interruption ends the wait early: the caller's loop looks at its clock anyway.
  int ready = ppoll(&waited, 1, nanos < 0 ? NULL : &limit, NULL);
  if (ready < 0) return errno == EINTR ? 0 : -errno;
  return ready > 0;
}

// MARK: sending

static size_t put_source(struct msghdr *message, int is_ipv6, const clinux_address *from) {
  struct cmsghdr *part = (struct cmsghdr *)message->msg_control;
  if (is_ipv6) {
    struct in6_pktinfo info = {.ipi6_ifindex = from->scope};
    store_big(info.ipi6_addr.s6_addr, from->high);
    store_big(info.ipi6_addr.s6_addr + 8, from->low);
    part->cmsg_level = IPPROTO_IPV6;
    part->cmsg_type = IPV6_PKTINFO;
    part->cmsg_len = CMSG_LEN(sizeof info);
    memcpy(CMSG_DATA(part), &info, sizeof info);
    return CMSG_SPACE(sizeof info);
  }
  struct in_pktinfo info = {.ipi_spec_dst.s_addr = htonl((uint32_t)from->low)};
  part->cmsg_level = IPPROTO_IP;
  part->cmsg_type = IP_PKTINFO;
  part->cmsg_len = CMSG_LEN(sizeof info);
  memcpy(CMSG_DATA(part), &info, sizeof info);
  return CMSG_SPACE(sizeof info);
}

int32_t clinux_send(int32_t fd, int32_t is_ipv6, const void *bytes, size_t count, const clinux_address *to,
  const clinux_address *from) {
  endpoint target;
  struct iovec piece = {.iov_base = (void *)bytes, .iov_len = count};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
  if (to != NULL) {
    message.msg_name = &target;
    message.msg_namelen = fill_endpoint(&target, to, is_ipv6);
  }
  _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct in6_pktinfo))];
  if (from != NULL) {
    memset(control, 0, sizeof control);
    message.msg_control = control;
    message.msg_controllen = put_source(&message, is_ipv6, from);
  }
  for (;;) {
    if (sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return 0;
    if (errno == EINTR) continue;
    // A datagram to a broadcast address names a source that nobody may send from: let the kernel choose.
    if (message.msg_control != NULL && (errno == EINVAL || errno == EADDRNOTAVAIL)) {
      message.msg_control = NULL;
      message.msg_controllen = 0;
      continue;
    }
    return -errno;
  }
}

enum { SEGMENT_CONTROL_BYTES = CMSG_SPACE(sizeof(uint16_t)) };

size_t clinux_send_headers_bytes(int32_t count) {
  return (size_t)count * (sizeof(struct mmsghdr) + sizeof(struct iovec) + SEGMENT_CONTROL_BYTES);
}

int32_t clinux_send_batch(int32_t fd, void *headers, const void *bytes, const uint64_t *entries, int32_t count) {
  struct mmsghdr *messages = headers;
  struct iovec *pieces = (struct iovec *)(messages + count);
  char *controls = (char *)(pieces + count);
  memset(headers, 0, clinux_send_headers_bytes(count));
  for (int32_t i = 0; i < count; i++) {
    pieces[i].iov_base = (char *)bytes + entries[3 * i];
    pieces[i].iov_len = entries[3 * i + 1];
    struct msghdr *message = &messages[i].msg_hdr;
    message->msg_iov = &pieces[i];
    message->msg_iovlen = 1;
    uint16_t segment = (uint16_t)entries[3 * i + 2];
    if (segment != 0) {
      struct cmsghdr *part = (struct cmsghdr *)(controls + (size_t)i * SEGMENT_CONTROL_BYTES);
      part->cmsg_level = IPPROTO_UDP;
      part->cmsg_type = UDP_SEGMENT;
      part->cmsg_len = CMSG_LEN(sizeof segment);
      memcpy(CMSG_DATA(part), &segment, sizeof segment);
      message->msg_control = part;
      message->msg_controllen = SEGMENT_CONTROL_BYTES;
    }
  }
  for (;;) {
    int sent = sendmmsg(fd, messages, (unsigned)count, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) return sent;
    if (errno != EINTR) return -errno;
  }
}

// MARK: receiving

// Drop counter, GRO segment size, either family's packet info and the arrival, and room to spare.
enum { CONTROL_BYTES = 192 };
_Static_assert(
  CMSG_SPACE(sizeof(uint32_t)) + CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct in6_pktinfo))
      + CMSG_SPACE(sizeof(struct in_pktinfo)) + CMSG_SPACE(sizeof(struct timespec)) <= CONTROL_BYTES,
  "every control message that is asked for fits");

size_t clinux_receive_headers_bytes(int32_t slots) {
  return (size_t)slots * (sizeof(struct mmsghdr) + sizeof(struct iovec) + 32 + CONTROL_BYTES);
}

_Static_assert(sizeof(struct mmsghdr) % 8 == 0 && sizeof(struct iovec) % 8 == 0, "each array starts aligned");

void clinux_receive_headers_prepare(void *headers, int32_t slots, void *bytes, size_t stride, size_t slot_bytes) {
  struct mmsghdr *messages = headers;
  struct iovec *pieces = (struct iovec *)(messages + slots);
  char *names = (char *)(pieces + slots);
  char *controls = names + (size_t)slots * 32;
  memset(headers, 0, clinux_receive_headers_bytes(slots));
  for (int32_t i = 0; i < slots; i++) {
    pieces[i].iov_base = (char *)bytes + (size_t)i * stride;
    pieces[i].iov_len = slot_bytes;
    struct msghdr *message = &messages[i].msg_hdr;
    message->msg_iov = &pieces[i];
    message->msg_iovlen = 1;
    message->msg_name = names + (size_t)i * 32;
    message->msg_namelen = sizeof(endpoint);
    message->msg_control = controls + (size_t)i * CONTROL_BYTES;
    message->msg_controllen = CONTROL_BYTES;
  }
}

static void read_local(const struct cmsghdr *part, uint64_t *words, uint64_t *flags) {
  if (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_PKTINFO) {
    struct in6_pktinfo info;
    memcpy(&info, CMSG_DATA(part), sizeof info);
    // Nobody answers from a multicast address (RFC 7252 section 8.2).
    if (info.ipi6_addr.s6_addr[0] == 0xFF) return;
    words[4] = load_big(info.ipi6_addr.s6_addr);
    words[5] = load_big(info.ipi6_addr.s6_addr + 8);
    words[6] = info.ipi6_ifindex;
    *flags |= CLINUX_SLOT_HAS_LOCAL;
  } else if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_PKTINFO) {
    struct in_pktinfo info;
    memcpy(&info, CMSG_DATA(part), sizeof info);
    words[4] = 0;
    words[5] = mapped_prefix | ntohl(info.ipi_spec_dst.s_addr);
    words[6] = (uint32_t)info.ipi_ifindex;
    *flags |= CLINUX_SLOT_HAS_LOCAL;
  }
}

static void read_slot(struct mmsghdr *received, uint64_t *words, uint32_t *dropped) {
  struct msghdr *message = &received->msg_hdr;
  const endpoint *source = message->msg_name;
  if (source->any.sa_family == AF_INET6) {
    words[0] = load_big(source->v6.sin6_addr.s6_addr);
    words[1] = load_big(source->v6.sin6_addr.s6_addr + 8);
    words[2] = ntohs(source->v6.sin6_port) | (uint64_t)source->v6.sin6_scope_id << 32;
  } else {
    words[0] = 0;
    words[1] = mapped_prefix | ntohl(source->v4.sin_addr.s_addr);
    words[2] = ntohs(source->v4.sin_port);
  }
  uint64_t segment = 0;
  uint64_t flags = (message->msg_flags & MSG_TRUNC) ? CLINUX_SLOT_TRUNCATED : 0;
  words[6] = 0;
  words[7] = 0;
  if (message->msg_controllen > 0) {
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL; part = CMSG_NXTHDR(message, part)) {
      if (part->cmsg_level == IPPROTO_UDP && part->cmsg_type == UDP_GRO) {
        int value;
        memcpy(&value, CMSG_DATA(part), sizeof value);
        segment = value > 0 ? (uint64_t)value : 0;
      } else if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SO_RXQ_OVFL) {
        memcpy(dropped, CMSG_DATA(part), sizeof *dropped);
      } else if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_TIMESTAMPNS) {
        struct timespec arrival;
        memcpy(&arrival, CMSG_DATA(part), sizeof arrival);
        words[7] = (uint64_t)((int64_t)arrival.tv_sec * 1000000000 + arrival.tv_nsec);
      } else {
        read_local(part, words, &flags);
      }
    }
  }
  words[3] = received->msg_len | segment << 32;
  words[6] = (words[6] & 0xFFFFFFFF) | flags << 32;
  // Only what the kernel overwrote is put back.
  message->msg_namelen = sizeof(endpoint);
  message->msg_controllen = CONTROL_BYTES;
  message->msg_flags = 0;
}

int32_t clinux_receive(int32_t fd, void *headers, int32_t slots, uint64_t *words, uint32_t *dropped) {
  struct mmsghdr *messages = headers;
  int received;
  do {
    received = recvmmsg(fd, messages, (unsigned)slots, MSG_DONTWAIT, NULL);
  } while (received < 0 && errno == EINTR);
  if (received < 0) return (errno == EAGAIN || errno == EWOULDBLOCK) ? 0 : -errno;
  for (int i = 0; i < received; i++) read_slot(&messages[i], words + (size_t)i * CLINUX_SLOT_WORDS, dropped);
  return received;
}
