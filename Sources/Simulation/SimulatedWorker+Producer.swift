import EmbeddedKafka
import Kafka
import Streams

/// What a transactional client keeps between its calls.
struct SimulatedProducer {
  var producerID: Int64 = -1
  var epoch: Int16 = -1
  var sequences: [SteppedPartition: Int32] = [:]
  /// Partitions of the open transaction, the groups' offsets as an empty topic.
  var registered: Set<SteppedPartition> = []
  /// A batch may be missing: only a new epoch starts its numbering anew.
  var needsBump = false
  /// A connection was lost in a transaction: no other may follow it (`TransactionState.lostConnection`).
  var isOutdated = false

  static let offsets = SteppedPartition("", 0)
}

extension SimulatedWorker {
  typealias Records = [(key: [UInt8]?, value: [UInt8]?)]

  /// Registers partitions and sends one batch to each.
  func produce(_ batches: [(SteppedPartition, Records)]) -> [Job] {
    var jobs: [Job] = []
    let new = Set(batches.map(\.0)).subtracting(producer.registered)
    if !new.isEmpty {
      let request = SteppedRequest.addPartitions(
        transactionalID: transactionalID, producerID: producer.producerID, epoch: producer.epoch, new.sorted())
      jobs.append(
        Job(request: request, unknown: .abortAndReplay) { [unowned self] answer in
          if answer.code == 0 { producer.registered.formUnion(new) }
          return verdict(answer.code)
        })
    }
    for (place, records) in batches where !records.isEmpty {
      let sequence = producer.sequences[place] ?? 0
      producer.sequences[place] = sequence + Int32(records.count)
      let batch = SteppedBroker.batch(
        records, producerID: producer.producerID, epoch: producer.epoch, sequence: sequence,
        timestampMs: world.clock.wallMs)
      producer.needsBump = true
      jobs.append(
        Job(request: .produce(transactionalID: transactionalID, place, batch: batch), unknown: .abortAndReplay) {
          [unowned self] answer in verdict(answer.code)
        })
    }
    // Once all are in place nothing is missing.
    if var last = jobs.popLast() {
      let answered = last.answered
      last.answered = { [unowned self] answer in
        if answer.code == 0 { producer.needsBump = false }
        return answered(answer)
      }
      jobs.append(last)
    }
    return jobs
  }

  /// Candles go to one partition, audit rows to the other, so that every transaction has two.
  func sendOutputs() -> [Job] {
    var batches: [SteppedPartition: Records] = [:]
    for task in dirtyTasks {
      let (candles, audit) = task.outputs()
      batches[SteppedPartition("out", task.partition), default: []] += candles.map { (nil, Array($0.utf8)) }
      batches[SteppedPartition("out", 1 - task.partition), default: []] += audit.map { (nil, Array($0.utf8)) }
    }
    return produce(batches.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
  }

  func sendState() -> [Job] {
    produce(dirtyTasks.map { (SteppedPartition("state", $0.partition), $0.state(checkpoint: machine.checkpoints + 1)) })
  }

  func sendOffsets() -> [Job] {
    if world.has(.leavesOutOffsets) { return [] }
    let offsets = Dictionary(uniqueKeysWithValues: dirtyTasks.map { (SteppedPartition("in", $0.partition), $0.next) })
    guard !offsets.isEmpty else { return [] }
    let add = Job(
      request: .addOffsets(transactionalID: transactionalID, producerID: producer.producerID, epoch: producer.epoch),
      unknown: SimulatedWorld.lostOffsets
    ) { [unowned self] answer in
      if answer.code == 0 { producer.registered.insert(SimulatedProducer.offsets) }
      return verdict(answer.code)
    }
    let isBlind = world.has(.ignoresGeneration)
    let stage = Job(
      request: .commitOffsets(
        transactionalID: transactionalID, producerID: producer.producerID, epoch: producer.epoch,
        memberID: isBlind ? "" : memberID, generation: isBlind ? -1 : generation, offsets),
      unknown: SimulatedWorld.lostOffsets
    ) { [unowned self] answer in verdict(answer.code) }
    return [add, stage]
  }

  func end(commit: Bool) -> [Job] {
    guard !producer.registered.isEmpty else { return [] }
    let request = SteppedRequest.endTransaction(
      transactionalID: transactionalID, producerID: producer.producerID, epoch: producer.epoch, commit: commit)
    return [Job(request: request, unknown: .rebuild) { [unowned self] answer in verdict(answer.code) }]
  }

  /// With a batch missing, librdkafka raises its epoch instead, which aborts as well.
  func abort() -> [Job] {
    guard producer.needsBump else {
      return end(commit: false).map { job in
        var job = job
        let answered = job.answered
        job.answered = { [unowned self] answer in
          if answer.code == 0 { producer.registered = [] }
          return answered(answer)
        }
        return job
      }
    }
    let request = SteppedRequest.initProducerID(
      transactionalID: transactionalID, producerID: producer.producerID, epoch: producer.epoch,
      timeoutMs: SimulatedWorld.transactionTimeoutMs)
    return [
      Job(request: request, unknown: .rebuild) { [unowned self] answer in
        guard answer.code == 0 else { return verdict(answer.code) }
        world.note(.epochRaised)
        producer = SimulatedProducer(isOutdated: producer.isOutdated)
        producer.producerID = answer.producerID
        producer.epoch = answer.epoch
        world.noteEpoch(transactionalID, answer.producerID, answer.epoch)
        return .done
      }
    ]
  }
}
