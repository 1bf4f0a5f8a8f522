import CrashPoints

extension PartitionLog {
  /// Finds the segments, and scans those whose indexes cannot be relied on.
  func open(_ corruption: CorruptionPolicy) throws(LogError) {
    let existed = try !disk.list(directory).isEmpty
    if !existed {
      try disk.createDirectory(directory)
      try disk.syncDirectory(Self.parent(of: directory))
    }
    let checkpoint = try loadCheckpoint()
    startOffset = checkpoint?.logStartOffset ?? 0
    epochs = checkpoint?.epochs ?? LeaderEpochs()
    compactedEnd = checkpoint?.compactedEnd ?? 0
    hasHoles = compactedEnd > 0 || checkpoint == nil
    let files = try openSegments()
    guard !files.isEmpty else {
      guard corruption == .truncate || (checkpoint?.recoveryPoint ?? 0) <= startOffset else {
        throw LogError(.corruptLog, "\(directory) has lost all its segments; restore them, or open with what is left")
      }
      return try createFirst(existed)
    }
    guard checkpoint == nil || files[0] <= startOffset || corruption == .truncate else {
      throw LogError(
        .corruptLog,
        "\(directory) begins at offset \(files[0]) instead of \(startOffset); restore the missing file, or open with what is left"
      )
    }
    let sizes = try segmentSizes()
    let firstToScan = try loadSidecars(sizes, hasCheckpoint: checkpoint != nil)
    if try openClean(firstToScan) { return try finishOpening() }
    try recover(from: min(firstToScan, segments.count - 1), sizes, checkpoint?.recoveryPoint, corruption)
    try finishOpening()
  }

  private static func parent(of directory: String) -> String {
    guard let slash = directory.lastIndex(of: "/") else { return "." }
    return slash == directory.startIndex ? "/" : String(directory[..<slash])
  }

  /// Nil where it is missing or damaged: epochs and log start then follow from the segments.
  private func loadCheckpoint() throws(LogError) -> LogCheckpoint? {
    guard let bytes = try disk.contents("\(directory)/\(LogCheckpoint.fileName)") else { return nil }
    return LogCheckpoint(bytes)
  }

  private func createFirst(_ existed: Bool) throws(LogError) {
    segments = [LogSegment(directory: directory, baseOffset: startOffset, file: try createSegmentFile(startOffset))]
    hasHoles = false
    epochs.assign(existed ? epochs.latest + 1 : 0, startOffset: startOffset)
    // Nothing is lost with it yet.
    try writeCheckpoint(recoveryPoint: startOffset, durable: existed)
    report.wasClean = !existed
    try finishOpening()
  }

  /// Opens the segment files in order; removes those below the log start and half-written ones.
  private func openSegments() throws(LogError) -> [Int64] {
    let names = try disk.list(directory)
    for name in names where name.hasSuffix(".tmp") { try disk.remove("\(directory)/\(name)") }
    var bases = names.compactMap { LogSegment.baseOffset(ofFile: $0, suffix: "log") }.sorted()
    while bases.count > 1, bases[1] <= startOffset { try removeFiles(ofSegment: bases.removeFirst(), keepSnapshot: false) }
    segments = []
    for base in bases {
      let file = try disk.open(LogSegment.path(directory, base, "log"), create: false)
      segments.append(LogSegment(directory: directory, baseOffset: base, file: file))
    }
    return bases
  }

  private func segmentSizes() throws(LogError) -> [Int] {
    var sizes: [Int] = []
    for segment in segments { sizes.append(try segment.file.size()) }
    return sizes
  }

  /// The index of the first segment that has to be scanned, `segments.count` for none.
  private func loadSidecars(_ sizes: [Int], hasCheckpoint: Bool) throws(LogError) -> Int {
    for (index, segment) in segments.enumerated() {
      guard hasCheckpoint, try segment.loadSidecars(disk, fileSize: sizes[index]) else { return index }
      let next = index + 1 < segments.count ? segments[index + 1].baseOffset : segment.nextOffset
      guard segment.nextOffset == next else { return index }
    }
    return segments.count
  }

  /// True where the log was closed in order and everything fits together: nothing is scanned.
  private func openClean(_ firstToScan: Int) throws(LogError) -> Bool {
    guard firstToScan == segments.count,
      let bytes = try disk.contents("\(directory)/\(CleanShutdownMarker.fileName)"), let marker = CleanShutdownMarker(bytes),
      marker.segmentBase == active.baseOffset, marker.segmentSize == Int64(active.size), marker.logEndOffset == end,
      let table = try loadSnapshot(end)
    else { return false }
    // The last segment's index must be at hand, since appends add to it.
    _ = try active.index(disk, interval: settings.indexIntervalBytes)
    producers = table
    hasCleanMarker = true
    return true
  }

  private func loadSnapshot(_ offset: Int64) throws(LogError) -> ProducerTable? {
    guard let bytes = try disk.contents(LogSegment.path(directory, offset, "snapshot")) else { return nil }
    return ProducerTable(snapshot: bytes, offset: offset)
  }

  /// Scans the segments from the nearest one at whose start the producers' state is known.
  private func recover(
    from first: Int, _ sizes: [Int], _ checkpointed: Int64?, _ corruption: CorruptionPolicy
  ) throws(LogError) {
    let recoveryPoint = checkpointed ?? 0
    report.wasClean = false
    try disk.remove("\(directory)/\(CleanShutdownMarker.fileName)")
    var index = first
    var known = try loadSnapshot(segments[index].baseOffset)
    while known == nil, index > 0 {
      index -= 1
      known = try loadSnapshot(segments[index].baseOffset)
    }
    producers = known ?? ProducerTable()
    while index < segments.count {
      let isCut = try scan(index, sizes[index], recoveryPoint, hasCheckpoint: checkpointed != nil, corruption)
      if isCut { try dropSegments(after: index) }
      index += 1
    }
    guard end >= recoveryPoint || corruption == .truncate else {
      throw LogError(
        .corruptLog,
        "\(directory) ends at offset \(end), but everything below \(recoveryPoint) had reached the disk; "
          + "restore the missing file, or open with what is left")
    }
    try active.file.sync()
    epochs.truncate(toEnd: end)
    epochs.assign(epochs.latest + 1, startOffset: end)
    startOffset = min(max(startOffset, segments[0].baseOffset), end)
    try writeCheckpoint(recoveryPoint: end)
  }

  /// Reads a segment's batches into its index and the producers' state. True where it was cut off before its end.
  private func scan(
    _ index: Int, _ size: Int, _ recoveryPoint: Int64, hasCheckpoint: Bool, _ corruption: CorruptionPolicy
  ) throws(LogError) -> Bool {
    let segment = segments[index]
    let isLast = index == segments.count - 1
    segment.reset()
    report.scannedSegments += 1
    try keepSnapshot(segment.baseOffset)
    let now = clock()
    let rules = BatchScanner.Rules(hasHoles: hasHoles, maxEpoch: hasCheckpoint ? epochs.latest : .max)
    var scanner = BatchScanner(file: segment.file, end: size, nextOffset: segment.baseOffset, rules)
    while true {
      switch try scanner.next() {
      case .batch(let header, _, let marker):
        note(header, marker, segment, now)
      case .end:
        if !isLast { try segment.writeSidecars(disk) }
        return try isCutAfter(index, corruption)
      case .bad(let position, let why):
        try checkTorn(segment, isLast, position, why, recoveryPoint, corruption)
        report.truncatedBytes += size - position
        CrashPoint.hit("log.truncate")
        try segment.file.truncate(to: position)
        try segment.file.sync()
        CrashPoint.hit("log.truncate", .after)
        return !isLast
      }
    }
  }

  private func note(_ header: BatchHeader, _ marker: ControlBatch.Marker?, _ segment: LogSegment, _ now: Int64) {
    segment.note(header, indexInterval: settings.indexIntervalBytes, nowMs: now)
    epochs.assign(header.partitionLeaderEpoch, startOffset: header.baseOffset)
    if !header.isControl { return producers.record(header, nowMs: now) }
    guard let marker, let completed = producers.record(marker: marker, header, nowMs: now) else { return }
    noteAborted(completed, in: segment)
  }

  /// The snapshot at a segment's start, written again where the scan has come past it and it was lost.
  private func keepSnapshot(_ offset: Int64) throws(LogError) {
    guard offset > 0, try loadSnapshot(offset) == nil else { return }
    try disk.replace(LogSegment.path(directory, offset, "snapshot"), with: producers.snapshot(at: offset), durable: true)
  }

  /// Only bytes that were never synced may be torn: the last segment's, from the recovery point on.
  private func checkTorn(
    _ segment: LogSegment, _ isLast: Bool, _ position: Int, _ why: String, _ recoveryPoint: Int64,
    _ corruption: CorruptionPolicy
  ) throws(LogError) {
    guard !isLast || segment.nextOffset < recoveryPoint, corruption == .refuse else { return }
    throw LogError(
      .corruptLog,
      "\(segment.path) is damaged at byte \(position) (\(why)), at offset \(segment.nextOffset), which had reached the disk; "
        + "restore the file, or open with the damage cut off")
  }

  /// Whether the log has to be cut off after this segment because the next one does not continue it.
  private func isCutAfter(_ index: Int, _ corruption: CorruptionPolicy) throws(LogError) -> Bool {
    let segment = segments[index]
    guard index + 1 < segments.count, segments[index + 1].baseOffset != segment.nextOffset else { return false }
    guard corruption == .truncate else {
      throw LogError(
        .corruptLog,
        "\(segment.path) ends at offset \(segment.nextOffset) (byte \(segment.size)), but the next segment begins at "
          + "\(segments[index + 1].baseOffset); restore the file, or open with the rest cut off")
    }
    return true
  }

  private func dropSegments(after index: Int) throws(LogError) {
    while segments.count > index + 1 {
      let dropped = segments.removeLast()
      report.truncatedBytes += try dropped.file.size()
      try removeFiles(ofSegment: dropped.baseOffset, keepSnapshot: false)
    }
  }

  /// What both ways of opening end with.
  private func finishOpening() throws(LogError) {
    flushedEnd = end
    visibleEnd = end
    lastFlushMs = clock()
    startOffset = max(startOffset, segments[0].baseOffset)
    let kept = Set(segments.map(\.baseOffset) + (hasCleanMarker ? [end] : []))
    for name in try disk.list(directory) {
      guard let offset = LogSegment.baseOffset(ofFile: name, suffix: "snapshot"), !kept.contains(offset) else { continue }
      try disk.remove("\(directory)/\(name)")
    }
  }

  /// Removes a segment's files, the batches last, so that a crash in between leaves a segment that can still be opened.
  func removeFiles(ofSegment base: Int64, keepSnapshot: Bool) throws(LogError) {
    for suffix in LogSegment.suffixes.reversed() where suffix != "log" && !(keepSnapshot && suffix == "snapshot") {
      try disk.remove(LogSegment.path(directory, base, suffix))
    }
    CrashPoint.hit("log.delete")
    try disk.remove(LogSegment.path(directory, base, "log"))
    CrashPoint.hit("log.delete", .after)
  }
}
