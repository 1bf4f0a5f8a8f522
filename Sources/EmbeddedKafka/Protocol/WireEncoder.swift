import NIOCore

/// Writes one message as a list of buffers, so that large record batches go to the socket without being copied into it.
struct WireEncoder: WireCoder {
  /// Record fields at least this large keep a buffer of their own.
  static let recordsCopyLimit = 8 * 1024

  let version: Int16
  let flexible: Bool
  private var finished: [ByteBuffer] = []
  private var buffer: ByteBuffer

  init(version: Int16, flexible: Bool, capacity: Int = 256) {
    self.version = version
    self.flexible = flexible
    buffer = ByteBufferAllocator().buffer(capacity: capacity)
  }

  /// The buffers written so far, in order.
  consuming func finish() -> [ByteBuffer] {
    if buffer.readableBytes > 0 { finished.append(buffer) }
    return finished
  }

  mutating func integer<T: FixedWidthInteger>(_ value: inout T) {
    buffer.writeInteger(value)
  }

  mutating func string(_ value: inout String) {
    var optional: String? = value
    nullableString(&optional)
  }

  mutating func nullableString(_ value: inout String?) {
    guard let text = value else {
      if flexible { unsignedVarint(0) } else { buffer.writeInteger(Int16(-1)) }
      return
    }
    let length = min(text.utf8.count, Int(Int16.max))
    if flexible { unsignedVarint(UInt32(length + 1)) } else { buffer.writeInteger(Int16(length)) }
    if length == text.utf8.count { buffer.writeString(text) } else { buffer.writeBytes(text.utf8.prefix(length)) }
  }

  mutating func bytes(_ value: inout [UInt8]) {
    length(value.count)
    buffer.writeBytes(value)
  }

  mutating func records(_ value: inout ByteBuffer?) {
    guard let records = value else {
      length(-1)
      return
    }
    length(records.readableBytes)
    guard records.readableBytes >= Self.recordsCopyLimit else {
      buffer.writeImmutableBuffer(records)
      return
    }
    finished.append(buffer)
    finished.append(records)
    buffer = ByteBufferAllocator().buffer(capacity: 256)
  }

  mutating func arrayCount(_ count: Int) -> Int {
    length(count)
    return count
  }

  mutating func tags() {
    if flexible { unsignedVarint(0) }
  }

  private mutating func length(_ count: Int) {
    if flexible { unsignedVarint(UInt32(count + 1)) } else { buffer.writeInteger(Int32(count)) }
  }

  private mutating func unsignedVarint(_ value: UInt32) {
    var rest = value
    while rest > 0x7f {
      buffer.writeInteger(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    buffer.writeInteger(UInt8(rest))
  }
}
