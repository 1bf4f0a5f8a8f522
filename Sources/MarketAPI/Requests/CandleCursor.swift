import Tokens

/// Where a page of candles ended: the last window on it. Opaque to clients.
public struct CandleCursor: Hashable, Sendable {
  public var start: Int64
  public var venue: String

  public init(start: Int64, venue: String) {
    self.start = start
    self.venue = venue
  }

  func precedes(_ one: NamedCandle) -> Bool {
    start != one.candle.start ? start < one.candle.start : venue < one.series.venue
  }

  /// - Parameter question: the text of what is asked; a cursor continues that question only.
  public func text(for question: String) -> String {
    let content = "1 \(start) \(venue)"
    let check = Checksum.hex(of: Array((content + "\u{0}" + question).utf8))
    return Base64URL.text(Array("\(check) \(content)".utf8))
  }

  /// Nil for a text that is no cursor of the question.
  public init?(_ text: String, for question: String) {
    guard text.utf8.count <= 1024, let bytes = Base64URL.bytes(text), let plain = String(validating: bytes, as: UTF8.self)
    else { return nil }
    let parts = plain.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 4, parts[1] == "1", let start = Int64(parts[2]) else { return nil }
    self.init(start: start, venue: String(parts[3]))
    guard self.text(for: question) == text else { return nil }
  }
}

/// FNV-1a, 64 bits: tells contents apart, and keeps nobody from forging one.
enum Checksum {
  static func hex(of bytes: some Sequence<UInt8>) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    let text = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
  }
}
