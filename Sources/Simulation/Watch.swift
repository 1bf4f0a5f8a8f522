import EmbeddedKafka

/// A reader of committed output that looks on while things happen, and what it has seen.
struct Watch {
  private var next: [Int32: Int64] = [:]
  /// Lines written about each source partition, in order within a partition of `out`.
  private(set) var audits: [Int32: [AuditLine]] = [:]
  private(set) var results: [Int32: [String]] = [:]
  private var identities: Set<ArraySlice<UInt8>> = []
  private var ends: [String: Int64] = [:]

  /// Reads on; what is wrong with what came.
  mutating func read(_ world: SimulatedWorld, _ broker: SteppedBroker) -> String? {
    for partition in 0..<SimulatedWorld.partitions {
      while true {
        let from = next[partition] ?? 0
        let answer = broker.handle(.fetch(SteppedPartition("out", partition), from: from, world.isolation))
        guard answer.code == 0 else { return "out-\(partition) cannot be read at \(from): code \(answer.code)" }
        guard answer.next > from else { break }
        next[partition] = answer.next
        if answer.skipped > 0 { world.note(.abortedRecordsSkipped) }
        for record in answer.records {
          if let objection = take(record.value ?? [], world) { return objection }
        }
      }
    }
    return nil
  }

  private mutating func take(_ bytes: [UInt8], _ world: SimulatedWorld) -> String? {
    if let audit = AuditLine(bytes) {
      if let objection = take(audit) { return objection }
      world.note(audit)
      return nil
    }
    let line = String(decoding: bytes, as: UTF8.self)
    guard let source = Self.source(of: bytes) else { return "a line that nobody wrote: \(line)" }
    // A window is known by partition, query, start and group; a late or invalid record by its offset and query.
    let identity = bytes.first == UInt8(ascii: "C") ? bytes.prefix(upToField: 5) : bytes[...]
    guard identities.insert(identity).inserted else { return "I3: written twice: \(line)" }
    if bytes.first == UInt8(ascii: "L"), line.hasSuffix("|false") { world.note(.partlyLate) }
    results[source, default: []].append(line)
    return nil
  }

  private mutating func take(_ audit: AuditLine) -> String? {
    let name = "\(audit.partition) \(audit.query)"
    guard audit.isBalanced else { return "I2: the audit does not add up: \(audit.text)" }
    let end = ends[name] ?? 0
    guard audit.from == end else { return "the audit begins at \(audit.from) instead of \(end): \(audit.text)" }
    ends[name] = audit.to
    audits[audit.partition, default: []].append(audit)
    return nil
  }

  /// The source partition, which is the second field: one digit.
  private static func source(of bytes: [UInt8]) -> Int32? {
    guard bytes.count > 3, bytes[1] == UInt8(ascii: "|"), bytes[3] == UInt8(ascii: "|") else { return nil }
    let digit = Int32(bytes[2]) - 48
    return (0..<SimulatedWorld.partitions).contains(digit) ? digit : nil
  }
}

extension [UInt8] {
  /// What comes before so many field separators; everything where there are fewer.
  fileprivate func prefix(upToField count: Int) -> ArraySlice<UInt8> {
    var left = count
    for index in indices where self[index] == UInt8(ascii: "|") {
      left -= 1
      if left == 0 { return self[..<index] }
    }
    return self[...]
  }
}
