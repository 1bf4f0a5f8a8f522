#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Memory for tables that are read at random: large blocks ask for huge pages, since with small ones most of the time of a
/// random access to many windows goes into finding the page.
enum LargeMemory {
  private static let hugePage = 2 << 20

  /// Uninitialised memory of at least `bytes`, to be freed with `deallocate()`.
  static func allocate(bytes: Int) -> UnsafeMutableRawPointer {
    guard bytes >= 2 * hugePage else { return .allocate(byteCount: bytes, alignment: 64) }
    let rounded = (bytes + hugePage - 1) / hugePage * hugePage
    let memory = UnsafeMutableRawPointer.allocate(byteCount: rounded, alignment: hugePage)
    #if os(Linux)
      // Advice only: where the system does not follow it, nothing changes but the speed.
      _ = madvise(memory, rounded, MADV_HUGEPAGE)
    #endif
    return memory
  }
}
