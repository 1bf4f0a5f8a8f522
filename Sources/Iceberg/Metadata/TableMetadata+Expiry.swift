import JSON

extension TableMetadata {
  /// The snapshots that an expiry would forget now.
  public func expiring(_ expiry: SnapshotExpiry) -> [Snapshot] {
    var copy = self
    return copy.expire(expiry)
  }

  /// Forgets snapshots, and returns them: those made before the limit that are neither among the newest of the main branch, nor tagged,
  /// nor on another branch. The current one always stays.
  ///
  /// Of the log of current snapshots everything up to a forgotten one goes with it, since readers take the log for complete
  /// (specification, "Snapshots").
  mutating func expire(_ expiry: SnapshotExpiry) -> [Snapshot] {
    let kept = keptByReferences().union(keptByAge(expiry))
    let expired = snapshots.filter { !kept.contains($0.id) && $0.timestampMillis < expiry.olderThanMillis }
    guard !expired.isEmpty else { return [] }
    let gone = Set(expired.map(\.id))
    snapshots.removeAll { gone.contains($0.id) }
    if let last = snapshotLog.lastIndex(where: { gone.contains($0.snapshotID) }) { snapshotLog.removeFirst(last + 1) }
    extra = extra.map { Self.withoutStatistics(of: gone, $0) }
    return expired
  }

  /// The newest of the main branch.
  private func keptByAge(_ expiry: SnapshotExpiry) -> Set<Int64> {
    var kept: Set<Int64> = []
    for (index, snapshot) in ancestry.enumerated() {
      guard index < expiry.keepLast || snapshot.timestampMillis >= expiry.olderThanMillis else { break }
      kept.insert(snapshot.id)
    }
    return kept
  }

  /// What tags name, and all of other branches.
  private func keptByReferences() -> Set<Int64> {
    var kept: Set<Int64> = []
    for (name, reference) in references where name != Self.mainBranch {
      var next: Int64? = reference.snapshotID
      while let id = next, let snapshot = snapshot(id: id), kept.insert(id).inserted {
        next = reference.isTag ? nil : snapshot.parentID
      }
    }
    return kept
  }

  private static func withoutStatistics(of gone: Set<Int64>, _ member: JSONValue.Member) -> JSONValue.Member {
    guard ["statistics", "partition-statistics"].contains(member.name), let entries = member.value.arrayValue else {
      return member
    }
    let left = entries.filter { entry in entry["snapshot-id"]?.int64Value.map { !gone.contains($0) } ?? true }
    return .init(member.name, .array(left))
  }
}
