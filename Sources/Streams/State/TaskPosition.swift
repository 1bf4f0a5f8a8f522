/// Where a task stands in its source, kept in the changelog in the same transaction as the state that belongs to it.
///
/// Comparing it with the group's committed offset shows whether state and offsets are of one commit.
package struct TaskPosition: Equatable {
  /// The next offset to process.
  package var next: Int64
  /// The commit's number within its worker's life; for people who read the changelog.
  package var checkpoint: UInt64

  private static let version: UInt8 = 1

  package var bytes: [UInt8] {
    var bytes = [Self.version]
    withUnsafeBytes(of: next.bigEndian) { bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: checkpoint.bigEndian) { bytes.append(contentsOf: $0) }
    return bytes
  }

  package init(next: Int64, checkpoint: UInt64) {
    self.next = next
    self.checkpoint = checkpoint
  }

  /// Nil when the bytes are of another version or damaged.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count == 17, bytes[0] == Self.version else { return nil }
    next = Int64(bitPattern: Self.bigEndian(bytes[1..<9]))
    checkpoint = Self.bigEndian(bytes[9..<17])
    guard next >= 0 else { return nil }
  }

  private static func bigEndian(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}

/// What a restored partition's position says together with the group's committed offset.
package enum StartDecision: Equatable {
  /// Nothing was ever committed: begin with the first record kept.
  case fromTheBeginning
  case from(Int64)
  /// The group's offsets are gone (they expire when a group is empty for long), the state is not: go on where it stands.
  case fromStateAlone(Int64)
  /// Neither order of events explains it.
  case refused(String)

  package init(position: TaskPosition?, committed: Int64?, partition: String) {
    switch (position, committed) {
    case (nil, nil): self = .fromTheBeginning
    case (let position?, nil): self = .fromStateAlone(position.next)
    case (let position?, let committed?) where position.next == committed: self = .from(committed)
    case (nil, let committed?):
      self = .refused("\(partition) was committed up to \(committed), but its changelog holds no state")
    case (let position?, let committed?):
      self = .refused("\(partition) was committed up to \(committed), but its state stands at \(position.next)")
    }
  }
}
