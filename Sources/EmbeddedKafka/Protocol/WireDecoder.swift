import NIOCore

/// Reads one message from a frame. Every read is checked against the end of the frame; no input can make it trap.
struct WireDecoder: WireCoder {
  let version: Int16
  let flexible: Bool
  private(set) var buffer: ByteBuffer

  init(_ buffer: ByteBuffer, version: Int16, flexible: Bool) {
    self.buffer = buffer
    self.version = version
    self.flexible = flexible
  }

  mutating func integer<T: FixedWidthInteger>(_ value: inout T) throws(WireError) {
    guard let read = buffer.readInteger(as: T.self) else { throw .truncated }
    value = read
  }

  mutating func string(_ value: inout String) throws(WireError) {
    var optional: String?
    try nullableString(&optional)
    guard let read = optional else { throw .unexpectedNull }
    value = read
  }

  mutating func nullableString(_ value: inout String?) throws(WireError) {
    let length = try flexible ? compactLength() : Int(shortLength())
    guard length >= 0 else {
      value = nil
      return
    }
    value = try utf8(length)
  }

  mutating func bytes(_ value: inout [UInt8]) throws(WireError) {
    let length = try flexible ? compactLength() : Int(intLength())
    guard length >= 0 else { throw .unexpectedNull }
    guard let read = buffer.readBytes(length: length) else { throw .truncated }
    value = read
  }

  mutating func records(_ value: inout ByteBuffer?) throws(WireError) {
    let length = try flexible ? compactLength() : Int(intLength())
    guard length >= 0 else {
      value = nil
      return
    }
    guard let slice = buffer.readSlice(length: length) else { throw .truncated }
    value = slice
  }

  mutating func arrayCount(_ count: Int) throws(WireError) -> Int {
    let count = try flexible ? compactLength() : Int(intLength())
    guard count <= buffer.readableBytes else { throw .badLength(Int64(count)) }
    return count
  }

  mutating func tags() throws(WireError) {
    guard flexible else { return }
    let count = try unsignedVarint()
    guard count <= UInt32(clamping: buffer.readableBytes) else { throw .badLength(Int64(count)) }
    for _ in 0..<count {
      _ = try unsignedVarint()
      let size = Int(try unsignedVarint())
      guard size <= buffer.readableBytes else { throw .truncated }
      buffer.moveReaderIndex(forwardBy: size)
    }
  }

  private mutating func utf8(_ length: Int) throws(WireError) -> String {
    guard length <= buffer.readableBytes else { throw .truncated }
    let text = buffer.readableBytesView.prefix(length)
    guard let string = String(validating: text, as: UTF8.self) else { throw .badUTF8 }
    buffer.moveReaderIndex(forwardBy: length)
    return string
  }

  private mutating func shortLength() throws(WireError) -> Int16 {
    guard let length = buffer.readInteger(as: Int16.self) else { throw .truncated }
    guard length >= -1 else { throw .badLength(Int64(length)) }
    return length
  }

  private mutating func intLength() throws(WireError) -> Int32 {
    guard let length = buffer.readInteger(as: Int32.self) else { throw .truncated }
    guard length >= -1 else { throw .badLength(Int64(length)) }
    return length
  }

  private mutating func compactLength() throws(WireError) -> Int {
    Int(try unsignedVarint()) - 1
  }

  private mutating func unsignedVarint() throws(WireError) -> UInt32 {
    var result: UInt32 = 0
    for shift in stride(from: UInt32(0), to: 35, by: 7) {
      guard let byte = buffer.readInteger(as: UInt8.self) else { throw .truncated }
      if shift == 28, byte > 0x0f { throw .badVarint }
      result |= UInt32(byte & 0x7f) << shift
      if byte & 0x80 == 0 { return result }
    }
    throw .badVarint
  }
}
