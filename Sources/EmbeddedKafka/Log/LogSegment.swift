/// An aborted transaction as the segment that holds its marker keeps it.
struct AbortedEntry: Equatable, Sendable {
  var producerID: Int64
  var firstOffset: Int64
  /// The marker's.
  var lastOffset: Int64
  /// The last stable offset once the marker was written: later entries of the partition begin at or after it.
  var lastStableOffset: Int64
}

/// One file of batches with its indexes. Guarded by the lock of the log it belongs to, but for reads below `size`.
final class LogSegment {
  let baseOffset: Int64
  let directory: String
  let file: any DiskFile
  /// Bytes of whole batches.
  var size = 0
  /// The offset after the last batch.
  var nextOffset: Int64
  /// The largest timestamp of any batch; -1 for none.
  var maxTimestamp: Int64 = -1
  /// The broker's clock at the first and last append; 0 before.
  var firstAppendMs: Int64 = 0
  var lastAppendMs: Int64 = 0
  var aborted: [AbortedEntry] = []
  /// Nil until it is needed, for a segment whose index lies on disk.
  var loadedIndex: SegmentIndex?

  init(directory: String, baseOffset: Int64, file: any DiskFile) {
    self.directory = directory
    self.baseOffset = baseOffset
    self.file = file
    nextOffset = baseOffset
    loadedIndex = SegmentIndex()
  }

  var path: String { Self.path(directory, baseOffset, "log") }

  static let suffixes = ["log", "index", "timeindex", "txnindex", "snapshot"]

  /// `<20 digits>.<suffix>`.
  static func path(_ directory: String, _ baseOffset: Int64, _ suffix: String) -> String {
    let digits = String(baseOffset)
    return "\(directory)/\(String(repeating: "0", count: max(0, 20 - digits.count)))\(digits).\(suffix)"
  }

  /// The offset in a file's name, where it is one of a segment's.
  static func baseOffset(ofFile name: String, suffix: String) -> Int64? {
    guard name.hasSuffix("." + suffix) else { return nil }
    let digits = name.dropLast(suffix.count + 1)
    guard digits.count == 20, digits.allSatisfy({ ("0"..."9").contains($0) }) else { return nil }
    return Int64(digits)
  }

  /// Takes note of a batch that stands, or is about to be read, at the end of what is known.
  func note(_ header: BatchHeader, indexInterval: Int, nowMs: Int64) {
    loadedIndex?.add(
      relativeOffset: header.baseOffset - baseOffset, position: size, size: header.sizeInBytes,
      maxTimestampBefore: maxTimestamp, interval: indexInterval)
    size += header.sizeInBytes
    nextOffset = header.lastOffset + 1
    maxTimestamp = max(maxTimestamp, header.maxTimestamp)
    if firstAppendMs == 0 { firstAppendMs = nowMs }
    lastAppendMs = nowMs
  }

  /// Forgets everything known of the batches, before they are read again.
  func reset() {
    size = 0
    nextOffset = baseOffset
    maxTimestamp = -1
    aborted = []
    loadedIndex = SegmentIndex()
  }
}
