import Foundation
import Kafka
import NetworkFaults
import TestSupport
import Testing

/// Units of work, each a transaction that writes one record to every partition and its number to the group: what a pipeline
/// does, with the rule by which pipelines recover.
///
/// The rule: an error of a definite outcome is followed by abort; whatever else by a new producer of the same id, and what is
/// done is read from the group.
final class TransactionalWork {
  enum Moment: CaseIterable { case begun, halfSent, allSent, offsetsSent, ended }

  let topic: String
  let partitions: Int32
  let group = Lab.name("group")
  private let id = Lab.name("id")
  private let lab: Lab
  private let units: Int
  private var random: SeededGenerator
  private let abortsPerMille: Int
  /// Called at every moment of every attempt, with the number of attempts so far.
  var atMoment: (Moment, Int) throws -> Void = { _, _ in }
  /// How long each call waits.
  var patience = Duration.seconds(20)
  /// Of the producers.
  var settings: [String: String] = [:]
  private(set) var attempts = 0
  private(set) var replacements = 0
  private var refused: Set<String> = []
  private var producer: TransactionalProducer?
  private let reader: Consumer

  init(_ lab: Lab, topic: String, partitions: Int32, units: Int, random: SeededGenerator, abortsPerMille: Int = 150) throws {
    self.lab = lab
    self.topic = topic
    self.partitions = partitions
    self.units = units
    self.random = random
    self.abortsPerMille = abortsPerMille
    reader = try Consumer(Lab.direct(), .init(groupID: group))
  }

  private var position: TopicPartition { TopicPartition(topic, 0) }

  private func connected() throws -> TransactionalProducer {
    if let producer { return producer }
    let new = try Self.connect(lab, id, settings: settings)
    producer = new
    replacements += 1
    return new
  }

  /// A new producer of an id: what its last one left is settled by that.
  static func connect(
    _ lab: Lab, _ id: String, settings: [String: String] = [:], transactionTimeout: Duration = .seconds(60)
  ) throws -> TransactionalProducer {
    var last: KafkaError?
    for _ in 0..<50 {
      let new = try TransactionalProducer(
        lab.faulty(settings), transactionalID: id, transactionTimeout: transactionTimeout)
      do {
        try new.initialise(timeout: .seconds(20))
        return new
      } catch {
        new.close()
        last = error
      }
    }
    throw last ?? Stuck(description: "no producer")
  }

  /// Does all units; ends with a clean network.
  func run() throws {
    let end = ContinuousClock.now + .seconds(90)
    var next = 0
    while next < units {
      guard ContinuousClock.now < end else { throw Stuck(description: "\(next) of \(units) units after \(attempts) attempts") }
      do {
        if try attempt(next) { next += 1 }
      } catch let error as KafkaError {
        try recover(error)
        next = try done()
      }
    }
    lab.proxy.heal()
    lab.proxy.releaseHeld()
    producer?.close()
    producer = nil
    // A late request may have opened a transaction that nobody will end; the next start of the pipeline does.
    try connected().close()
    producer = nil
  }

  private func done() throws -> Int {
    // The offset of a transaction that is about to be aborted is not known until it is.
    _ = try connected()
    return Int(try reader.committed([position], timeout: .seconds(30))[position].flatMap { $0 } ?? 0)
  }

  /// False when the attempt was aborted on purpose.
  private func attempt(_ unit: Int) throws -> Bool {
    let producer = try connected()
    let handle = try producer.topic(topic)
    attempts += 1
    let attempt = attempts
    let value = "\(unit)/\(attempt)"
    let permit = try producer.begin()
    try atMoment(.begun, attempt)
    let answered = lab.proxy.answers(to: KafkaApi.produce)
    try producer.send(handle, 0, value)
    try arrived(after: answered)
    try atMoment(.halfSent, attempt)
    for partition in 1..<partitions { try producer.send(handle, partition, value) }
    try atMoment(.allSent, attempt)
    try producer.sendOffsets([position: Int64(unit + 1)], group: reader.groupMetadata(), timeout: patience)
    try atMoment(.offsetsSent, attempt)
    if Int.random(in: 0..<1000, using: &random) < abortsPerMille {
      refused.insert(value)
      try producer.abort(timeout: patience)
      try atMoment(.ended, attempt)
      return false
    }
    try producer.commit(permit, timeout: patience)
    try atMoment(.ended, attempt)
    return true
  }

  /// A late frame is to meet a transaction with records in it. It need not come to that: the record may have been lost.
  private func arrived(after answered: Int) throws {
    let end = ContinuousClock.now + .milliseconds(200)
    while lab.proxy.answers(to: KafkaApi.produce) == answered, ContinuousClock.now < end { Blocking.pause(milliseconds: 1) }
  }

  private func recover(_ error: KafkaError) throws {
    switch error.recovery {
    case .badInput: throw error
    case .abortAndReplay, .retrySameCall:
      if let producer, (try? producer.abort(timeout: patience)) != nil { return }
    case .fenced, .fatal, .rebuild, .unavailable: break
    }
    producer?.close()
    producer = nil
  }

  /// Every unit once and in order in every partition, of the same attempt everywhere, and none that was aborted.
  func check(_ seed: UInt64) throws {
    let seen = try contents(of: topic, partitions: partitions)
    let first = seen[0]
    #expect(first.map { $0.prefix { $0 != "/" } } == (0..<units).map { "\($0)"[...] }, "schedule \(seed): lost or doubled")
    for partition in 1..<Int(partitions) {
      #expect(seen[partition] == first, "schedule \(seed): partition \(partition) is torn from partition 0")
    }
    #expect(refused.isDisjoint(with: seen.flatMap { $0 }), "schedule \(seed): aborted records are visible")
    let committed = try reader.committed([position], timeout: .seconds(30))[position].flatMap { $0 }
    #expect(committed == Int64(units), "schedule \(seed): the group's offset")
    #expect(lab.proxy.problem == nil)
    try reader.close()
  }
}
