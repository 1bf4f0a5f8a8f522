/// Bytes that a client sends on a WebSocket (RFC 6455, 5.2), and such as it must not send.
public struct ClientFrame {
  public var opcode: UInt8
  public var payload: [UInt8]
  public var isFinal = true
  public var reserved: UInt8 = 0
  public var mask: [UInt8]? = [0x37, 0xfa, 0x21, 0x3d]
  /// What is said of the length; nil says what it is, in the shortest form.
  public var length: [UInt8]?

  public init(_ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true) {
    self.opcode = opcode
    self.payload = payload
    self.isFinal = isFinal
  }

  public static func text(_ text: String) -> [UInt8] { ClientFrame(1, Array(text.utf8)).bytes }

  public static func close(_ code: UInt16, _ reason: String = "") -> [UInt8] {
    ClientFrame(8, [UInt8(code >> 8), UInt8(code & 0xff)] + Array(reason.utf8)).bytes
  }

  public var bytes: [UInt8] {
    var length = self.length ?? shortest
    if mask != nil { length[0] |= 0x80 }
    let head = [(isFinal ? 0x80 : 0) | reserved << 4 | opcode] + length
    guard let mask else { return head + payload }
    return head + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] }
  }

  private var shortest: [UInt8] {
    let count = payload.count
    if count < 126 { return [UInt8(count)] }
    if count < 65_536 { return [126, UInt8(count / 256), UInt8(count % 256)] }
    return [
      127, 0, 0, 0, 0, UInt8(count / 16_777_216), UInt8(count / 65_536 % 256), UInt8(count / 256 % 256), UInt8(count % 256),
    ]
  }

  /// The frames of a server in some bytes, and how many bytes they take.
  public static func read(_ bytes: some Collection<UInt8>) -> (frames: [(opcode: UInt8, payload: [UInt8])], count: Int) {
    let bytes = Array(bytes)
    var frames: [(opcode: UInt8, payload: [UInt8])] = []
    var at = 0
    while bytes.count >= at + 2 {
      let short = Int(bytes[at + 1])
      let width = short == 126 ? 2 : short == 127 ? 8 : 0
      guard bytes.count >= at + 2 + width else { break }
      let count = width == 0 ? short : bytes[(at + 2)..<(at + 2 + width)].reduce(0) { $0 * 256 + Int($1) }
      guard bytes.count >= at + 2 + width + count else { break }
      frames.append((bytes[at] & 0x0f, Array(bytes[(at + 2 + width)..<(at + 2 + width + count)])))
      at += 2 + width + count
    }
    return (frames, at)
  }
}
