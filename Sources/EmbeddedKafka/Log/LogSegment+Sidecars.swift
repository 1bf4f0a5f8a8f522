extension LogSegment {
  private static let magic: UInt32 = 0x574b_4958
  private static let summarySize = 64

  /// Writes the indexes beside the segment. They are shortcuts with checksums: lost or torn, they are built again.
  func writeSidecars(_ disk: any Disk) throws(LogError) {
    guard let index = loadedIndex else { return }
    if !aborted.isEmpty { try disk.replace(Self.path(directory, baseOffset, "txnindex"), with: encodedAborted, durable: false) }
    try disk.replace(Self.path(directory, baseOffset, "timeindex"), with: index.encodedTimestamps, durable: false)
    try disk.replace(Self.path(directory, baseOffset, "index"), with: summary + index.encodedEntries, durable: false)
  }

  /// Takes the summary and aborted transactions from disk; the index follows when it is needed.
  ///
  /// False where they are missing, damaged or of another state of the segment: it has to be scanned.
  func loadSidecars(_ disk: any Disk, fileSize: Int) throws(LogError) -> Bool {
    guard let bytes = try disk.contents(Self.path(directory, baseOffset, "index")), bytes.count >= Self.summarySize,
      var reader = ChecksummedReader(Array(bytes[..<Self.summarySize])), reader.next(UInt32.self) == Self.magic,
      reader.next(Int64.self) == Int64(fileSize), let next = reader.next(Int64.self), let newest = reader.next(Int64.self),
      let first = reader.next(Int64.self), let last = reader.next(Int64.self), let count = reader.next(Int64.self),
      let transactions = try loadAborted(disk, count)
    else { return false }
    size = fileSize
    nextOffset = next
    maxTimestamp = newest
    firstAppendMs = first
    lastAppendMs = last
    aborted = transactions
    loadedIndex = nil
    return true
  }

  /// The index, read or where that fails built from the batches' headers.
  func index(_ disk: any Disk, interval: Int) throws(LogError) -> SegmentIndex {
    if let loadedIndex { return loadedIndex }
    let stored = try readIndex(disk)
    if let stored {
      loadedIndex = stored
      return stored
    }
    let rebuilt = try rebuiltIndex(interval)
    loadedIndex = rebuilt
    return rebuilt
  }

  private func readIndex(_ disk: any Disk) throws(LogError) -> SegmentIndex? {
    guard let entries = try disk.contents(Self.path(directory, baseOffset, "index")), entries.count >= Self.summarySize,
      let timestamps = try disk.contents(Self.path(directory, baseOffset, "timeindex"))
    else { return nil }
    return SegmentIndex(entries: Array(entries[Self.summarySize...]), timestamps: timestamps)
  }

  private func rebuiltIndex(_ interval: Int) throws(LogError) -> SegmentIndex {
    var index = SegmentIndex()
    var newest: Int64 = -1
    var scanner = BatchScanner(file: file, end: size, nextOffset: baseOffset)
    while true {
      switch try scanner.next() {
      case .end: return index
      case .bad(let position, let why): throw LogError(.corruptLog, "\(path) is damaged at byte \(position): \(why)")
      case .batch(let header, let position, _):
        index.add(
          relativeOffset: header.baseOffset - baseOffset, position: position, size: header.sizeInBytes,
          maxTimestampBefore: newest, interval: interval)
        newest = max(newest, header.maxTimestamp)
      }
    }
  }

  private var summary: [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendBigEndian(Self.magic)
    for field in [Int64(size), nextOffset, maxTimestamp, firstAppendMs, lastAppendMs, Int64(aborted.count), 0] {
      bytes.appendBigEndian(field)
    }
    bytes.appendBigEndian(CRC32C.checksum(bytes))
    return bytes
  }

  private var encodedAborted: [UInt8] {
    var bytes: [UInt8] = []
    for entry in aborted {
      for field in [entry.producerID, entry.firstOffset, entry.lastOffset, entry.lastStableOffset] {
        bytes.appendBigEndian(field)
      }
    }
    bytes.appendBigEndian(CRC32C.checksum(bytes))
    return bytes
  }

  private func loadAborted(_ disk: any Disk, _ count: Int64) throws(LogError) -> [AbortedEntry]? {
    guard count > 0 else { return [] }
    guard let bytes = try disk.contents(Self.path(directory, baseOffset, "txnindex")), var reader = ChecksummedReader(bytes),
      Int64(reader.remaining) == count * 32
    else { return nil }
    var result: [AbortedEntry] = []
    while let producerID = reader.next(Int64.self), let first = reader.next(Int64.self), let last = reader.next(Int64.self),
      let stable = reader.next(Int64.self)
    {
      result.append(AbortedEntry(producerID: producerID, firstOffset: first, lastOffset: last, lastStableOffset: stable))
    }
    return result
  }
}
