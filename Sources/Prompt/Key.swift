/// What a person pressed.
public enum Key: Hashable, Sendable {
  case character(Character)
  case enter, tab, backspace, delete
  case left, right, up, down, home, end, wordLeft, wordRight
  /// Ctrl and a letter, in small letters.
  case control(Character)
  /// A paste or key that has no meaning here.
  case unknown
}

/// Turns the bytes of a terminal into keys. Pure; bytes may come in any pieces.
public struct KeyDecoder: Sendable {
  private var pending: [UInt8] = []

  public init() {}

  /// Takes bytes; the keys that are complete now.
  public mutating func take(_ bytes: some Sequence<UInt8>) -> [Key] {
    pending += bytes
    var keys: [Key] = []
    while let (key, length) = Self.first(pending) {
      keys.append(key)
      pending.removeFirst(length)
    }
    return keys
  }

  /// Whether an escape stands alone: nothing followed it, so that it is the key itself.
  public mutating func flush() {
    if pending.first == 27 { pending.removeAll() }
  }

  private static func first(_ bytes: [UInt8]) -> (Key, Int)? {
    guard let byte = bytes.first else { return nil }
    switch byte {
    case 10, 13: return (.enter, 1)
    case 9: return (.tab, 1)
    case 8, 127: return (.backspace, 1)
    case 27: return escape(bytes)
    case 1...26: return (.control(Character(UnicodeScalar(byte + 96))), 1)
    case 0..<32: return (.unknown, 1)
    default: return character(bytes)
    }
  }

  private static func character(_ bytes: [UInt8]) -> (Key, Int)? {
    let length = bytes[0] < 0x80 ? 1 : bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : bytes[0] >= 0xc0 ? 2 : 1
    guard bytes.count >= length else { return nil }
    guard let text = String(validating: bytes.prefix(length), as: UTF8.self), let character = text.first else {
      return (.unknown, 1)
    }
    return (.character(character), length)
  }

  /// `ESC [ … letter`, `ESC O letter`, `ESC letter`.
  private static func escape(_ bytes: [UInt8]) -> (Key, Int)? {
    guard bytes.count >= 2 else { return nil }
    switch bytes[1] {
    case UInt8(ascii: "["), UInt8(ascii: "O"):
      guard let end = bytes.dropFirst(2).firstIndex(where: { (0x40...0x7e).contains($0) }) else {
        return bytes.count > 16 ? (.unknown, bytes.count) : nil
      }
      let parameters = String(decoding: bytes[2..<end], as: UTF8.self)
      return (key(bytes[end], parameters), end + 1)
    case UInt8(ascii: "b"): return (.wordLeft, 2)
    case UInt8(ascii: "f"): return (.wordRight, 2)
    default: return (.unknown, 2)
    }
  }

  private static func key(_ final: UInt8, _ parameters: String) -> Key {
    let hasModifier = parameters.hasSuffix(";5") || parameters.hasSuffix(";3")
    switch final {
    case UInt8(ascii: "A"): return .up
    case UInt8(ascii: "B"): return .down
    case UInt8(ascii: "C"): return hasModifier ? .wordRight : .right
    case UInt8(ascii: "D"): return hasModifier ? .wordLeft : .left
    case UInt8(ascii: "H"): return .home
    case UInt8(ascii: "F"): return .end
    case UInt8(ascii: "~"):
      switch parameters {
      case "1", "7": return .home
      case "4", "8": return .end
      case "3": return .delete
      default: return .unknown
      }
    default: return .unknown
    }
  }
}
