/// Why a source cannot be read at all. Bad lines are not errors: they are rejects and the rest goes on.
public struct VenueError: Error, CustomStringConvertible, Sendable {
  /// What kind of trouble it is, and so which exit code the command line gives.
  public enum Kind: Sendable {
    /// The file cannot be opened, is not what it claims to be, or is of no known format: bad input.
    case badInput
    /// Reading the file failed in the middle.
    case unreadable
    /// An option that contradicts the source.
    case usage
  }

  public let kind: Kind
  /// One sentence with what to do next.
  public let description: String

  public init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}

/// Why one line of a source is no trade. The raw value is what the `wick.reason` header carries.
public enum RejectReason: String, Error, Sendable, CaseIterable {
  case malformed
  case fieldCount = "field_count"
  case badPrice = "bad_price"
  case negativePrice = "negative_price"
  case badQuantity = "bad_quantity"
  case negativeQuantity = "negative_quantity"
  case badTime = "bad_time"
  /// Seconds, milliseconds, microseconds or nanoseconds where the source has another unit.
  case timeUnit = "time_unit"
  case badTradeID = "bad_trade_id"
  case badSide = "bad_side"
  case badSymbol = "bad_symbol"
  case badMarket = "bad_market"
  case invalidUTF8 = "invalid_utf8"
  case lineTooLong = "line_too_long"
  /// The compressed file ends, or breaks, in the middle of this line.
  case truncated = "truncated_gzip"
}
