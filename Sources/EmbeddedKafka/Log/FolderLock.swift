#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Keeps a data folder for one process. The kernel gives it up when the process ends, however it ends.
final class FolderLock: Sendable {
  private let descriptor: Int32

  /// - Throws: `.locked` where another process, or another directory of this one, holds it.
  init(_ path: String) throws(LogError) {
    #if canImport(Glibc)
      descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    #else
      descriptor = Darwin.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    #endif
    guard descriptor >= 0 else { throw PosixDisk.failure("open", path) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw LogError(.locked, "\(path) is held by another broker; stop it or use another data folder")
    }
  }

  deinit { close(descriptor) }
}
