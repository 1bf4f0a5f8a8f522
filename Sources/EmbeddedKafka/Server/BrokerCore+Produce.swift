import CrashPoints
import NIOCore

extension BrokerCore {
  /// Appends every batch and answers where it was stored.
  func produce(_ call: Call) throws(WireError) {
    let request = try call.decode(ProduceRequest.self)
    var response = ProduceResponse()
    var hasFailed = false
    for topic in request.topics {
      var answered = ProduceResponse.Topic()
      answered.name = topic.name
      for partition in topic.partitions {
        let result = append(partition, of: topic.name, request, call.version)
        if result.errorCode != 0 { hasFailed = true }
        answered.partitions.append(result)
      }
      response.topics.append(answered)
    }
    guard request.acks == 0 else { return call.answer(ProduceRequest.self, response) }
    // Without an answer, closing the connection is the only way to say that something failed (as Kafka does).
    call.deliver(hasFailed ? .close : .nothing)
  }

  func append(
    _ partition: ProduceRequest.Partition, of topic: String, _ request: ProduceRequest, _ version: Int16
  ) -> ProduceResponse.Partition {
    var answer = ProduceResponse.Partition()
    answer.index = partition.index
    let place = TopicPartition(topic: topic, partition: partition.index)
    do throws(ErrorCode) {
      let log = try writable(place, request, version)
      guard let records = partition.records, records.readableBytes > 0 else { throw .invalidRecord }
      switch try store(records, in: log, at: place, request) {
      case .success(let result):
        answer.baseOffset = result.baseOffset
        answer.logAppendTimeMs = result.logAppendTimeMs
        answer.logStartOffset = result.logStartOffset
      case .failure(let error):
        complain(error)
        answer.errorCode = error.kafkaErrorCode
        answer.errorMessage = error.message
      }
    } catch {
      answer.errorCode = error.rawValue
    }
    return answer
  }

  private func writable(
    _ place: TopicPartition, _ request: ProduceRequest, _ version: Int16
  ) throws(ErrorCode) -> PartitionLog {
    guard version >= 3 else { throw .unsupportedVersion }
    guard (-1...1).contains(request.acks) else { throw .invalidRequiredAcks }
    guard !Self.isInternal(place.topic) else { throw .invalidTopic }
    guard let log = logs.log(place) else { throw .unknownTopicOrPartition }
    return log
  }

  /// Stores one batch; a transactional one only while its transaction is open and holds the partition.
  private func store(
    _ records: ByteBuffer, in log: PartitionLog, at place: TopicPartition, _ request: ProduceRequest
  ) throws(ErrorCode) -> Result<AppendResult, LogError> {
    let header = Self.producer(of: records)
    guard let header, header.isTransactional else { return Self.append(records, to: log, transactionOngoing: false) }
    guard let transactionalID = request.transactionalID else { throw .invalidProducerIDMapping }
    return try transactions.whileOngoing(transactionalID, header.producerID, header.producerEpoch, place) {
      Self.append(records, to: log, transactionOngoing: true)
    }
  }

  /// The header where it can be read; what is wrong with it otherwise is for the log to say.
  private static func producer(of records: ByteBuffer) -> BatchHeader? {
    records.withUnsafeReadableBytes { bytes in
      bytes.count >= BatchHeader.size ? BatchHeader(unchecked: bytes) : nil
    }
  }

  private static func append(
    _ records: ByteBuffer, to log: PartitionLog, transactionOngoing: Bool
  ) -> Result<AppendResult, LogError> {
    records.withUnsafeReadableBytes { bytes in
      do throws(LogError) {
        CrashPoint.hit("broker.produce.append", .before)
        let result = try log.append(batch: bytes, transactionOngoing: transactionOngoing)
        CrashPoint.hit("broker.produce.append", .after)
        return .success(result)
      } catch {
        return .failure(error)
      }
    }
  }
}
