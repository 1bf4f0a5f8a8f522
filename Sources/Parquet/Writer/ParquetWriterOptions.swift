/// Settings of a writer; the defaults suit lake tables.
public struct ParquetWriterOptions: Sendable {
  public enum Compression: Hashable, Sendable {
    case uncompressed
    /// Level 1 (fastest) to 19.
    case zstd(level: Int)
  }

  public enum PageVersion: Hashable, Sendable { case v1, v2 }

  public var compression = Compression.zstd(level: 1)
  public var pageVersion = PageVersion.v1
  /// A row group ends at this many rows…
  public var rowGroupRows = 1_048_576
  /// …or at this many bytes on disk.
  public var rowGroupBytes = 128 << 20
  /// A page ends at this many rows…
  public var pageRows = 20_000
  /// …or about this many bytes before compression.
  public var pageBytes = 1 << 20
  /// A column gives up its dictionary when that exceeds this many bytes.
  public var dictionaryBytes = 1 << 20
  /// Whether to write column and offset indexes where a chunk has more than one page.
  public var pageIndex = true
  /// Longer bounds of strings are shortened in the statistics and marked as not exact.
  public var statisticsBytes = 1024
  /// The order of the rows, if the caller keeps one. The writer records it and does not check it.
  public var sortingColumns: [SortingColumn] = []
  /// Text for the footer's key-value metadata.
  public var keyValues: [(key: String, value: String)] = []
  /// The footer's `created_by`.
  public var createdBy = "wick version 0.1.0"

  public init() {}

  func check() throws {
    if case .zstd(let level) = compression, !(1...19).contains(level) {
      throw ParquetError(.misuse, "The zstd level is \(level); choose 1 to 19")
    }
    guard rowGroupRows > 0, rowGroupBytes > 0, pageRows > 0, pageBytes > 0, dictionaryBytes >= 0, statisticsBytes >= 16 else {
      throw ParquetError(.misuse, "A size in the writer's options is not positive (or statisticsBytes below 16); correct it")
    }
  }
}
