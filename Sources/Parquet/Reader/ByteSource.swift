#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Random access to the bytes of a file.
public protocol ByteSource: AnyObject {
  /// The length in bytes.
  var size: Int64 { get }
  /// Exactly `count` bytes from `offset`; the range lies within `size`. Throws `ParquetError.io`.
  func read(at offset: Int64, count: Int) throws -> [UInt8]
}

/// Bytes in memory.
public final class MemorySource: ByteSource {
  private let bytes: [UInt8]

  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  public var size: Int64 { Int64(bytes.count) }

  public func read(at offset: Int64, count: Int) throws -> [UInt8] {
    guard offset >= 0, count >= 0, offset <= size - Int64(count) else {
      throw ParquetError.corrupt("A read reaches past the end")
    }
    return Array(bytes[Int(offset)..<Int(offset) + count])
  }
}

/// A file, read with pread. Reads block: use it from a thread of its own, not from the concurrency pool.
public final class FileSource: ByteSource {
  private let descriptor: Int32
  private let name: String
  public let size: Int64

  /// Opens the file at `path`; its size is fixed from here on. Throws `ParquetError.io`.
  public init(path: String) throws {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    name = path
    guard descriptor >= 0 else { throw Self.failure("open", path) }
    let end = lseek(descriptor, 0, SEEK_END)
    guard end >= 0 else {
      let error = Self.failure("measure", path)
      _ = close(descriptor)
      throw error
    }
    size = Int64(end)
  }

  deinit { _ = close(descriptor) }

  public func read(at offset: Int64, count: Int) throws -> [UInt8] {
    guard offset >= 0, count >= 0, offset <= size - Int64(count) else {
      throw ParquetError.corrupt("A read reaches past the end")
    }
    return try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count, let base = buffer.baseAddress {
        let got = pread(descriptor, base + filled, count - filled, off_t(offset) + off_t(filled))
        if got < 0, errno == EINTR { continue }
        guard got > 0 else { throw Self.failure("read", name) }
        filled += got
      }
    }
  }

  private static func failure(_ action: String, _ name: String) -> ParquetError {
    ParquetError(.io, "Cannot \(action) \(name): \(String(cString: strerror(errno))); check the path and its rights")
  }
}
