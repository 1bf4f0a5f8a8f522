import Columns
import Kafka
import SQL

/// A run of records of one partition as columns.
struct DecodedRun {
  /// A record that is not of the source.
  struct Broken {
    /// Where it stands in the batch it was read with.
    var index: Int32
    /// Why, where more is known than that; holds no values.
    var error: String?
  }

  /// Why a record counts nowhere, where it has no value.
  static let withoutValue = "the record has no value"

  /// One column per source column, in declaration order.
  var batch = ColumnBatch(columns: [], rowCount: 0)
  /// Per row: where its record stands in the batch it was read with.
  var records: [Int32] = []
  var offsets: [Int64] = []
  /// Per row: the record's own timestamp, microseconds.
  var timestamps: [Int64] = []
  /// Of sources with windowed keys: per row the bounds, microseconds.
  var windows: (starts: [Int64], ends: [Int64])?
  /// Of inner topics: per row the record that it comes from.
  var origins: [InnerRecord.Origin] = []
  /// Of tables, and where such records are taken: per row whether the record has no value.
  var isDeletion: [Bool] = []
  /// Records that are not of the source, in order.
  var undecodable: [Broken] = []

  init(capacity: Int) {
    records.reserveCapacity(capacity)
    offsets.reserveCapacity(capacity)
    timestamps.reserveCapacity(capacity)
  }

  /// Notes where a row comes from.
  mutating func add(_ index: Int32, _ record: RecordView) {
    records.append(index)
    offsets.append(record.offset)
    // Without a timestamp of its own a record is never too far ahead of it; and where it has to serve as the event time, this one
    // is past the last that the engine accepts.
    timestamps.append(record.timestamp < 0 ? .max / 2 : record.timestamp &* 1000)
  }
}

/// Turns records of one partition into columns, once for all its queries. Belongs to its task's thread.
protocol RecordDecoder: AnyObject {
  /// Decodes the records at `indexes` of `batch`.
  ///
  /// - Throws: only when the registry cannot be asked; a record that cannot be read is in `undecodable`.
  func decode(_ batch: RecordBatch, at indexes: [Int32]) throws -> DecodedRun
}

enum SourceDecoder {
  /// The fastest decoder that reads the source.
  ///
  /// - Throws: `badInput` when its formats cannot hold its columns.
  static func make(_ source: SourcePlan, isInner: Bool, store: any SchemaStore) throws -> any RecordDecoder {
    if isInner { return InnerDecoder(source) }
    if FlatAvroDecoder.reads(source) { return try FlatAvroDecoder(source, store: store) }
    return try RowDecoder(source, store: store)
  }
}
