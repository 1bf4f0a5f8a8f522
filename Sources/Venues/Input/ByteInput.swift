import CZlib

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Reads a file or standard input, decompressing gzip where its first bytes say so. Blocking; owned by one thread.
///
/// The buffers are `UnsafeMutablePointer`s of fixed size, so reading allocates nothing after `init`.
public final class ByteInput {
  /// How a stream ended.
  public enum Ending: Sendable, Equatable {
    case complete
    /// A gzip stream stopped before its trailer, or failed its checks: what came before is good.
    case truncated
  }

  private let descriptor: Int32
  private let owned: Bool
  private let path: String
  private let raw = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 256 * 1024)
  private var rawRange = 0..<0
  private var reachedEnd = false
  private var inflater: GzipInflater?
  /// Bytes of the file read so far, compressed: what a progress bar compares with the file's size.
  public private(set) var rawBytesRead: Int64 = 0
  /// The size of the file in bytes; nil for pipes.
  public let rawSize: Int64?
  public private(set) var ending = Ending.complete

  /// Opens `path`, or standard input for `-`. Fails with `VenueError` when that cannot be done.
  public init(path: String) throws(VenueError) {
    self.path = path
    owned = path != "-"
    descriptor = owned ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO
    guard descriptor >= 0 else {
      raw.deallocate()
      throw VenueError(.badInput, "Cannot open \(path): \(String(cString: strerror(errno))). Check the path and its permissions.")
    }
    var status = stat()
    let known = fstat(descriptor, &status) == 0
    if known, status.st_mode & S_IFMT == S_IFDIR {
      if owned { close(descriptor) }
      raw.deallocate()
      throw VenueError(.badInput, "\(path) is a folder; name a file in it.")
    }
    rawSize = known && status.st_mode & S_IFMT == S_IFREG ? Int64(status.st_size) : nil
    try detectCompression()
  }

  deinit {
    if owned { close(descriptor) }
    raw.deallocate()
  }

  private func detectCompression() throws(VenueError) {
    try fill()
    let head = UnsafeBufferPointer(rebasing: raw[rawRange])
    if head.count >= 2, head[0] == 0x1f, head[1] == 0x8b {
      inflater = GzipInflater()
    } else if path.hasSuffix(".gz") {
      throw VenueError(.badInput, "\(path) is named .gz but holds no gzip data. Rename it or compress it.")
    } else if head.starts(with: [0x50, 0x4b, 0x03, 0x04]) {
      throw VenueError(
        .badInput, "\(path) is a zip archive; unpack it and give the CSV file inside (unzip -p FILE | wick ingest --source -).")
    }
  }

  /// Fills `buffer` with decoded bytes; returns how many, 0 at the end.
  public func read(into buffer: UnsafeMutableBufferPointer<UInt8>) throws(VenueError) -> Int {
    guard inflater != nil else { return try readPlain(into: buffer) }
    while true {
      if rawRange.isEmpty, !reachedEnd { try fill() }
      guard let inflater else { return 0 }
      switch inflater.step(UnsafeBufferPointer(rebasing: raw[rawRange]), inputEnded: reachedEnd, into: buffer) {
      case .produced(let count, let consumed):
        rawRange = (rawRange.lowerBound + consumed)..<rawRange.upperBound
        if count > 0 { return count }
      case .needsInput(let consumed):
        rawRange = (rawRange.lowerBound + consumed)..<rawRange.upperBound
      case .finished: return 0
      case .broken:
        ending = .truncated
        return 0
      }
    }
  }

  private func readPlain(into buffer: UnsafeMutableBufferPointer<UInt8>) throws(VenueError) -> Int {
    if rawRange.isEmpty {
      if reachedEnd { return 0 }
      try fill()
    }
    let count = min(buffer.count, rawRange.count)
    guard count > 0, let target = buffer.baseAddress, let source = raw.baseAddress else { return 0 }
    target.update(from: source + rawRange.lowerBound, count: count)
    rawRange = (rawRange.lowerBound + count)..<rawRange.upperBound
    return count
  }

  private func fill() throws(VenueError) {
    while true {
      let count = Glibc.read(descriptor, raw.baseAddress, raw.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        throw VenueError(.unreadable, "Reading \(path) failed: \(String(cString: strerror(errno))).")
      }
      rawBytesRead += Int64(count)
      reachedEnd = count == 0
      rawRange = 0..<count
      return
    }
  }
}
