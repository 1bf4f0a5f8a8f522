/// Reads the batches of a segment file one after the other, checking length, format, order and checksum of each.
struct BatchScanner {
  enum Step {
    /// A good batch, its position, and what it says if it is a marker.
    case batch(BatchHeader, position: Int, marker: ControlBatch.Marker?)
    case end
    /// The bytes at `position` are no batch that belongs there.
    case bad(position: Int, why: String)
  }

  /// What the parts of a batch outside of its checksum must be.
  struct Rules {
    /// Offsets may be missing between batches.
    var hasHoles = true
    /// The largest leader epoch ever given out.
    var maxEpoch = Int32.max
  }

  private let file: any DiskFile
  private let end: Int
  private let rules: Rules
  private var leaderEpoch: Int32 = -1
  private var position: Int
  private var nextOffset: Int64
  private var buffer: [UInt8] = []
  private var bufferStart = 0

  /// - Parameters:
  ///   - position: where a batch begins.
  ///   - nextOffset: the smallest offset that the batch there may have.
  init(file: any DiskFile, position: Int = 0, end: Int, nextOffset: Int64, _ rules: Rules = Rules()) {
    self.rules = rules
    self.file = file
    self.position = position
    self.end = end
    self.nextOffset = nextOffset
  }

  mutating func next() throws(LogError) -> Step {
    guard position < end else { return .end }
    guard end - position >= BatchHeader.size else { return .bad(position: position, why: "the file ends inside a batch header") }
    try fill(BatchHeader.size)
    let size = buffer.withUnsafeBytes { raw in
      Int(raw.bigEndian(position - bufferStart + 8, as: Int32.self)) + BatchHeader.lengthPrefix
    }
    guard size >= BatchHeader.size else { return .bad(position: position, why: "impossible batch length") }
    guard size <= end - position else { return .bad(position: position, why: "the file ends inside a batch") }
    try fill(size)
    let step = examine(size)
    if case .batch(let header, _, _) = step {
      position += size
      nextOffset = header.lastOffset + 1
      leaderEpoch = header.partitionLeaderEpoch
    }
    return step
  }

  private func examine(_ size: Int) -> Step {
    buffer.withUnsafeBytes { raw in
      let start = position - bufferStart
      let batch = UnsafeRawBufferPointer(rebasing: raw[start..<(start + size)])
      do throws(BatchError) {
        let header = try BatchHeader(parsing: batch)
        guard header.baseOffset == nextOffset || (rules.hasHoles && header.baseOffset > nextOffset) else {
          return .bad(position: position, why: "offset \(header.baseOffset) where \(nextOffset) belongs")
        }
        guard header.partitionLeaderEpoch >= leaderEpoch, header.partitionLeaderEpoch <= rules.maxEpoch else {
          return .bad(position: position, why: "leader epoch \(header.partitionLeaderEpoch) was never given out")
        }
        let summed = UnsafeRawBufferPointer(rebasing: batch[BatchHeader.checksumStart...])
        guard CRC32C.checksum(summed) == header.crc else { return .bad(position: position, why: "wrong checksum") }
        let marker = header.isControl ? try ControlBatch.parse(batch) : nil
        return .batch(header, position: position, marker: marker)
      } catch {
        return .bad(position: position, why: error.message)
      }
    }
  }

  /// Makes `count` bytes from `position` available in the buffer.
  private mutating func fill(_ count: Int) throws(LogError) {
    if position >= bufferStart, position + count <= bufferStart + buffer.count { return }
    bufferStart = position
    buffer = try readBytes(file, at: position, count: min(max(count, 1 << 20), end - position))
    guard buffer.count >= count else { throw LogError(.storage, "a segment file shrank while it was read") }
  }
}

/// Up to `count` bytes of a file, fewer where it ends.
func readBytes(_ file: any DiskFile, at position: Int, count: Int) throws(LogError) -> [UInt8] {
  var failure: LogError?
  let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
    do throws(LogError) {
      filled = try file.read(
        into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count]), at: position)
    } catch {
      failure = error
    }
  }
  if let failure { throw failure }
  return bytes
}
