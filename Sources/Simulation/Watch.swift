import EmbeddedKafka

/// A reader of committed output that looks on while things happen, and what it has seen.
struct Watch {
  private var next: [Int32: Int64] = [:]
  /// By partition of `out`, in order.
  private(set) var records: [Int32: [SteppedRecord]] = [:]
  private var lines: Set<String> = []
  private var ends: [String: Int64] = [:]

  /// Reads on; what is wrong with what came.
  mutating func read(_ broker: SteppedBroker) -> String? {
    for partition in 0..<SimulatedWorld.partitions {
      while true {
        let from = next[partition] ?? 0
        let answer = broker.handle(.fetch(SteppedPartition("out", partition), from: from, committedOnly: true))
        guard answer.code == 0 else { return "out-\(partition) cannot be read at \(from): code \(answer.code)" }
        guard answer.next > from else { break }
        next[partition] = answer.next
        for record in answer.records {
          records[partition, default: []].append(record)
          if let objection = take(String(decoding: record.value ?? [], as: UTF8.self)) { return objection }
        }
      }
    }
    return nil
  }

  private mutating func take(_ line: String) -> String? {
    if let audit = AuditLine(line) {
      let name = "\(audit.partition) \(audit.query)"
      guard audit.isBalanced else { return "I2: the audit does not add up: \(line)" }
      let end = ends[name] ?? 0
      guard audit.from == end else { return "the audit begins at \(audit.from) instead of \(end): \(line)" }
      ends[name] = audit.to
      return nil
    }
    // A window is known by partition, query, start and group; a late or invalid record by its offset and query.
    let parts = line.split(separator: "|", omittingEmptySubsequences: false)
    let identity = parts.prefix(line.hasPrefix("C") ? 5 : parts.count).joined(separator: "|")
    return lines.insert(identity).inserted ? nil : "I3: written twice: \(line)"
  }
}
