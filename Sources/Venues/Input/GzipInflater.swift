import CZlib

/// Streams gzip through zlib; several members end to end count as one stream (RFC 1952 §2.2). Owned by one thread.
final class GzipInflater {
  enum Step {
    /// `count` bytes were written and `consumed` input bytes used up.
    case produced(count: Int, consumed: Int)
    case needsInput(consumed: Int)
    case finished
    /// The data is damaged or ends in mid-stream.
    case broken
  }

  private var stream = z_stream()
  private var failed = false
  /// Between members, or before the first.
  private var atMemberStart = true

  init() {
    // 15 window bits + 16: gzip framing only.
    failed = inflateInit2_(&stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) != Z_OK
  }

  deinit { inflateEnd(&stream) }

  func step(_ input: UnsafeBufferPointer<UInt8>, inputEnded: Bool, into output: UnsafeMutableBufferPointer<UInt8>) -> Step {
    if failed { return .broken }
    if input.isEmpty { return inputEnded ? (atMemberStart ? .finished : .broken) : .needsInput(consumed: 0) }
    stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
    stream.avail_in = UInt32(input.count)
    stream.next_out = output.baseAddress
    stream.avail_out = UInt32(output.count)
    let code = inflate(&stream, Z_NO_FLUSH)
    let consumed = input.count - Int(stream.avail_in)
    let produced = output.count - Int(stream.avail_out)
    switch code {
    case Z_OK, Z_BUF_ERROR: atMemberStart = false
    case Z_STREAM_END:
      inflateReset(&stream)
      atMemberStart = true
    default:
      failed = true
      // A member that is followed by padding or by garbage has ended well itself.
      if produced == 0 { return .broken }
    }
    return produced > 0 ? .produced(count: produced, consumed: consumed) : .needsInput(consumed: consumed)
  }
}
