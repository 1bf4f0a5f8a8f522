import Columns
import Iceberg

/// Which table a topic's records become rows of, and how.
public struct TopicTable: Hashable, Sendable {
  /// A column that is taken from the records' key, in DELIMITED format.
  public struct KeyColumn: Hashable, Sendable {
    public var name: String
    /// `string`, `int32` or `int64`.
    public var type: ColumnType

    public init(name: String, type: ColumnType) {
      self.name = name
      self.type = type
    }
  }

  /// How a record becomes a row. All kinds add `_topic`, `_partition` and `_offset`.
  public enum Kind: Hashable, Sendable {
    /// The fields of the value; partitioned by the day of `event_time`.
    case trades
    /// `interval`, then the fields of the value; partitioned by interval and month of `window_start`.
    case candles(interval: String)
    /// Records that were set aside with `wick.*` headers: reason and origin, original bytes, and the trade's fields where they
    /// can be read.
    case rejects
    /// Columns of the key that the value lacks, then the fields of the value; partitioned by month of `window_start` where
    /// there is one. With `isWindowed` the key ends in 8 bytes of window start.
    case values(keyColumns: [KeyColumn], isWindowed: Bool)
  }

  public var topic: String
  public var table: TableIdentifier
  public var kind: Kind

  public init(topic: String, table: TableIdentifier, kind: Kind) {
    self.topic = topic
    self.table = table
    self.kind = kind
  }

  /// Where records go that cannot be decoded.
  public static let invalidTable = TableIdentifier("bronze", "invalid")

  /// The mapping by the house's names: `trades.raw` → `bronze.trades`, `candles.<interval>` → `silver.candles`, `<x>.late` →
  /// `bronze.late`, `<x>.invalid` → `bronze.invalid`, any other → `silver.<topic with _ for other characters>`.
  ///
  /// - Parameters:
  ///   - keyColumns: the columns of another topic's key, in its order.
  ///   - isWindowed: whether that key ends in a window's start.
  public static func standard(topic: String, keyColumns: [KeyColumn] = [], isWindowed: Bool = false) -> TopicTable {
    if topic == "trades.raw" { return TopicTable(topic: topic, table: .init("bronze", "trades"), kind: .trades) }
    if topic.hasSuffix(".late") { return TopicTable(topic: topic, table: .init("bronze", "late"), kind: .rejects) }
    if topic.hasSuffix(".invalid") { return TopicTable(topic: topic, table: invalidTable, kind: .rejects) }
    if topic.hasPrefix("candles."), topic.count > 8 {
      return TopicTable(topic: topic, table: .init("silver", "candles"), kind: .candles(interval: String(topic.dropFirst(8))))
    }
    let name = String(topic.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    return TopicTable(topic: topic, table: .init("silver", name), kind: .values(keyColumns: keyColumns, isWindowed: isWindowed))
  }
}
