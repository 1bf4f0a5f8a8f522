/// One frame of RFC 6455, unmasked.
public struct Frame: Hashable, Sendable {
  public enum Opcode: UInt8, Sendable {
    case continuation = 0x0
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xa

    /// Whether it is about the connection; such frames are short and whole, and may come between those of a message.
    var isControl: Bool { rawValue & 0x8 != 0 }
  }

  public var opcode: Opcode
  /// Whether it is the last of its message.
  public var isFinal: Bool
  public var payload: [UInt8]

  public init(_ opcode: Opcode, isFinal: Bool = true, _ payload: [UInt8]) {
    self.opcode = opcode
    self.isFinal = isFinal
    self.payload = payload
  }

  /// The most bytes of a control frame's payload.
  static let controlLimit = 125

  /// Its bytes as a server sends them: without a mask.
  public var bytes: [UInt8] { Self.head(opcode, isFinal: isFinal, count: payload.count) + payload }

  /// What comes before a payload of `count` bytes.
  public static func head(_ opcode: Opcode, isFinal: Bool = true, count: Int) -> [UInt8] {
    let first = opcode.rawValue | (isFinal ? 0x80 : 0)
    switch count {
    case ...125: return [first, UInt8(count)]
    case ...0xffff: return [first, 126, UInt8(count >> 8), UInt8(count & 0xff)]
    default: return [first, 127] + (0..<8).map { UInt8(truncatingIfNeeded: count >> (56 - 8 * $0)) }
    }
  }

  /// A closing frame.
  static func close(_ code: UInt16?, _ reason: String = "") -> Frame {
    guard let code else { return Frame(.close, []) }
    return Frame(.close, [UInt8(code >> 8), UInt8(code & 0xff)] + reason.utf8.prefix(controlLimit - 2))
  }
}
