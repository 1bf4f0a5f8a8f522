import Kafka
import SQL
import Synchronization
import Testing

@testable import Streams

/// Bounded runs of several instances over queries that read what others of them write.
@Suite struct BoundedRunTests {
  /// Nothing but the end of the input closes these windows.
  private static let text = """
    CREATE STREAM trades (venue STRING KEY, n BIGINT) WITH (KAFKA_TOPIC='@in', VALUE_FORMAT='JSON');
    CREATE TABLE seconds WITH (KAFKA_TOPIC='@seconds') AS SELECT venue, AS_VALUE(venue) AS place, COUNT(*) AS c FROM trades
      WINDOW TUMBLING (SIZE 1 SECOND, GRACE PERIOD 1 DAY) GROUP BY venue EMIT FINAL;
    CREATE STREAM seen (place STRING, c BIGINT) WITH (KAFKA_TOPIC='@seconds', VALUE_FORMAT='JSON');
    CREATE TABLE totals WITH (KAFKA_TOPIC='@totals', LATE_TOPIC='@late') AS SELECT place, SUM(c) AS s FROM seen
      WINDOW TUMBLING (SIZE 1 DAY, GRACE PERIOD 0 SECONDS) GROUP BY place EMIT FINAL;
    """

  @Test func `a partition is at its end when others can know that no more will come of it`() {
    for closes in [false, true] {
      let end = EndOfInput(closesWindows: closes)
      #expect(!end.isReached(CommittedOffset(9, note: EndOfInput.closedNote), target: nil))
      #expect(end.isReached(nil, target: 0))
      #expect(!end.isReached(nil, target: 5))
      #expect(!end.isReached(CommittedOffset(4, note: EndOfInput.closedNote), target: 5))
      #expect(end.isReached(CommittedOffset(5, note: EndOfInput.closedNote), target: 5))
      #expect(end.isReached(CommittedOffset(6), target: 5) == !closes)
    }
  }

  @Test func `one who stands still before the end is looked after once, until it moves`() {
    let (partition, start) = (TopicPartition("t", 0), ContinuousClock.now)
    var ends = SilentEnds(patience: .seconds(1))
    func isDue(_ offset: Int64, _ after: Duration) -> Bool { ends.isDue(partition, at: offset, now: start + after) }
    #expect(!isDue(5, .zero))
    #expect(!isDue(5, .milliseconds(999)))
    #expect(!isDue(6, .milliseconds(1500)), "it has moved")
    #expect(isDue(6, .milliseconds(2500)))
    #expect(!ends.isEnd(partition, at: 6))
    ends.note(partition, at: 6, isEnd: false)
    #expect(!isDue(6, .seconds(9)) && !ends.isEnd(partition, at: 6))
    #expect(!isDue(7, .seconds(10)))
    #expect(isDue(7, .seconds(11)))
    ends.note(partition, at: 7, isEnd: true)
    #expect(ends.isEnd(partition, at: 7) && !ends.isEnd(partition, at: 8))
  }

  /// What an instance that is done has committed may lie before the end that others are told, with nothing but markers between.
  @Test func `markers and aborted records behind a commit are nothing to wait for, records are`() async throws {
    try await TestRun.withSQL("silent", Self.text) { sql in
      let topic = sql.run.name + "-silent"
      let admin = try Admin(TestCluster.kafka())
      defer { admin.close() }
      try admin.create([TopicSpecification(topic, partitions: 1)])
      let producer = try TransactionalProducer(TestCluster.kafka(), transactionalID: topic)
      defer { producer.close() }
      try producer.initialise()
      let handle = try producer.topic(topic)
      for isCommitted in [true, false, true] {
        let permit = try producer.begin()
        for _ in 0..<3 {
          try [1].withUnsafeBytes { try producer.send(to: handle, partition: 0, key: nil, value: $0, timestamp: 1) }
        }
        if isCommitted {
          try producer.commit(permit)
        } else {
          try producer.abort()
          _ = consume permit
        }
      }
      // 0-2 and their marker, 4-6 aborted and theirs, 8-10 and theirs.
      let partition = TopicPartition(topic, 0)
      for (range, hasRecords) in [
        (0..<12, true), (2..<3, true), (3..<4, false), (3..<8, false), (4..<8, false), (3..<9, true), (11..<12, false),
      ]
        as [(Range<Int64>, Bool)]
      {
        #expect(try Consumer.hasRecords(partition, range, TestCluster.kafka(), patience: .seconds(30)) == hasRecords, "\(range)")
      }
      try admin.delete(topics: [topic])
    }
  }

  /// One instance has read everything, and is slow to close its windows: the other must not take what is there for all of it.
  @Test func `the ends of what queries fill are asked for when every instance has closed its windows`() async throws {
    try await TestRun.withSQL("bounded", Self.text) { sql in
      try sql.create("in", partitions: 2)
      try sql.send(
        (0..<40).map { .init("v\($0 % 4)", #"{"N":1}"#, at: 1000 + Int64($0) * 100, partition: Int32($0 % 2)) }, to: "in")
      _ = try sql.application().run()
      let pair = Pair(group: sql.run.name)
      let slow = BlockingThread(name: "slow", stackSize: 4 << 20) {
        try Self.instance("slow", sql) { try pair.check(isSlow: true) }.run()
      }
      _ = try Self.instance("quick", sql) { try pair.check(isSlow: false) }.run()
      pair.isQuickDone.withLock { $0 = true }
      _ = try slow.join()
      #expect(try sql.read("late").isEmpty)
      let totals = try sql.read("totals").map { "\(SQLRun.windowed($0.key))=\(SQLRun.text($0.value))" }
      #expect(totals.sorted() == (0..<4).map { #"0 v\#($0)={"S":10}"# })
    }
  }

  private static func instance(
    _ name: String, _ sql: SQLRun, check: @escaping @Sendable () throws -> Void
  ) throws -> StreamsApplication {
    try sql.application {
      $0.instance = name
      $0.final = true
      $0.failureLimit = 1000
      $0.hasStaticMembership = false
    } interceptor: { action, isAfter in
      if action == .commit, !isAfter { try check() }
    }
  }

  /// Two instances that commit nothing before both have partitions; the slow one not in its next two attempts either, which
  /// are made ever more slowly, or until the quick one has ended.
  private final class Pair: Sendable {
    let isQuickDone = Mutex(false)
    private let areTwo = Mutex(false)
    private let attempts = Mutex(0)
    private let group: String

    init(group: String) { self.group = group }

    func check(isSlow: Bool) throws {
      guard try areComplete(), !isSlow || isQuickDone.withLock({ $0 }) || count() > 2 else {
        throw KafkaError(code: .timedOut, operation: "commit", reason: "failed for the test", recovery: .abortAndReplay)
      }
    }

    private func areComplete() throws -> Bool {
      if areTwo.withLock({ $0 }) { return true }
      let admin = try Admin(TestCluster.kafka())
      defer { admin.close() }
      let members = try admin.states(ofGroups: [group]).flatMap(\.members)
      let areNow = members.count { !$0.isEmpty } == 2
      areTwo.withLock { $0 = areNow }
      return areNow
    }

    private func count() -> Int {
      attempts.withLock { count in
        count += 1
        return count
      }
    }
  }
}
