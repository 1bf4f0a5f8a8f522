/// A trade that is in no candle, and why. Members that could not be read from its record are nil.
public struct LateTrade: Hashable, Sendable {
  /// Event time where it is known, else the record's, milliseconds.
  public var time: Int64
  public var venue: String?
  public var symbol: String?
  public var tradeID: Int64?
  /// Exact decimal texts.
  public var price: String?
  public var quantity: String?
  /// `late`, or why the record is invalid.
  public var reason: String
  /// How far it was behind stream time, milliseconds, rounded up; nil where it was not late.
  public var lateness: Int64?
  /// The query that did not take it; nil where no query saw it.
  public var query: String?

  public init(
    time: Int64, venue: String? = nil, symbol: String? = nil, tradeID: Int64? = nil, price: String? = nil,
    quantity: String? = nil, reason: String, lateness: Int64? = nil, query: String? = nil
  ) {
    self.time = time
    self.venue = venue
    self.symbol = symbol
    self.tradeID = tradeID
    self.price = price
    self.quantity = quantity
    self.reason = reason
    self.lateness = lateness
    self.query = query
  }
}

/// Where a record stands.
public struct RecordPlace: Hashable, Sendable {
  public var topic: String
  public var partition: Int32
  public var offset: Int64

  public init(topic: String, partition: Int32, offset: Int64) {
    self.topic = topic
    self.partition = partition
    self.offset = offset
  }
}

/// Knows which records were taken already, so that a topic may be read again. Pure.
struct SeenRecords: Sendable {
  private struct Partition: Hashable {
    var topic: String
    var number: Int32
  }

  private var next: [Partition: Int64] = [:]

  /// False for a record that was taken before.
  mutating func take(_ place: RecordPlace) -> Bool {
    let partition = Partition(topic: place.topic, number: place.partition)
    guard place.offset >= next[partition] ?? 0 else { return false }
    next[partition] = place.offset + 1
    return true
  }
}
