/// Bytes of a client → frames. Pure.
///
/// What is wrong is refused as soon as it shows, in the head of a frame where it does, so that no more is held than one frame
/// within the bound and what came with it.
struct FrameReader: Sendable {
  private var buffer: [UInt8] = []
  private var start = 0

  private struct Head {
    var opcode: Frame.Opcode
    var isFinal: Bool
    var mask: ArraySlice<UInt8>
    var count: Int
    var size: Int
  }

  /// Bytes that are held and not read yet.
  var held: Int { buffer.count - start }

  mutating func append(_ bytes: some Collection<UInt8>) {
    if start > 0 {
      buffer.removeFirst(start)
      start = 0
    }
    buffer.append(contentsOf: bytes)
  }

  mutating func removeAll() {
    buffer = []
    start = 0
  }

  /// The next frame; nil before it is there whole.
  ///
  /// - Parameter limit: the most bytes that a payload of a message may have now.
  mutating func next(limit: Int) throws(WebSocketError) -> Frame? {
    guard let head = try head(limit: limit), held >= head.size + head.count else { return nil }
    let from = start + head.size
    let mask = Array(head.mask)
    let payload = [UInt8](unsafeUninitializedCapacity: head.count) { target, count in
      for index in 0..<head.count { target[index] = buffer[from + index] ^ mask[index & 3] }
      count = head.count
    }
    start = from + head.count
    return Frame(head.opcode, isFinal: head.isFinal, payload)
  }

  private func head(limit: Int) throws(WebSocketError) -> Head? {
    guard held >= 1 else { return nil }
    let first = buffer[start]
    guard first & 0x70 == 0 else { throw WebSocketError(.protocolError, "a reserved bit is set; no extension is in use") }
    guard let opcode = Frame.Opcode(rawValue: first & 0x0f) else {
      throw WebSocketError(.protocolError, "the opcode is reserved")
    }
    let isFinal = first & 0x80 != 0
    guard isFinal || !opcode.isControl else { throw WebSocketError(.protocolError, "a control frame is in pieces") }
    guard opcode != .binary else { throw WebSocketError(.unsupported, "messages are texts") }
    guard held >= 2 else { return nil }
    let second = buffer[start + 1]
    guard second & 0x80 != 0 else { throw WebSocketError(.protocolError, "a frame of a client has no mask") }
    guard let (count, size) = try length(second & 0x7f) else { return nil }
    if opcode.isControl {
      guard count <= Frame.controlLimit else { throw WebSocketError(.protocolError, "a control frame is longer than 125 bytes") }
    } else {
      guard count <= limit else { throw WebSocketError(.tooLarge, "the message is too large") }
    }
    guard held >= size + 4 else { return nil }
    let mask = buffer[(start + size)..<(start + size + 4)]
    return Head(opcode: opcode, isFinal: isFinal, mask: mask, count: count, size: size + 4)
  }

  /// The length of the payload, and the bytes that stand before the mask.
  private func length(_ short: UInt8) throws(WebSocketError) -> (count: Int, size: Int)? {
    guard short > 125 else { return (Int(short), 2) }
    let width = short == 126 ? 2 : 8
    guard held >= 2 + width else { return nil }
    let value = buffer[(start + 2)..<(start + 2 + width)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard value > (width == 2 ? 125 : 0xffff), value <= UInt64(Int64.max) else {
      throw WebSocketError(.protocolError, "a length is not written in its shortest form")
    }
    return (Int(value), 2 + width)
  }
}
