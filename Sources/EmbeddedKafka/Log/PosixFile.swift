#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// An open file of the real file system.
final class PosixFile: DiskFile {
  private let descriptor: Int32
  private let path: String

  private let syncs: Syncs

  init(descriptor: Int32, path: String, syncs: Syncs) {
    self.descriptor = descriptor
    self.syncs = syncs
    self.path = path
  }

  deinit { close(descriptor) }

  func write(_ head: UnsafeRawBufferPointer, _ tail: UnsafeRawBufferPointer, at position: Int) throws(LogError) {
    var done = 0
    let total = head.count + tail.count
    while done < total {
      let written = retry { writeOnce(head, tail, done, position) }
      guard written > 0 else { throw PosixDisk.failure("write", path) }
      done += written
    }
  }

  private func writeOnce(_ head: UnsafeRawBufferPointer, _ tail: UnsafeRawBufferPointer, _ done: Int, _ position: Int) -> Int {
    if done >= head.count || tail.isEmpty {
      let piece = done >= head.count ? tail[(done - head.count)...] : head[done...]
      let rest = UnsafeRawBufferPointer(rebasing: piece)
      return pwrite(descriptor, rest.baseAddress, rest.count, off_t(position + done))
    }
    let first = UnsafeRawBufferPointer(rebasing: head[done...])
    return withUnsafeTemporaryAllocation(of: iovec.self, capacity: 2) { vectors in
      vectors[0] = iovec(iov_base: UnsafeMutableRawPointer(mutating: first.baseAddress), iov_len: first.count)
      vectors[1] = iovec(iov_base: UnsafeMutableRawPointer(mutating: tail.baseAddress), iov_len: tail.count)
      return pwritev(descriptor, vectors.baseAddress, 2, off_t(position + done))
    }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) throws(LogError) -> Int {
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = retry { pread(descriptor, rest.baseAddress, rest.count, off_t(position + done)) }
      guard count >= 0 else { throw PosixDisk.failure("read", path) }
      if count == 0 { break }
      done += count
    }
    return done
  }

  func sync() throws(LogError) {
    #if canImport(Glibc)
      try syncs.sync(path) { fdatasync(descriptor) }
    #else
      try syncs.sync(path) { fsync(descriptor) }
    #endif
  }

  func truncate(to size: Int) throws(LogError) {
    guard ftruncate(descriptor, off_t(size)) == 0 else { throw PosixDisk.failure("truncate", path) }
  }

  func size() throws(LogError) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw PosixDisk.failure("examine", path) }
    return Int(status.st_size)
  }
}
