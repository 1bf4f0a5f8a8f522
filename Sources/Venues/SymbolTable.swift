/// Turns a venue's own symbols into canonical `BASE-QUOTE` ones and remembers the answers.
///
/// `BTCUSDT` → `BTC-USDT`, `BTC-USD` and `BTC/USD` → `BTC-USD`, `btcusdt` → `BTC-USDT`. Symbols of up to 15 bytes are stored
/// inline by Swift, so handing them out costs no reference count.
public struct SymbolTable: Sendable {
  /// Quote assets, longest first, since `BTCFDUSD` ends in `USD` as well.
  static let quotes = [
    "FDUSD", "USDT", "USDC", "BUSD", "TUSD", "USD1", "EURI", "DAI", "USD", "EUR", "GBP", "TRY", "BRL", "JPY", "AUD", "BTC", "ETH",
    "BNB",
    "XRP", "SOL", "TRX", "DOGE",
  ].sorted { $0.count > $1.count }

  private var known: [String: String] = [:]
  private var lastRaw: [UInt8] = []
  private var lastCanonical = ""

  public init() {}

  /// The canonical form of `raw`, or nil when no known quote asset ends it or it is no symbol at all.
  public mutating func canonical(_ raw: UnsafeBufferPointer<UInt8>) -> String? {
    if raw.count == lastRaw.count, !lastRaw.isEmpty, raw.elementsEqual(lastRaw) { return lastCanonical }
    let text = String(decoding: raw, as: UTF8.self)
    guard let canonical = known[text] ?? Self.canonical(text) else { return nil }
    // A stream of made-up symbols must not grow this for ever.
    if known.count < 100_000 { known[text] = canonical }
    lastRaw = Array(raw)
    lastCanonical = canonical
    return canonical
  }

  /// The canonical form of one symbol.
  public static func canonical(_ text: String) -> String? {
    let upper = text.uppercased()
    guard (2...32).contains(upper.utf8.count), upper.utf8.allSatisfy(isSymbolByte) else { return nil }
    let parts = upper.split(omittingEmptySubsequences: false) { $0 == "-" || $0 == "/" || $0 == "_" }
    if parts.count == 2 {
      return parts[0].isEmpty || parts[1].isEmpty ? nil : parts.joined(separator: "-")
    }
    guard parts.count == 1 else { return nil }
    for quote in quotes where upper.hasSuffix(quote) && upper.utf8.count > quote.utf8.count {
      return upper.dropLast(quote.count) + "-" + quote
    }
    return nil
  }

  private static func isSymbolByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "/"),
      UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
