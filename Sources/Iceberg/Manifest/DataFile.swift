/// One data file of a table, with what planning needs to know about it.
public struct DataFile: Hashable, Sendable {
  /// What a file holds.
  public enum Content: Int, Hashable, Sendable {
    case data = 0
    case positionDeletes = 1
    case equalityDeletes = 2
  }

  public var content: Content
  /// An absolute URI.
  public var path: String
  public var format: String
  /// The partition values, in the order of the spec's fields.
  public var partition: [Datum?]
  /// The partition spec those values belong to.
  public var specID: Int
  public var recordCount: Int64
  /// Exact: some readers find the footer by it.
  public var fileSize: Int64
  /// Bytes on disk by column id.
  public var columnSizes: [Int: Int64]
  /// Values by column id, NULLs and NaNs included.
  public var valueCounts: [Int: Int64]
  public var nullCounts: [Int: Int64]
  public var nanCounts: [Int: Int64]
  /// Single-value serializations by column id (`Datum.serialized`).
  public var lowerBounds: [Int: [UInt8]]
  public var upperBounds: [Int: [UInt8]]
  /// Where the row groups start, ascending.
  public var splitOffsets: [Int64]
  public var sortOrderID: Int?
  var keyMetadata: [UInt8]?
  var equalityIDs: [Int]

  public init(
    content: Content = .data, path: String, format: String = "PARQUET", partition: [Datum?], specID: Int, recordCount: Int64,
    fileSize: Int64, columnSizes: [Int: Int64] = [:], valueCounts: [Int: Int64] = [:], nullCounts: [Int: Int64] = [:],
    nanCounts: [Int: Int64] = [:], lowerBounds: [Int: [UInt8]] = [:], upperBounds: [Int: [UInt8]] = [:],
    splitOffsets: [Int64] = [], sortOrderID: Int? = nil
  ) {
    self.content = content
    self.path = path
    self.format = format
    self.partition = partition
    self.specID = specID
    self.recordCount = recordCount
    self.fileSize = fileSize
    self.columnSizes = columnSizes
    self.valueCounts = valueCounts
    self.nullCounts = nullCounts
    self.nanCounts = nanCounts
    self.lowerBounds = lowerBounds
    self.upperBounds = upperBounds
    self.splitOffsets = splitOffsets
    self.sortOrderID = sortOrderID
    equalityIDs = []
  }
}

/// A data file's entry in a manifest.
struct ManifestEntry: Hashable {
  enum Status: Int64, Hashable { case existing = 0, added = 1, deleted = 2 }

  var status: Status
  /// Nil in a new entry: inherited from the manifest list, so that a retried commit can keep the manifest.
  var snapshotID: Int64?
  var sequenceNumber: Int64?
  var fileSequenceNumber: Int64?
  var file: DataFile
}

/// A manifest's entry in a manifest list.
struct ManifestFile: Hashable {
  enum Content: Int64, Hashable { case data = 0, deletes = 1 }

  var path: String
  var length: Int64
  var specID: Int
  var content: Content
  var sequenceNumber: Int64
  var minSequenceNumber: Int64
  var addedSnapshotID: Int64
  var addedFiles: Int64
  var existingFiles: Int64
  var deletedFiles: Int64
  var addedRows: Int64
  var existingRows: Int64
  var deletedRows: Int64
  var partitions: [FieldSummary]?
  var keyMetadata: [UInt8]?

  /// What the values of one partition field are across a manifest's files.
  struct FieldSummary: Hashable {
    var containsNull: Bool
    var containsNaN: Bool?
    var lower: [UInt8]?
    var upper: [UInt8]?
  }
}
