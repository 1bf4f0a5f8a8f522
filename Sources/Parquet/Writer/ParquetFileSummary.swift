/// What a finished file holds: all that an Iceberg manifest says about it.
public struct ParquetFileSummary: Sendable, Equatable {
  /// One column over the whole file.
  public struct Column: Sendable, Equatable {
    public var name: String
    public var fieldID: Int32?
    /// Bytes on disk of all its chunks, page headers and dictionary included.
    public var compressedSize: Int64
    /// Rows, nulls and NaNs included.
    public var valueCount: Int64
    public var nullCount: Int64
    /// 0 for types that have no NaN.
    public var nanCount: Int64
    /// The least and greatest value, whole (not truncated); nil when every row is null or NaN.
    public var lower: ParquetValue?
    public var upper: ParquetValue?
  }

  public var fileSize: Int64
  public var rowCount: Int64
  /// Where each row group begins, ascending.
  public var splitOffsets: [Int64]
  /// In the order of the schema.
  public var columns: [Column]
}
