#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Where a writer puts its bytes, in order. Called from the thread that drives the writer.
public protocol ByteSink: AnyObject {
  /// Takes all of `bytes`, which are valid during the call only. Throws `ParquetError.io`.
  func write(_ bytes: UnsafeRawBufferPointer) throws
  /// Called once after the last byte: makes the bytes as durable as the sink promises. Throws `ParquetError.io`.
  func finish() throws
}

/// A sink in memory.
public final class MemorySink: ByteSink {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  public func write(_ bytes: UnsafeRawBufferPointer) { self.bytes.append(contentsOf: bytes) }

  public func finish() {}
}

/// A sink over a file descriptor. Writes block: drive it from a thread of its own, not from the concurrency pool.
public final class FileSink: ByteSink {
  private var descriptor: Int32
  private let owned: Bool
  private let sync: Bool
  private let name: String

  /// Creates the file at `path`, which must not exist. With `sync`, `finish` returns after fsync of the file (not of its folder).
  /// A writer that fails leaves the partial file behind; the caller removes it.
  public init(path: String, sync: Bool = true) throws {
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Self.failure("create", path) }
    owned = true
    self.sync = sync
    name = path
  }

  /// Writes at the current position of a descriptor that the caller opened and will close.
  public init(descriptor: Int32, sync: Bool = false) {
    self.descriptor = descriptor
    owned = false
    self.sync = sync
    name = "descriptor \(descriptor)"
  }

  deinit {
    if owned, descriptor >= 0 { _ = close(descriptor) }
  }

  public func write(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes
    while let base = rest.baseAddress, !rest.isEmpty {
      #if canImport(Glibc)
        let written = Glibc.write(descriptor, base, rest.count)
      #else
        let written = Darwin.write(descriptor, base, rest.count)
      #endif
      if written < 0 {
        if errno == EINTR { continue }
        throw Self.failure("write to", name)
      }
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
    }
  }

  public func finish() throws {
    if sync, fsync(descriptor) != 0 { throw Self.failure("sync", name) }
    guard owned else { return }
    let closing = descriptor
    descriptor = -1
    guard close(closing) == 0 else { throw Self.failure("close", name) }
  }

  private static func failure(_ action: String, _ name: String) -> ParquetError {
    let number = errno
    return ParquetError(
      .io,
      "Cannot \(action) \(name): \(String(cString: strerror(number))) (errno \(number)); check the path, its rights and the free space"
    )
  }
}
