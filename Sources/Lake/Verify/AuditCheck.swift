import Columns
import Contracts

/// One row of `wick.audit`, read independently of its writer.
struct AuditEntry: Hashable {
  var query: String
  var topic: String
  var partition: Int32
  var from: Int64
  var to: Int64
  var consumed: Int64
  /// By the names of `ways`, in their order.
  var parts: [Int64]
  var late: Int64
  var emitted: Int64

  /// The ways a record can go, of which each record goes exactly one.
  static let ways = [
    "aggregated", "filtered", "late", "duplicate", "null_key", "bad_time", "future", "undecodable", "overflow",
  ]

  /// The columns read, in the order of `init`.
  static let requests: [AvroColumnRequest] =
    [
      AvroColumnRequest("query", .string, missing: .refuse), AvroColumnRequest("topic", .string, missing: .refuse),
      AvroColumnRequest("partition", .int32, missing: .refuse),
    ] + (["from_offset", "to_offset", "consumed"] + ways + ["emitted"]).map { AvroColumnRequest($0, .int64, missing: .refuse) }

  /// Records of which is told where they went.
  var accounted: Int64 { parts.reduce(0, +) }
  /// Whether its numbers can be those of its offsets at all.
  var isPossible: Bool { from <= to && consumed <= to - from && parts.allSatisfy { $0 >= 0 } }
  /// Whether the row by itself is right.
  var addsUp: Bool { consumed == accounted && isPossible }

  /// The rows of a batch of `requests`.
  static func entries(_ batch: ColumnBatch) throws -> [AuditEntry] {
    let query = try batch.texts(0)
    let topic = try batch.texts(1)
    let numbers = try (2..<batch.columns.count).map { try batch.integers($0) }
    return (0..<batch.rowCount).map { row in
      let parts = (0..<ways.count).map { numbers[4 + $0][row] }
      return AuditEntry(
        query: query.dictionary.string(query.codes[row]), topic: topic.dictionary.string(topic.codes[row]),
        partition: Int32(truncatingIfNeeded: numbers[0][row]), from: numbers[1][row], to: numbers[2][row],
        consumed: numbers[3][row], parts: parts, late: parts[2], emitted: numbers[4 + ways.count][row])
    }
  }
}

/// What the audit rows say together. Pure.
struct AuditCheck {
  /// One query's way through one partition.
  struct Stretch: Hashable {
    var query: String
    var topic: String
    var partition: Int32
  }

  /// What is covered of each stretch.
  private(set) var covered: [Stretch: Range<Int64>] = [:]
  /// Records read from each stretch.
  private(set) var consumed: [Stretch: Int64] = [:]
  private(set) var late: [String: Int64] = [:]
  private(set) var emitted: [String: Int64] = [:]

  /// Checks each row by itself, and that the rows of a stretch join end to end.
  init(_ entries: [AuditEntry], into report: inout VerifyReport) {
    for (stretch, rows) in Dictionary(
      grouping: entries, by: { Stretch(query: $0.query, topic: $0.topic, partition: $0.partition) })
    {
      let sorted = rows.sorted { ($0.from, $0.to) < ($1.from, $1.to) }
      var end = sorted[0].from
      for row in sorted {
        Self.check(row, &report)
        if row.from != end {
          let what = row.from > end ? "are in no audit row" : "are in two audit rows"
          report.find(
            .audit, stretch.query,
            "\(stretch.topic)[\(stretch.partition)] offsets \(min(end, row.from))..<\(max(end, row.from)) \(what)")
        }
        end = max(end, row.to)
        consumed[stretch, default: 0] += row.consumed
        late[row.query, default: 0] += row.late
        emitted[row.query, default: 0] += row.emitted
      }
      covered[stretch] = sorted[0].from..<max(end, sorted[0].from)
    }
    report.count("audit rows", Int64(entries.count))
  }

  private static func check(_ row: AuditEntry, _ report: inout VerifyReport) {
    let place = "\(row.topic)[\(row.partition)] \(row.from)..<\(row.to)"
    if row.consumed != row.accounted {
      report.find(.audit, row.query, "\(place): \(row.consumed) records were read and \(row.accounted) accounted for")
    }
    if !row.isPossible { report.find(.audit, row.query, "\(place): the row is impossible") }
  }
}
