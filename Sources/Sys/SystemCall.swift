/// The kinds of calls into the kernel that can be made to fail, by their manual page's name.
///
/// Closing is not among them: a descriptor is gone whatever `close` says. Nor are joining a thread, writing to an event
/// descriptor and memory: they fail only where the program itself is wrong, or ends.
public enum SystemCall: String, CaseIterable, Sendable {
  case socket
  case bind
  case connect
  case setsockopt
  case getsockopt
  /// The source of names: `getaddrinfo`.
  case resolve = "getaddrinfo"
  case receive = "recvmmsg"
  case send = "sendmsg"
  case sendBatch = "sendmmsg"
  case eventDescriptor = "eventfd"
  case pollerCreate = "epoll_create"
  case pollerChange = "epoll_ctl"
  case pollerWait = "epoll_wait"
  case poll
  case threadCreate = "pthread_create"
  case open
  /// `read` and `pread`.
  case read
  /// `write` and `pwrite`.
  case write
  case fdatasync
  case fsync
  case ftruncate
  case flock
  /// `stat` and `fstat`.
  case stat
  case statvfs
  case mkdir
  case link
  case unlink
  case rename
  case rmdir
  case readdir
  case mmap
  case hostName = "gethostname"
}
