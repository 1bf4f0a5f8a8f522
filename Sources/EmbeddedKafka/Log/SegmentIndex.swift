/// The sparse index of one segment: about every `index.interval.bytes` one batch by offset, position and time.
struct SegmentIndex: Equatable, Sendable {
  /// A batch's first offset, relative to the segment's, and where it stands in the file.
  struct Entry: Equatable, Sendable {
    var relativeOffset: UInt32
    var position: UInt32
  }

  private(set) var entries: [Entry] = []
  /// For each entry the largest timestamp of all batches before it; never falls.
  private(set) var timestampsBefore: [Int64] = []
  private var bytesSinceEntry = Int.max

  /// Takes note of a batch about to be added at `position`.
  mutating func add(relativeOffset: Int64, position: Int, size: Int, maxTimestampBefore: Int64, interval: Int) {
    if bytesSinceEntry >= interval {
      entries.append(
        Entry(relativeOffset: UInt32(truncatingIfNeeded: relativeOffset), position: UInt32(truncatingIfNeeded: position)))
      timestampsBefore.append(maxTimestampBefore)
      bytesSinceEntry = 0
    }
    bytesSinceEntry += size
  }

  /// Where to start looking for the batch that holds an offset: that batch or one before it. Nil for an empty segment.
  func entry(forRelativeOffset offset: Int64) -> Entry? {
    let after = entries.partitionPoint { Int64($0.relativeOffset) > offset }
    return after == 0 ? entries.first : entries[after - 1]
  }

  /// Where to start looking for the first batch whose largest timestamp is at least `timestampMs`.
  func position(forTimestamp timestampMs: Int64) -> Int {
    let after = timestampsBefore.partitionPoint { $0 >= timestampMs }
    return after == 0 ? 0 : Int(entries[after - 1].position)
  }

  /// The relative offset of a batch well behind `position`: the second indexed one, since offsets with holes
  /// may make the first the very batch that is looked for. Nil where the index ends before.
  func relativeOffset(beyond position: Int) -> Int64? {
    let index = entries.partitionPoint { Int($0.position) > position } + 1
    return index < entries.count ? Int64(entries[index].relativeOffset) : nil
  }
}

extension SegmentIndex {
  /// The content of `.index`, after the segment's summary.
  var encodedEntries: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(entries.count * 8 + 4)
    for entry in entries {
      bytes.appendBigEndian(entry.relativeOffset)
      bytes.appendBigEndian(entry.position)
    }
    bytes.appendBigEndian(CRC32C.checksum(bytes))
    return bytes
  }

  /// The content of `.timeindex`.
  var encodedTimestamps: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(timestampsBefore.count * 8 + 4)
    for timestamp in timestampsBefore { bytes.appendBigEndian(timestamp) }
    bytes.appendBigEndian(CRC32C.checksum(bytes))
    return bytes
  }

  /// Nil where either part is damaged or they do not belong together.
  init?(entries encodedEntries: [UInt8], timestamps: [UInt8]) {
    guard var reader = ChecksummedReader(encodedEntries), var times = ChecksummedReader(timestamps),
      reader.remaining == times.remaining
    else { return nil }
    while let offset = reader.next(UInt32.self), let position = reader.next(UInt32.self), let time = times.next(Int64.self) {
      entries.append(Entry(relativeOffset: offset, position: position))
      timestampsBefore.append(time)
    }
    // The distance from the last entry is not kept; the next batch gets an entry.
    bytesSinceEntry = Int.max
  }
}

extension Array {
  /// The index of the first element for which `isAfter` holds, in an array where those for which it does not come first.
  func partitionPoint(_ isAfter: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if isAfter(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
