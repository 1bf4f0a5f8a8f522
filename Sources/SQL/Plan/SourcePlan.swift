/// Serialisation of keys and values on a topic.
public enum DataFormat: String, Hashable, Sendable, CaseIterable {
  case avro = "AVRO"
  case json = "JSON"
  case delimited = "DELIMITED"
  case kafka = "KAFKA"
  case none = "NONE"
}

/// What a format needs to know beside the columns.
public struct FormatOptions: Hashable, Sendable {
  /// KEY_DELIMITER: between the values of a DELIMITED key.
  public var keyDelimiter: String
  /// VALUE_DELIMITER: between the values of a DELIMITED value.
  public var valueDelimiter: String
  /// WRAP_SINGLE_VALUE: whether a value of one column is a record of one field (true) or the bare value (false). Nil: the
  /// format's own habit, which is a record for AVRO and JSON.
  public var wrapsSingleValue: Bool?
  /// VALUE_AVRO_SCHEMA_FULL_NAME or VALUE_SCHEMA_FULL_NAME: name of the record in a schema made for the value.
  public var valueSchemaName: String?
  /// KEY_SCHEMA_FULL_NAME, likewise.
  public var keySchemaName: String?
  /// KEY_SCHEMA_ID and VALUE_SCHEMA_ID: read and write with this registered schema.
  public var keySchemaID: Int?
  public var valueSchemaID: Int?

  public init(
    keyDelimiter: String = ",", valueDelimiter: String = ",", wrapsSingleValue: Bool? = nil, valueSchemaName: String? = nil,
    keySchemaName: String? = nil, keySchemaID: Int? = nil, valueSchemaID: Int? = nil
  ) {
    self.keyDelimiter = keyDelimiter
    self.valueDelimiter = valueDelimiter
    self.wrapsSingleValue = wrapsSingleValue
    self.valueSchemaName = valueSchemaName
    self.keySchemaName = keySchemaName
    self.keySchemaID = keySchemaID
    self.valueSchemaID = valueSchemaID
  }
}

/// The window that a windowed key carries behind its own bytes.
public enum KeyWindow: Hashable, Sendable {
  /// WINDOW_TYPE TUMBLING or HOPPING: the window's start; its length in microseconds is not stored.
  case time(size: Int64, isHopping: Bool)
  /// WINDOW_TYPE SESSION: the session's end, then its start.
  case session
}

/// CREATE STREAM or CREATE TABLE over a topic, with the rules every query that reads it shares.
public struct SourcePlan: Hashable, Sendable {
  public var name: String
  public var topic: String
  public var keyFormat: DataFormat
  public var valueFormat: DataFormat
  public var options: FormatOptions
  /// Whether this is a TABLE: a record is the new row of its key, one without a value deletes it.
  public var isTable: Bool
  /// CREATE SOURCE …: nothing may be inserted and the topic not be deleted.
  public var isReadOnly: Bool
  /// Whether keys carry a window; `Expression.windowStart` and `.windowEnd` are then its bounds.
  public var window: KeyWindow?
  /// Key columns and value columns, in declaration order.
  public var columns: [Field]
  /// HEADER('k') columns: index of the column and the header whose last value it holds; NULL where there is none.
  public var headers: [Int: String]
  /// TIMESTAMP property: index of the column that is the event time; nil means the record's own timestamp.
  public var timestampColumn: Int?
  /// TIMESTAMP_FORMAT: pattern (Java's `DateTimeFormatter`) of a STRING timestamp column; nil for other types.
  public var timestampFormat: String?
  /// DEDUPLICATE_BY: indexes of the columns that identify a record; empty when duplicates are not looked for.
  public var deduplicateBy: [Int]
  /// DEDUPLICATE_WITHIN, microseconds of event time.
  public var deduplicateWithin: Int64
  /// MAX_FUTURE_SKEW, microseconds: how far event time may lie ahead of the record's own timestamp; nil = any.
  public var maxFutureSkew: Int64?
  /// IDLE_CLOSE, microseconds of wall time; nil = never.
  public var idleClose: Int64?
  /// INVALID_TOPIC: where records go that no query can use, with the reason. Default: `<topic up to the first dot>.invalid`.
  public var invalidTopic: String
  /// PARTITIONS, for creating the topic where it does not exist.
  public var partitions: Int?
  /// REPLICAS, likewise.
  public var replicas: Int?

  public init(
    name: String, topic: String, keyFormat: DataFormat, valueFormat: DataFormat, options: FormatOptions = FormatOptions(),
    isTable: Bool = false, isReadOnly: Bool = false, window: KeyWindow? = nil, columns: [Field], headers: [Int: String] = [:],
    timestampColumn: Int?, timestampFormat: String? = nil, deduplicateBy: [Int], deduplicateWithin: Int64,
    maxFutureSkew: Int64?, idleClose: Int64?, invalidTopic: String, partitions: Int?, replicas: Int? = nil
  ) {
    self.name = name
    self.topic = topic
    self.keyFormat = keyFormat
    self.valueFormat = valueFormat
    self.options = options
    self.isTable = isTable
    self.isReadOnly = isReadOnly
    self.window = window
    self.columns = columns
    self.headers = headers
    self.timestampColumn = timestampColumn
    self.timestampFormat = timestampFormat
    self.deduplicateBy = deduplicateBy
    self.deduplicateWithin = deduplicateWithin
    self.maxFutureSkew = maxFutureSkew
    self.idleClose = idleClose
    self.invalidTopic = invalidTopic
    self.partitions = partitions
    self.replicas = replicas
  }

  /// Indexes of the key columns, in the order in which the key holds them.
  public var keyColumns: [Int] { columns.indices.filter { columns[$0].isKey } }
}
