/// What the clients of a chaos run did and saw: enough to judge a Kafka cluster from the outside.
///
/// The shape is that of the Kafka workload of Jepsen (jepsen.tests.kafka): values are unique, so that one value names one send.
/// `clock` numbers the events in the order in which they were recorded: a request before it is made, an answer after it has come.
/// Whoever's answer has a smaller number than another's request was there first.
public struct History: Sendable, Equatable {
  /// How a call ended, as far as its caller knows.
  public enum Fate: Sendable, Hashable { case done, failed, unknown }

  public enum Isolation: Sendable, Hashable { case committed, uncommitted }

  /// One record as a reader was given it.
  public struct Record: Sendable, Hashable {
    public var partition: Int32, offset: Int64, value: Int64

    public init(_ partition: Int32, _ offset: Int64, _ value: Int64) {
      (self.partition, self.offset, self.value) = (partition, offset, value)
    }
  }

  /// One record handed to a producer.
  public struct Send: Sendable, Equatable {
    /// Whoever sends in one order: it outlives the clients it uses.
    public var producer: Int
    /// The client it used. What two clients of one producer have under way may overtake each other.
    public var session: Int
    /// An index into `transactions`.
    public var transaction: Int?
    public var partition: Int32
    public var value: Int64
    /// Of the send alone: a record that was taken over into a transaction shares the transaction's.
    public var fate: Fate
    /// Where the cluster said it stored it.
    public var offset: Int64?
  }

  public struct Transaction: Sendable, Equatable {
    public var producer: Int
    /// `done` is committed, `failed` aborted.
    public var fate: Fate
    /// When its commit was asked for; nil while it never was.
    public var commitAsked: Int?
  }

  /// What happened to a reader.
  public enum Reading: Sendable, Equatable {
    /// From now on it reads these partitions, from these offsets where they are known.
    case assigned([Int32: Int64?])
    /// One poll. Inside of a transaction where it reads for one.
    case polled([Record], transaction: Int?, clock: Int)
    /// It has been told that there was nothing between its last record and this offset.
    case ended(Int32, Int64)
  }

  public struct Reader: Sendable, Equatable {
    public var isolation: Isolation
    /// Readers of one group share the partitions and commit how far they have got.
    public var group: String?
    public var events: [Reading] = []
  }

  public internal(set) var sends: [Send] = []
  public internal(set) var transactions: [Transaction] = []
  public internal(set) var readers: [Reader] = []
  /// Partitions that read_committed readers have read from the first record to the last one, when nothing was under way any more.
  public internal(set) var settled: Set<Int32> = []
  /// Groups whose committed offsets have reached the end of all partitions, when nothing was under way any more.
  public internal(set) var drained: Set<String> = []

  public init() {}

  /// Of a send, its transaction's included.
  func fate(of send: Send) -> Fate {
    // What was not even taken over into a transaction is no part of it, whatever becomes of it.
    guard let transaction = send.transaction, send.fate != .failed else { return send.fate }
    return transactions[transaction].fate
  }
}
