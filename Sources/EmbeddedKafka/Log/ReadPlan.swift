/// A read decided under the log's lock and carried out without it.
struct ReadPlan {
  struct Segment {
    var file: any DiskFile
    var path: String
    /// Where to look for the first batch.
    var start: Int
    var end: Int
    /// The offset of the batch that begins at `start`, and the one after the last batch.
    var startOffset: Int64
    var endOffset: Int64
    var hasHoles: Bool
    /// The next segment's base offset; `Int64.max` for none.
    var following: Int64
  }

  var slice: FetchSlice
  /// Nil where there is nothing to read.
  var segment: Segment?
  /// Batches at or above this offset may not be seen.
  var limit: Int64
  /// Aborted transactions were collected up to here; the read must not go beyond it. Nil where none were.
  var abortedBound: Int64?

  private static let probeSize = 4096

  /// Reads the batches from the one that holds `offset` on. False where the segment has none there: the next may.
  mutating func fill(_ offset: Int64, _ maxBytes: Int, _ minOneBatch: Bool) throws(LogError) -> Bool {
    guard let segment, let first = try locate(offset, segment) else {
      return segment?.following == .max
    }
    guard first.header.baseOffset < limit else { return true }
    guard minOneBatch || first.header.sizeInBytes <= maxBytes else { return true }
    let room = min(max(maxBytes, first.header.sizeInBytes), segment.end - first.position)
    var failure: LogError?
    let cap = min(limit, abortedBound ?? limit)
    var next = offset
    slice.bytes = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
      let raw = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<room])
      do throws(LogError) {
        let filled = try segment.file.read(into: raw, at: first.position)
        count = try Self.wholeBatches(UnsafeRawBufferPointer(rebasing: raw[..<filled]), cap, segment, first, &next)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    slice.nextOffset = next
    slice.abortedTransactions.removeAll { $0.firstOffset >= next }
    return true
  }

  /// Offsets are outside of the checksum that clients look at, so one that does not fit its neighbours must be found here.
  private static func check(_ header: BatchHeader, _ expected: Int64, _ segment: Segment, _ position: Int) throws(LogError) {
    let follows = header.baseOffset == expected || (segment.hasHoles && header.baseOffset > expected)
    guard follows, header.lastOffset < segment.endOffset else {
      throw damaged(segment, position, "offset \(header.baseOffset) where \(expected) belongs")
    }
  }

  private struct Located {
    var header: BatchHeader
    var position: Int
  }

  /// Walks from an indexed batch to the one whose last offset is not below `offset`.
  private func locate(_ offset: Int64, _ segment: Segment) throws(LogError) -> Located? {
    var position = segment.start
    var probe: [UInt8] = []
    var probeStart = position
    var expected = segment.startOffset
    while segment.end - position >= BatchHeader.size {
      if position + BatchHeader.size > probeStart + probe.count {
        probe = try readBytes(segment.file, at: position, count: min(Self.probeSize, segment.end - position))
        probeStart = position
      }
      let header = try Self.header(probe, position - probeStart, segment, position)
      try Self.check(header, expected, segment, position)
      if header.lastOffset >= offset { return Located(header: header, position: position) }
      position += header.sizeInBytes
      expected = header.lastOffset + 1
    }
    return nil
  }

  private static func header(
    _ bytes: [UInt8], _ index: Int, _ segment: Segment, _ position: Int
  ) throws(LogError) -> BatchHeader {
    var result: BatchHeader?
    var why = ""
    bytes.withUnsafeBytes { raw in
      do throws(BatchError) { result = try BatchHeader(parsing: UnsafeRawBufferPointer(rebasing: raw[index...])) } catch {
        why = error.message
      }
    }
    guard let result else { throw damaged(segment, position, why) }
    return result
  }

  /// Bytes of the whole batches below `cap`; `next` becomes the offset after the last of them.
  private static func wholeBatches(
    _ bytes: UnsafeRawBufferPointer, _ cap: Int64, _ segment: Segment, _ first: Located, _ next: inout Int64
  ) throws(LogError) -> Int {
    var position = 0
    var expected = first.header.baseOffset
    while bytes.count - position >= BatchHeader.size {
      let header: BatchHeader
      do throws(BatchError) {
        header = try BatchHeader(parsing: UnsafeRawBufferPointer(rebasing: bytes[position...]))
      } catch {
        throw damaged(segment, first.position + position, error.message)
      }
      // What was appended since the read was planned lies beyond the cap.
      if header.baseOffset >= expected, header.baseOffset >= cap, header.baseOffset >= segment.endOffset { break }
      try check(header, expected, segment, first.position + position)
      guard header.baseOffset < cap, header.sizeInBytes <= bytes.count - position else { break }
      position += header.sizeInBytes
      expected = header.lastOffset + 1
      next = expected
    }
    return position
  }

  private static func damaged(_ segment: Segment, _ position: Int, _ why: String) -> LogError {
    LogError(.corruptLog, "\(segment.path) is damaged at byte \(position) (\(why)); restore the file")
  }
}
