import Iceberg

/// An order-independent account of which offsets of one partition were seen.
struct OffsetAccount: Hashable {
  private(set) var count: Int64 = 0
  private var sum: UInt64 = 0

  mutating func add(_ offset: Int64) {
    count += 1
    // SplitMix64's finaliser: two sets of offsets with equal count and sum are equal but for a chance in 2^64.
    var z = UInt64(bitPattern: offset) &+ 0x9e37_79b9_7f4a_7c15
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    sum &+= z ^ (z >> 31)
  }
}

/// A partition of a topic, without a client's type.
struct TopicPart: Hashable, Comparable, CustomStringConvertible {
  var topic: String
  var partition: Int32

  var description: String { "\(topic)[\(partition)]" }

  static func < (a: TopicPart, b: TopicPart) -> Bool { (a.topic, a.partition) < (b.topic, b.partition) }
}

/// Compares a table's ledger with its topics, its snapshots and its rows. Pure.
struct LedgerCheck {
  /// By topic and partition.
  typealias Extents = [String: [Int32: TopicScan.Extent]]

  let table: String
  let ledger: OffsetLedger

  /// The ledger against the topics' extents.
  ///
  /// - Parameters:
  ///   - begun: the extents before the table was looked at: so far it must be.
  ///   - extents: those after: further it cannot be. The same as `begun` where nothing is running.
  func check(begun: Extents, extents: Extents, into report: inout VerifyReport) {
    for (topic, partitions) in ledger.topics.sorted(by: { $0.key < $1.key }) {
      for (partition, entry) in partitions.sorted(by: { $0.key < $1.key }) {
        report.count("ledger ranges")
        let part = TopicPart(topic: topic, partition: partition)
        guard let extent = extents[topic]?[partition] else {
          report.find(.ledger, table, "\(part) is in the ledger, and the topic does not have it")
          continue
        }
        if entry.end > extent.end {
          report.find(.ledger, table, "\(part) is held up to \(entry.end), and the topic ends at \(extent.end)")
        } else if let target = begun[topic]?[partition]?.end, entry.end < target {
          report.find(.ledger, table, "\(part) is held up to \(entry.end) of \(target): the sink has not caught up")
        }
        if entry.start < extent.earliest {
          report.note("\(part): offsets below \(extent.earliest) are no longer in the topic to compare with")
        }
      }
    }
    for (topic, partitions) in begun {
      for (partition, extent) in partitions where ledger[topic, partition] == nil && extent.earliest < extent.end {
        report.find(.ledger, table, "\(TopicPart(topic: topic, partition: partition)) has records and is not in the ledger")
      }
    }
  }

  /// The ledger against the ranges of the snapshots that are left: they must join, and end where the ledger ends.
  func check(history: [Snapshot], into report: inout VerifyReport) throws {
    var ends: [TopicPart: Int64] = [:]
    for snapshot in history {
      for (topic, partitions) in try OffsetLedger.ranges(of: snapshot) {
        for (partition, range) in partitions {
          let part = TopicPart(topic: topic, partition: partition)
          if let end = ends[part], end != range.start {
            report.find(
              .ledger, table, "snapshot \(snapshot.id) goes on with \(part) at \(range.start), the one before ended at \(end)")
          }
          ends[part] = range.end
          report.count("commits")
        }
      }
    }
    for (part, end) in ends where ledger[part.topic, part.partition]?.end != end {
      report.find(.ledger, table, "the last commit of \(part) ended at \(end), and the ledger says otherwise")
    }
  }

  /// The ledger against the rows: `rows` and `rejected` are the table's own offsets and those set aside, by partition.
  func check(rows: [TopicPart: [Int64]], rejected: [TopicPart: [Int64]], into report: inout VerifyReport) {
    for (part, offsets) in rows.sorted(by: { $0.key < $1.key }) {
      report.count("rows", Int64(offsets.count))
      let sorted = offsets.sorted()
      let twice = zip(sorted, sorted.dropFirst()).filter { $0 == $1 }
      // One finding for all: a copied file would otherwise hide whatever else is wrong.
      if let first = twice.first {
        report.find(.ledger, table, "\(part): \(twice.count) offsets are there twice, the first of them \(first.0)")
      }
      guard let entry = ledger[part.topic, part.partition] else {
        report.find(.ledger, table, "there are rows of \(part), which is not in the ledger")
        continue
      }
      if let first = sorted.first, let last = sorted.last, first < entry.start || last >= entry.end {
        report.find(.ledger, table, "there are rows of \(part) outside of \(entry.start)..<\(entry.end)")
      }
    }
    for (topic, partitions) in ledger.topics {
      for (partition, entry) in partitions {
        let part = TopicPart(topic: topic, partition: partition)
        // The table of what was set aside is looked at last and may be further.
        let aside = Int64(rejected[part]?.count { $0 < entry.end } ?? 0)
        let own = Int64(rows[part]?.count ?? 0)
        if own != entry.records - entry.rejected {
          report.find(.ledger, table, "\(part): the ledger counts \(entry.records - entry.rejected) rows, the table has \(own)")
        }
        if aside != entry.rejected {
          report.find(
            .ledger, table, "\(part): the ledger counts \(entry.rejected) records set aside, the invalid table has \(aside)")
        }
      }
    }
  }

  /// The rows against the records that are in the topic.
  func check(
    records: [TopicPart: OffsetAccount], rows: [TopicPart: [Int64]], rejected: [TopicPart: [Int64]],
    from earliest: [TopicPart: Int64], into report: inout VerifyReport
  ) {
    for (part, account) in records.sorted(by: { $0.key < $1.key }) {
      report.count("records", account.count)
      var held = OffsetAccount()
      let end = ledger[part.topic, part.partition]?.end ?? 0
      for offset in rows[part] ?? [] where offset >= earliest[part] ?? 0 { held.add(offset) }
      for offset in rejected[part] ?? [] where offset >= earliest[part] ?? 0 && offset < end { held.add(offset) }
      guard held != account else { continue }
      let difference = held.count == account.count ? "other ones" : "\(held.count) of them"
      report.find(.ledger, table, "\(part) holds \(account.count) records in the ledger's range, the table has \(difference)")
    }
  }
}
