/// What a verification looked at and what differs.
public struct VerifyReport: Hashable, Sendable {
  /// One part of the verification.
  public enum Check: String, Hashable, Sendable, CaseIterable {
    /// The audit rows: every record read went exactly one way, and no range is missing or doubled.
    case audit
    /// The tables' ledgers against the topics and against the tables' rows.
    case ledger
    /// The candles against a recomputation from the trades.
    case candles
  }

  /// One difference. Names topics, tables, offsets and times; holds no prices or quantities.
  public struct Finding: Hashable, Sendable, CustomStringConvertible {
    public var check: Check
    /// The table, topic or query concerned.
    public var subject: String
    public var detail: String

    public var description: String { "\(check.rawValue): \(subject): \(detail)" }
  }

  /// What differs; at most `findingLimit` of each check.
  public private(set) var findings: [Finding] = []
  /// How many differences each check found, shown or not.
  public private(set) var findingCounts: [Check: Int] = [:]
  /// What was left out, and why: nothing of it is an error.
  public private(set) var notes: [String] = []
  /// How many things each check looked at, by name (rows, ranges, candles, …).
  public private(set) var examined: [String: Int64] = [:]

  static let findingLimit = 100

  /// Whether nothing differs.
  public var isClean: Bool { findingCounts.isEmpty }

  mutating func find(_ check: Check, _ subject: String, _ detail: String) {
    findingCounts[check, default: 0] += 1
    if findingCounts[check, default: 0] <= Self.findingLimit {
      findings.append(Finding(check: check, subject: subject, detail: detail))
    }
  }

  mutating func note(_ text: String) { notes.append(text) }

  mutating func count(_ name: String, _ number: Int64 = 1) { examined[name, default: 0] += number }
}
