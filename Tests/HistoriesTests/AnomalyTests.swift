import Histories
import Testing

/// Each anomaly in the smallest history that has it, beside the same history without it.
@Suite struct AnomalyTests {
  private let recorder = HistoryRecorder()

  private func kinds() -> [Anomaly.Kind: Int] { HistoryChecker.check(recorder.history).kinds }

  /// A transaction of producer 1 with a record in each of these partitions.
  private func transact(_ partitions: [Int32], _ fate: History.Fate = .done, producer: Int = 1) -> (id: Int, values: [Int64]) {
    let id = recorder.began(producer: producer)
    let values = partitions.map {
      recorder.sending(producer: producer, session: producer, transaction: id, partition: $0).value
    }
    if fate != .failed { recorder.committing(id) }
    recorder.ended(id, fate)
    return (id, values)
  }

  private func send(_ partition: Int32, _ fate: History.Fate = .done, at offset: Int64? = nil, session: Int = 1) -> Int64 {
    let (send, value) = recorder.sending(producer: 1, session: session, partition: partition)
    recorder.sent(send, fate, offset: offset)
    return value
  }

  /// A reader from 0 on that gets each of these polls, of (partition, offset, value).
  private func read(
    _ polls: [[(Int32, Int64, Int64)]], _ isolation: History.Isolation = .committed, group: String? = nil, within: Int? = nil
  ) {
    let reader = recorder.reader(isolation, group: group)
    recorder.assigned(reader, [0: 0, 1: 0])
    for poll in polls { recorder.polled(reader, poll.map { .init($0.0, $0.1, $0.2) }, transaction: within) }
  }

  @Test func `a value of an aborted transaction may be read by those who read uncommitted records, and by no other`() {
    let aborted = transact([0], .failed).values[0]
    read([[(0, 0, aborted)]], .uncommitted)
    #expect(kinds().isEmpty)
    read([[(0, 0, aborted)]])
    #expect(kinds() == [.abortedRead: 1])
  }

  @Test func `a value whose send has failed may be read by nobody`() {
    read([[(0, 0, send(0, .unknown))]], .uncommitted)
    #expect(kinds().isEmpty)
    read([[(1, 0, send(1, .failed))]], .uncommitted)
    #expect(kinds() == [.abortedRead: 1])
  }

  @Test func `an acknowledged value must be there once all is settled`() {
    let (first, second) = (send(0), send(0, .unknown))
    read([[(0, 0, first)]])
    recorder.settled([0])
    #expect(kinds().isEmpty, "\(second) may be lost")
    _ = send(1)
    #expect(kinds().isEmpty, "partition 1 is not settled")
    _ = send(0)
    #expect(kinds() == [.lostWrite: 1])
  }

  @Test func `a value has one offset, and an offset one value`() {
    let (first, second) = (send(0, at: 0), send(0, .unknown))
    read([[(0, 0, first), (0, 1, second)]])
    #expect(kinds().isEmpty)
    read([[(0, 0, first), (0, 1, second), (0, 2, first)]])
    #expect(kinds() == [.duplicate: 1])
    read([[(0, 0, first), (0, 1, first)]])
    #expect(kinds() == [.duplicate: 1, .inconsistentOffset: 1])
  }

  @Test func `an acknowledgement tells the true offset`() {
    let value = send(0, at: 5)
    read([[(0, 6, value)]])
    #expect(kinds()[.duplicate] == 1)
  }

  @Test(arguments: [true, false])
  func `a reader is given all records in order, within polls and between them`(isSplit: Bool) {
    let values = (0..<4).map { _ in send(0) }
    let all = values.enumerated().map { (Int32(0), Int64($0.offset * 2), $0.element) }
    func polls(_ records: [(Int32, Int64, Int64)]) -> [[(Int32, Int64, Int64)]] { isSplit ? records.map { [$0] } : [records] }
    read(polls(all))
    #expect(kinds().isEmpty, "holes between offsets are none")
    read(polls([all[0], all[1], all[3]]))
    #expect(kinds() == [.skippedPoll: 1])
    read(polls([all[0], all[1], all[0]]))
    #expect(kinds() == [.skippedPoll: 1, .nonmonotonicPoll: 1])
  }

  @Test func `a reader begins where it was told to, and anew with each assignment`() {
    let (first, second) = (send(0), send(0))
    read([[(0, 0, first), (0, 1, second)]])
    let reader = recorder.reader(.committed)
    recorder.assigned(reader, [0: 1])
    recorder.polled(reader, [.init(0, 1, second)])
    recorder.assigned(reader, [0: nil])
    recorder.polled(reader, [.init(0, 1, second)])
    recorder.assigned(reader, [0: 0])
    recorder.polled(reader, [.init(0, 0, first)])
    recorder.ended(reader, partition: 0, at: 1)
    #expect(kinds().isEmpty)
    recorder.ended(reader, partition: 0, at: 2)
    #expect(kinds() == [.skippedPoll: 1])
    recorder.assigned(reader, [0: 0])
    recorder.polled(reader, [.init(0, 1, second)])
    #expect(kinds() == [.skippedPoll: 2])
  }

  @Test func `who reads committed records is not given those of others, and misses nothing by it`() {
    let (first, aborted, last) = (send(0), transact([0], .failed).values[0], transact([0]).values[0])
    read([[(0, 0, first), (0, 1, aborted), (0, 3, last)]], .uncommitted)
    read([[(0, 0, first), (0, 3, last)]])
    #expect(kinds().isEmpty)
    read([[(0, 0, first), (0, 3, last)]], .uncommitted)
    #expect(kinds() == [.skippedPoll: 1])
  }

  @Test func `a client's records keep their order, and those of two clients where the first had an answer`() {
    let (first, second) = (send(0, .unknown, session: 1), send(0, .unknown, session: 2))
    read([[(0, 0, second), (0, 1, first)]])
    #expect(kinds().isEmpty, "a record of unknown fate may come late")
    let (third, fourth) = (send(0, .done, session: 3), send(0, session: 4))
    read([[(0, 0, second), (0, 1, first), (0, 2, fourth), (0, 3, third)]])
    #expect(kinds() == [.nonmonotonicSend: 1])
  }

  @Test func `the records of one transaction keep their order in each partition`() {
    let values = transact([0, 0, 1]).values
    read([[(0, 1, values[0]), (0, 0, values[1]), (1, 0, values[2])]], .uncommitted)
    #expect(kinds()[.nonmonotonicSend] == 1)
  }

  @Test(arguments: [History.Fate.done, .unknown])
  func `of a transaction all is visible or nothing`(fate: History.Fate) {
    let values = transact([0, 1], fate).values
    _ = transact([0, 1], .unknown)
    read([[(0, 0, values[0])]])
    #expect(kinds().isEmpty, "the other half may still come")
    recorder.settled([0, 1])
    #expect(kinds()[.tornTransaction] == 1)
    read([[(0, 0, values[0]), (1, 0, values[1])]])
    #expect(kinds().isEmpty)
  }

  @Test func `a transaction is not visible before its commit, to itself or to another`() {
    let id = recorder.began(producer: 1)
    let value = recorder.sending(producer: 1, session: 1, transaction: id, partition: 0).value
    read([[(0, 0, value)]], .uncommitted)
    #expect(kinds().isEmpty)
    read([[(0, 0, value)]])
    recorder.committing(id)
    read([[(0, 0, value)]])
    recorder.ended(id, .done)
    #expect(kinds() == [.earlyRead: 1])
    read([[(0, 0, value)]], within: id)
    #expect(kinds() == [.earlyRead: 1, .ownRead: 1])
  }

  @Test func `transactions do not read from each other all round`() {
    let (a, b, c) = (transact([0]), transact([0]), transact([0]))
    read([[(0, 0, a.values[0])]], within: b.id)
    read([[(0, 0, a.values[0]), (0, 1, b.values[0])]], within: c.id)
    #expect(kinds().isEmpty)
    read([[(0, 0, a.values[0]), (0, 1, b.values[0]), (0, 2, c.values[0])]], within: a.id)
    #expect(kinds()[.circularRead] == 1)
  }

  @Test func `cycles of interleaved writes and of stale reads are counted, being legal`() {
    let (a, b) = (transact([0, 1]), transact([0, 1], producer: 2))
    read([[(0, 0, a.values[0]), (0, 1, b.values[0]), (1, 0, b.values[1]), (1, 1, a.values[1])]])
    var report = HistoryChecker.check(recorder.history)
    #expect(report.anomalies.isEmpty && report.writeCycles == 1)
    let (c, d) = (transact([0]), transact([1], producer: 2))
    read([[(0, 0, a.values[0]), (0, 1, b.values[0]), (0, 2, c.values[0]), (1, 0, b.values[1]), (1, 1, a.values[1])]])
    read([[(1, 0, b.values[1]), (1, 1, a.values[1]), (1, 2, d.values[0])]])
    read([[(0, 1, b.values[0])]], within: d.id)
    read([[(1, 1, a.values[1])]], within: c.id)
    report = HistoryChecker.check(recorder.history)
    #expect(report.antidependencyCycles > 0)
  }

  @Test func `a value comes from the one who sent it there`() {
    let value = send(0)
    read([[(0, 0, value)]])
    #expect(kinds().isEmpty)
    read([[(1, 0, value)]])
    #expect(kinds()[.foreignRead] == 1)
    read([[(1, 1, 999)]])
    #expect(kinds()[.foreignRead] == 2)
  }

  @Test func `a group is given everything before it is done`() {
    let values = (0..<3).map { _ in send(0) }
    let records = values.enumerated().map { (Int32(0), Int64($0.offset), $0.element) }
    read([records])
    read([[records[0], records[1]]], group: "g")
    #expect(kinds().isEmpty, "the group may still be on its way")
    recorder.drained("g")
    #expect(kinds() == [.unconsumed: 1])
    read([records], group: "g")
    #expect(kinds().isEmpty)
  }

  @Test func `fates are counted by what callers know, and the unknown that turned out well besides`() {
    _ = transact([0, 0], .failed)
    read([[(0, 0, send(0, .unknown)), (0, 1, send(0))]])
    _ = send(0, .unknown)
    let report = HistoryChecker.check(recorder.history)
    #expect("\(report.sends)" == "1 done, 2 failed, 2 unknown")
    #expect("\(report.transactions)" == "0 done, 1 failed, 0 unknown")
    #expect(report.unknownButVisible == 1 && report.recordsRead == 2 && report.polls == 1)
  }
}
