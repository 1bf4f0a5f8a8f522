/// What a partition must remember beside its batches; small, replaced as a whole, with a checksum.
struct LogCheckpoint: Equatable, Sendable {
  static let fileName = "log-checkpoint"
  private static let magic: UInt32 = 0x574b_4c43

  var logStartOffset: Int64 = 0
  /// Everything below was synced: damage there is no crash's doing.
  var recoveryPoint: Int64 = 0
  /// Below this offset the log has been compacted, so offsets may be missing between batches.
  var compactedEnd: Int64 = 0
  var epochs = LeaderEpochs()

  init() {}

  /// Nil where the bytes are damaged.
  init?(_ bytes: [UInt8]) {
    guard var reader = ChecksummedReader(bytes), reader.next(UInt32.self) == Self.magic,
      let start = reader.next(Int64.self), let recovery = reader.next(Int64.self), let compacted = reader.next(Int64.self),
      let count = reader.next(Int32.self)
    else { return nil }
    logStartOffset = start
    recoveryPoint = recovery
    compactedEnd = compacted
    var entries: [LeaderEpochs.Entry] = []
    for _ in 0..<max(0, count) {
      guard let epoch = reader.next(Int32.self), let offset = reader.next(Int64.self) else { return nil }
      entries.append(LeaderEpochs.Entry(epoch: epoch, startOffset: offset))
    }
    epochs = LeaderEpochs(entries: entries)
  }

  var encoded: [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendBigEndian(Self.magic)
    bytes.appendBigEndian(logStartOffset)
    bytes.appendBigEndian(recoveryPoint)
    bytes.appendBigEndian(compactedEnd)
    bytes.appendBigEndian(Int32(epochs.entries.count))
    for entry in epochs.entries {
      bytes.appendBigEndian(entry.epoch)
      bytes.appendBigEndian(entry.startOffset)
    }
    bytes.appendBigEndian(CRC32C.checksum(bytes))
    return bytes
  }
}

/// Says that a log was closed in order, and of which last segment it speaks: a marker that outlived later appends does
/// not fit them.
struct CleanShutdownMarker: Equatable, Sendable {
  static let fileName = "clean-shutdown"

  var segmentBase: Int64
  var segmentSize: Int64
  var logEndOffset: Int64

  init(segmentBase: Int64, segmentSize: Int64, logEndOffset: Int64) {
    self.segmentBase = segmentBase
    self.segmentSize = segmentSize
    self.logEndOffset = logEndOffset
  }

  init?(_ bytes: [UInt8]) {
    guard var reader = ChecksummedReader(bytes), let base = reader.next(Int64.self), let size = reader.next(Int64.self),
      let end = reader.next(Int64.self)
    else { return nil }
    self.init(segmentBase: base, segmentSize: size, logEndOffset: end)
  }

  var encoded: [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendBigEndian(segmentBase)
    bytes.appendBigEndian(segmentSize)
    bytes.appendBigEndian(logEndOffset)
    bytes.appendBigEndian(CRC32C.checksum(bytes))
    return bytes
  }
}
