import NIOCore
import Synchronization

extension BrokerCore {
  /// The most bytes that one Fetch is answered, whatever the client allows.
  private static let fetchBytesLimit = 55 * 1024 * 1024
  private static let longestWaitMs: Int32 = 300_000

  /// What one round over the partitions of a fetch found.
  private struct FetchRound {
    var response = FetchResponse()
    var bytes = 0
    var hasError = false
    /// Sum of the ends visible to the reader, to notice an append between reading and parking.
    var visibleEnds: Int64 = 0
  }

  /// Reads, and parks the request when there is less than it wants.
  func fetch(_ call: Call, on loop: any EventLoop) throws(WireError) {
    let request = try call.decode(FetchRequest.self)
    guard request.sessionID == 0 else {
      var response = FetchResponse()
      response.errorCode = ErrorCode.fetchSessionIDNotFound.rawValue
      return call.answer(FetchRequest.self, response)
    }
    let first = read(request, call.version)
    guard !isEnough(first, request), request.maxWaitMs > 0 else { return call.answer(FetchRequest.self, first.response) }
    park(call, request, first.visibleEnds, loop)
  }

  private func isEnough(_ round: FetchRound, _ request: FetchRequest) -> Bool {
    round.hasError || round.bytes >= Int(request.minBytes) || request.topics.isEmpty
  }

  private func park(_ call: Call, _ request: FetchRequest, _ seenEnds: Int64, _ loop: any EventLoop) {
    let partitions = request.topics.flatMap { topic in
      topic.partitions.map { TopicPartition(topic: topic.name, partition: $0.index) }
    }
    let parked = ParkedFetch(partitions: partitions) { [self] isLast in
      let round = read(request, call.version)
      guard isLast || isEnough(round, request) else { return false }
      call.answer(FetchRequest.self, round.response)
      return true
    }
    purgatory.park(parked)
    let timer = loop.scheduleTask(in: .milliseconds(Int64(min(request.maxWaitMs, Self.longestWaitMs)))) { [purgatory] in
      purgatory.submit(parked, isLast: true)
    }
    parked.onDone { [purgatory] in
      timer.cancel()
      purgatory.remove(parked)
    }
    if visibleEnds(request) != seenEnds { parked.attempt(isLast: false) }
  }

  private func visibleEnds(_ request: FetchRequest) -> Int64 {
    let isolation = Self.isolation(request.isolationLevel)
    var sum: Int64 = 0
    for topic in request.topics {
      for partition in topic.partitions {
        guard let log = logs.log(TopicPartition(topic: topic.name, partition: partition.index)) else { continue }
        sum &+= isolation == .committed ? log.lastStableOffset : log.highWatermark
      }
    }
    return sum
  }

  static func isolation(_ level: Int8) -> IsolationLevel { level == 1 ? .committed : .uncommitted }

  private func read(_ request: FetchRequest, _ version: Int16) -> FetchRound {
    var round = FetchRound()
    var budget = min(max(Int(request.maxBytes), 0), Self.fetchBytesLimit)
    for topic in request.topics {
      var answered = FetchResponse.Topic()
      answered.name = topic.name
      for partition in topic.partitions {
        let result = read(partition, of: topic.name, request, version, budget, &round)
        budget -= result.records?.readableBytes ?? 0
        answered.partitions.append(result)
      }
      round.response.topics.append(answered)
    }
    return round
  }

  private func read(
    _ partition: FetchRequest.Partition, of topic: String, _ request: FetchRequest, _ version: Int16, _ budget: Int,
    _ round: inout FetchRound
  ) -> FetchResponse.Partition {
    var answer = FetchResponse.Partition()
    answer.index = partition.index
    answer.records = ByteBuffer()
    do throws(ErrorCode) {
      guard version >= 4 else { throw .unsupportedVersion }
      let log = try readable(topic, partition.index, partition.currentLeaderEpoch)
      let isolation = Self.isolation(request.isolationLevel)
      let slice = try Self.slice(log, partition, isolation, budget, isFirst: round.bytes == 0)
      answer.highWatermark = slice.highWatermark
      answer.lastStableOffset = slice.lastStableOffset
      answer.logStartOffset = slice.logStartOffset
      answer.abortedTransactions = isolation == .committed ? Self.aborted(slice) : nil
      if !slice.bytes.isEmpty { answer.records = ByteBuffer(bytes: slice.bytes) }
      round.bytes += slice.bytes.count
      round.visibleEnds &+= isolation == .committed ? slice.lastStableOffset : slice.highWatermark
    } catch {
      answer.errorCode = error.rawValue
      round.hasError = true
    }
    return answer
  }

  /// The first batch of a response comes whole whatever the limits, so that a large one cannot block its reader (KIP-74).
  private static func slice(
    _ log: PartitionLog, _ partition: FetchRequest.Partition, _ isolation: IsolationLevel, _ budget: Int, isFirst: Bool
  ) throws(ErrorCode) -> FetchSlice {
    do throws(LogError) {
      return try log.read(
        from: partition.fetchOffset, maxBytes: max(0, min(Int(partition.maxBytes), budget)), isolation: isolation,
        minOneBatch: isFirst)
    } catch {
      throw ErrorCode(rawValue: error.kafkaErrorCode) ?? .unknownServerError
    }
  }

  private static func aborted(_ slice: FetchSlice) -> [FetchResponse.AbortedTransaction] {
    slice.abortedTransactions.map { aborted in
      var entry = FetchResponse.AbortedTransaction()
      entry.producerID = aborted.producerID
      entry.firstOffset = aborted.firstOffset
      return entry
    }
  }

  /// The log of a partition, where the client's idea of its leader epoch is the broker's; -1 is no idea.
  func readable(_ topic: String, _ partition: Int32, _ leaderEpoch: Int32) throws(ErrorCode) -> PartitionLog {
    guard let log = logs.log(TopicPartition(topic: topic, partition: partition)) else { throw .unknownTopicOrPartition }
    guard leaderEpoch >= 0 else { return log }
    let current = log.leaderEpoch
    if leaderEpoch < current { throw .fencedLeaderEpoch }
    if leaderEpoch > current { throw .unknownLeaderEpoch }
    return log
  }
}
