import Contracts

/// What one query did with the records of one source partition in one commit: a row of the topic `wick.audit`.
public struct AuditRow: Equatable, Sendable {
  public var query: String
  public var topic: String
  public var partition: Int32
  /// `[from, to)` of the source partition. Control records and aborted ones lie in it and are not consumed.
  public var offsets: Range<Int64>
  public var consumed: Int64 = 0
  public var aggregated: Int64 = 0
  public var filtered: Int64 = 0
  public var late: Int64 = 0
  public var duplicate: Int64 = 0
  public var nullKey: Int64 = 0
  public var badTime: Int64 = 0
  public var future: Int64 = 0
  public var undecodable: Int64 = 0
  public var overflow: Int64 = 0
  /// Rows sent to the sink.
  public var emitted: Int64 = 0
  /// Microseconds; nil before the first record.
  public var streamTime: Int64?

  public init(query: String, topic: String, partition: Int32, offsets: Range<Int64>) {
    self.query = query
    self.topic = topic
    self.partition = partition
    self.offsets = offsets
  }

  /// Every record read went exactly one way (I2).
  public var isBalanced: Bool {
    consumed == aggregated + filtered + late + duplicate + nullKey + badTime + future + undecodable + overflow
  }

  /// Appends the row in the Confluent wire format, fields in the order of the contract.
  ///
  /// - Parameter committedAt: microseconds since the epoch.
  func encode(application: String, committedAt: Int64, schemaID: Int32, into writer: inout AvroRecordWriter) {
    writer.begin(schemaID: schemaID)
    writer.string(application)
    writer.string(query)
    writer.string(topic)
    writer.int(partition)
    for number in [
      offsets.lowerBound, offsets.upperBound, consumed, aggregated, filtered, late, duplicate, nullKey, badTime, future,
      undecodable, overflow, emitted,
    ] { writer.long(number) }
    writer.branch(streamTime == nil ? 0 : 1)
    if let streamTime { writer.long(streamTime) }
    writer.long(committedAt)
  }

  /// The contract of `wick.audit-value`, version 1: the text of `contracts/wick.audit-value/1.avsc`.
  static let schemaJSON = """
    {"type":"record","name":"Audit","namespace":"wick","fields":[\
    {"name":"app","type":"string"},{"name":"query","type":"string"},{"name":"topic","type":"string"},\
    {"name":"partition","type":"int"},{"name":"from_offset","type":"long"},{"name":"to_offset","type":"long"},\
    {"name":"consumed","type":"long"},{"name":"aggregated","type":"long"},{"name":"filtered","type":"long"},\
    {"name":"late","type":"long"},{"name":"duplicate","type":"long"},{"name":"null_key","type":"long"},\
    {"name":"bad_time","type":"long"},{"name":"future","type":"long"},{"name":"undecodable","type":"long"},\
    {"name":"overflow","type":"long"},{"name":"emitted","type":"long"},\
    {"name":"stream_time","type":["null",{"type":"long","logicalType":"timestamp-micros"}],"default":null},\
    {"name":"committed_at","type":{"type":"long","logicalType":"timestamp-micros"}}]}
    """
}
