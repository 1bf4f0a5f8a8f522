import Market

/// Text fields to exact values, with the reason where that cannot be done. No allocation.
enum FieldParsing {
  typealias Bytes = UnsafeBufferPointer<UInt8>

  /// A price above zero that fits decimal(18,8).
  static func price(_ text: Bytes) throws(RejectReason) -> Int64 {
    let value = try decimal(text, precision: 18, otherwise: .badPrice)
    guard value >= 0 else { throw .negativePrice }
    guard value > 0 else { throw .badPrice }
    return Int64(value)
  }

  /// A quantity above zero that fits decimal(28,8).
  static func quantity(_ text: Bytes) throws(RejectReason) -> Int128 {
    let value = try decimal(text, precision: 28, otherwise: .badQuantity)
    guard value >= 0 else { throw .negativeQuantity }
    guard value > 0 else { throw .badQuantity }
    return value
  }

  private static func decimal(_ text: Bytes, precision: Int, otherwise: RejectReason) throws(RejectReason) -> Int128 {
    do throws(DecimalError) {
      return try FixedDecimal.parse(text, precision: precision, scale: Trade.scale)
    } catch {
      throw otherwise
    }
  }

  /// Decimal digits with an optional minus sign.
  static func integer(_ text: Bytes) -> Int64? {
    guard let first = text.first else { return nil }
    let negative = first == UInt8(ascii: "-")
    var value: Int64 = 0
    guard text.count > (negative ? 1 : 0) else { return nil }
    for byte in text[(negative ? 1 : 0)...] {
      let digit = byte &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      let (shifted, o1) = value.multipliedReportingOverflow(by: 10)
      let (sum, o2) = shifted.addingReportingOverflow(Int64(digit))
      guard !o1, !o2 else { return nil }
      value = sum
    }
    return negative ? -value : value
  }

  static func tradeID(_ text: Bytes) throws(RejectReason) -> Int64 {
    guard let id = integer(text), id >= 0 else { throw .badTradeID }
    return id
  }

  /// The flags exchanges use: true/false, True/False, 1/0.
  static func flag(_ text: Bytes) throws(RejectReason) -> Bool {
    if text.equals("true") || text.equals("1") || text.equals("True") || text.equals("TRUE") { return true }
    if text.equals("false") || text.equals("0") || text.equals("False") || text.equals("FALSE") { return false }
    throw .badSide
  }
}

/// The unit in which a source counts time since the epoch.
public enum TimeUnit: Int64, Sendable {
  case milliseconds = 1_000_000
  case microseconds = 1_000_000_000
  case nanoseconds = 1_000_000_000_000

  // Units are apart by a factor of 1000, and market data lies between 2001 and 2100, so a time of the wrong unit shows
  // itself: read in the right one it would lie outside those years.
  private static let earliestSecond: Int64 = 978_307_200
  private static let latestSecond: Int64 = 4_102_444_800

  private var perSecond: Int64 { rawValue / 1000 }

  /// `text` in this unit as microseconds since the epoch.
  func micros(_ text: UnsafeBufferPointer<UInt8>) throws(RejectReason) -> Int64 {
    guard let value = FieldParsing.integer(text) else { throw .badTime }
    guard value >= 0 else { throw .badTime }
    guard value / perSecond >= Self.earliestSecond, value / perSecond < Self.latestSecond else { throw .timeUnit }
    switch self {
    case .milliseconds: return value * 1000
    case .microseconds: return value
    case .nanoseconds: return value / 1000
    }
  }

  /// The unit in which `text` lies between 2001 and 2100, if there is one.
  static func detect(_ text: UnsafeBufferPointer<UInt8>) -> TimeUnit? {
    for unit in [TimeUnit.milliseconds, .microseconds, .nanoseconds] {
      if (try? unit.micros(text)) != nil { return unit }
    }
    return nil
  }
}
