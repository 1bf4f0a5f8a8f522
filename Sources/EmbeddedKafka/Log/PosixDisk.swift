#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
import Synchronization

/// The real file system.
struct PosixDisk: Disk {
  private let syncs = Syncs()

  var syncFailure: LogError? { syncs.failure }

  func open(_ path: String, create: Bool) throws(LogError) -> any DiskFile {
    let descriptor = retry { Self.systemOpen(path, O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0)) }
    guard descriptor >= 0 else { throw Self.failure("open", path) }
    return PosixFile(descriptor: descriptor, path: path, syncs: syncs)
  }

  func contents(_ path: String) throws(LogError) -> [UInt8]? {
    let descriptor = retry { Self.systemOpen(path, O_RDONLY | O_CLOEXEC) }
    if descriptor < 0, errno == ENOENT { return nil }
    guard descriptor >= 0 else { throw Self.failure("open", path) }
    let file = PosixFile(descriptor: descriptor, path: path, syncs: syncs)
    let size = try file.size()
    var failure: LogError?
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      do throws(LogError) { count = try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: 0) } catch { failure = error }
    }
    if let failure { throw failure }
    return bytes
  }

  func list(_ directory: String) throws(LogError) -> [String] {
    guard let stream = opendir(directory) else {
      if errno == ENOENT { return [] }
      throw Self.failure("list", directory)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  func createDirectory(_ path: String) throws(LogError) {
    if mkdir(path, 0o755) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, path.contains("/"), Self.folder(of: path) != path else { throw Self.failure("create", path) }
    try createDirectory(Self.folder(of: path))
    guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw Self.failure("create", path) }
  }

  func syncDirectory(_ path: String) throws(LogError) {
    let descriptor = retry { Self.systemOpen(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw Self.failure("open", path) }
    defer { close(descriptor) }
    try syncs.sync(path) { fsync(descriptor) }
  }

  func rename(_ from: String, to: String) throws(LogError) {
    guard Self.systemRename(from, to) == 0 else { throw Self.failure("rename", from) }
  }

  func remove(_ path: String) throws(LogError) {
    guard unlink(path) == 0 || errno == ENOENT else { throw Self.failure("remove", path) }
  }

  func removeDirectory(_ path: String) throws(LogError) {
    guard rmdir(path) == 0 || errno == ENOENT else { throw Self.failure("remove", path) }
  }

  static func failure(_ what: String, _ path: String) -> LogError {
    let number = errno
    let advice = number == ENOSPC || number == EDQUOT ? "free some space" : "check the disk and the rights"
    return LogError(
      .storage, "cannot \(what) \(path): \(String(cString: strerror(number))) (errno \(number)); \(advice)", errno: number)
  }

  private static func systemOpen(_ path: String, _ flags: Int32) -> Int32 {
    #if canImport(Glibc)
      Glibc.open(path, flags, 0o644)
    #else
      Darwin.open(path, flags, 0o644)
    #endif
  }

  private static func systemRename(_ from: String, _ to: String) -> Int32 {
    #if canImport(Glibc)
      Glibc.rename(from, to)
    #else
      Darwin.rename(from, to)
    #endif
  }
}

/// Carries out the syncs of a disk, up to the first that fails.
final class Syncs: Sendable {
  private let state = Mutex<LogError?>(nil)

  var failure: LogError? { state.withLock { $0 } }

  func sync(_ path: String, _ call: () -> Int32) throws(LogError) {
    if let failure { throw failure }
    guard call() != 0 else { return }
    var error = PosixDisk.failure("sync", path)
    error.message += ", and start again: what the disk has is not known"
    throw state.withLock { state in
      let first = state ?? error
      state = first
      return first
    }
  }
}

/// Repeats a system call that a signal interrupted.
@inline(__always)
func retry<T: SignedInteger>(_ call: () -> T) -> T {
  while true {
    let result = call()
    if result != -1 || errno != EINTR { return result }
  }
}
