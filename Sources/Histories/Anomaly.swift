/// Something that a Kafka cluster and its clients may never show. The first eight are those of Jepsen's Kafka checker.
public struct Anomaly: Sendable, Hashable, CustomStringConvertible {
  public enum Kind: String, Sendable, CaseIterable {
    /// A value was read whose transaction was aborted, or whose send has certainly failed (G1a).
    case abortedRead
    /// An acknowledged value that a reader of the whole partition does not find.
    case lostWrite
    /// One value at two offsets.
    case duplicate
    /// Two values at one offset.
    case inconsistentOffset
    /// A reader was given records between two of which there is another, or that begin after one it should have had.
    case skippedPoll
    /// A reader was given a record again, or an earlier one, without having been assigned anew.
    case nonmonotonicPoll
    /// What one producer sent in one order is stored in another.
    case nonmonotonicSend
    /// Transactions that have each read what another one wrote, all round (G1c).
    case circularRead
    /// Some of a transaction's values are visible, others are not.
    case tornTransaction
    /// A transaction has read what it wrote itself before it was committed.
    case ownRead
    /// A read_committed reader was given a value before the commit of its transaction had been asked for.
    case earlyRead
    /// A value that nobody sent, or that was sent to another partition.
    case foreignRead
    /// A group has committed offsets past a value that none of its members was given.
    case unconsumed
  }

  public var kind: Kind
  /// Where, and which values.
  public var detail: String

  public init(_ kind: Kind, _ detail: String) { (self.kind, self.detail) = (kind, detail) }

  public var description: String { "\(kind.rawValue): \(detail)" }
}

/// What the checker found in a history.
public struct HistoryReport: Sendable, Equatable, CustomStringConvertible {
  public struct Count: Sendable, Equatable, CustomStringConvertible {
    public var done = 0, failed = 0, unknown = 0

    mutating func add(_ fate: History.Fate) {
      switch fate {
      case .done: done += 1
      case .failed: failed += 1
      case .unknown: unknown += 1
      }
    }

    public var description: String { "\(done) done, \(failed) failed, \(unknown) unknown" }
  }

  public var anomalies: [Anomaly] = []
  /// By what their callers know of them.
  public var sends = Count()
  public var transactions = Count()
  /// Sends of unknown fate that turned out to be stored and visible.
  public var unknownButVisible = 0
  public var polls = 0
  public var recordsRead = 0
  /// Groups of transactions whose writes interleave in opposite orders (G0): Kafka does not isolate writes from each other.
  public var writeCycles = 0
  /// Cycles of reads, writes and what was not yet seen (G2): Kafka does not promise that readers are up to date.
  public var antidependencyCycles = 0

  public init() {}

  /// The number of anomalies of each kind there is one of.
  public var kinds: [Anomaly.Kind: Int] { Dictionary(grouping: anomalies, by: \.kind).mapValues(\.count) }

  public var description: String {
    let found = anomalies.isEmpty ? "no anomaly" : anomalies.prefix(20).map(\.description).joined(separator: "; ")
    return "\(found) (sends: \(sends), \(unknownButVisible) of the unknown visible; transactions: \(transactions); "
      + "\(recordsRead) records in \(polls) polls; G0 \(writeCycles), G2 \(antidependencyCycles))"
  }
}
