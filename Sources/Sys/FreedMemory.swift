import CLinux

/// What becomes of memory that the process has freed.
///
/// Left to itself the allocator returns large blocks at once and asks for them again a moment later, one page fault for
/// each 4 KiB: a fifth of what sealing cost.
public enum FreedMemory {
  /// Keeps it for the next use, up to `limitBytes`. For a process that works in bursts, at its start.
  public static func keep(limitBytes: Int) {
    clinux_keep_freed_memory(limitBytes)
  }

  /// Returns what is kept to the kernel. For a moment without work: it walks over all free memory.
  public static func giveBack() {
    clinux_give_back_memory()
  }
}
