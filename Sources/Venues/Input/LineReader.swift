#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Cuts a byte stream into lines (`\n` or `\r\n`). Owned by one thread; a line is valid until the next call.
public final class LineReader {
  /// A longer line is handed out cut off and marked, so that a file without line ends cannot take all memory.
  public static let maximumLength = 4 * 1024 * 1024

  private static let keptOfTooLong = 1024

  /// One line and how whole it is.
  public struct Line {
    /// Without its line end.
    public let bytes: UnsafeBufferPointer<UInt8>
    public let tooLong: Bool
    /// The last line of a stream that broke off in the middle of it.
    public let truncated: Bool
  }

  private let input: ByteInput
  private var buffer: UnsafeMutableBufferPointer<UInt8>
  private var start = 0
  private var end = 0
  private var ended = false
  /// How many lines have been handed out: the position a resumed run skips to.
  public private(set) var lineNumber: Int64 = 0

  public init(_ input: ByteInput) {
    self.input = input
    buffer = .allocate(capacity: 1024 * 1024)
  }

  deinit { buffer.deallocate() }

  /// The next line, or nil at the end.
  public func next() throws(VenueError) -> Line? {
    var scanned = start
    while true {
      if let newline = findNewline(from: scanned) { return take(upTo: newline, next: newline + 1) }
      if ended { return lastLine() }
      scanned = end
      if end - start > Self.maximumLength { return try overlong() }
      scanned -= makeRoom()
      let room = UnsafeMutableBufferPointer(rebasing: buffer[end...])
      let count = try input.read(into: room)
      ended = count == 0
      end += count
    }
  }

  private func findNewline(from position: Int) -> Int? {
    guard position < end, let base = buffer.baseAddress, let hit = memchr(base + position, 0x0a, end - position) else {
      return nil
    }
    return UnsafeRawPointer(hit) - UnsafeRawPointer(base)
  }

  private func take(upTo newline: Int, next: Int) -> Line {
    lineNumber += 1
    var stop = newline
    if stop > start, buffer[stop - 1] == 0x0d { stop -= 1 }
    let tooLong = stop - start > Self.maximumLength
    if tooLong { stop = start + Self.keptOfTooLong }
    let line = Line(bytes: UnsafeBufferPointer(rebasing: buffer[start..<stop]), tooLong: tooLong, truncated: false)
    start = next
    return line
  }

  private func lastLine() -> Line? {
    guard start < end else { return nil }
    lineNumber += 1
    let line = Line(
      bytes: UnsafeBufferPointer(rebasing: buffer[start..<end]), tooLong: false, truncated: input.ending == .truncated)
    start = end
    return line
  }

  /// Moves what is left to the front and grows the buffer when it is full; returns how far positions moved.
  private func makeRoom() -> Int {
    let moved = start
    if start > 0, let base = buffer.baseAddress {
      memmove(base, base + start, end - start)
      end -= start
      start = 0
    }
    if end == buffer.count {
      let larger = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: buffer.count * 2)
      _ = larger.update(fromContentsOf: buffer)
      buffer.deallocate()
      buffer = larger
    }
    return moved
  }

  /// Hands out the head of a line that is too long and skips the rest of it.
  private func overlong() throws(VenueError) -> Line {
    let kept = min(Self.keptOfTooLong, end - start)
    let head = start..<(start + kept)
    lineNumber += 1
    let scratch = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 64 * 1024)
    defer { scratch.deallocate() }
    var rest = 0
    skipping: while !ended {
      let count = try input.read(into: scratch)
      ended = count == 0
      for index in 0..<count where scratch[index] == 0x0a {
        rest = count - index - 1
        let target = head.upperBound
        for offset in 0..<rest { buffer[target + offset] = scratch[index + 1 + offset] }
        break skipping
      }
    }
    start = head.upperBound
    end = start + rest
    return Line(bytes: UnsafeBufferPointer(rebasing: buffer[head]), tooLong: true, truncated: false)
  }
}
