extension BrokerCore {
  private static let latest: Int64 = -1
  private static let earliest: Int64 = -2
  private static let maxTimestamp: Int64 = -3

  // MARK: ListOffsets

  func listOffsets(_ request: ListOffsetsRequest, _ version: Int16) -> ListOffsetsResponse {
    var response = ListOffsetsResponse()
    let isolation = Self.isolation(request.isolationLevel)
    for topic in request.topics {
      var answered = ListOffsetsResponse.Topic()
      answered.name = topic.name
      answered.partitions = topic.partitions.map { partition in
        var answer = ListOffsetsResponse.Partition()
        answer.index = partition.index
        do throws(ErrorCode) {
          try list(partition, of: topic.name, isolation, &answer)
        } catch {
          answer.errorCode = error.rawValue
        }
        return answer
      }
      response.topics.append(answered)
    }
    return response
  }

  private func list(
    _ partition: ListOffsetsRequest.Partition, of topic: String, _ isolation: IsolationLevel,
    _ answer: inout ListOffsetsResponse.Partition
  ) throws(ErrorCode) {
    let log = try readable(topic, partition.index, partition.currentLeaderEpoch)
    let end = isolation == .committed ? log.lastStableOffset : log.highWatermark
    answer.leaderEpoch = log.leaderEpoch
    switch partition.timestamp {
    case Self.latest: answer.offset = end
    case Self.earliest: answer.offset = log.logStartOffset
    default:
      guard let found = try find(partition.timestamp, log), found.offset < end else { break }
      answer.offset = found.offset
      answer.timestamp = found.timestampMs
    }
    answer.oldStyleOffsets = answer.offset >= 0 && partition.maxOffsets > 0 ? [answer.offset] : []
  }

  private func find(_ timestamp: Int64, _ log: PartitionLog) throws(ErrorCode) -> TimestampedOffset? {
    do throws(LogError) {
      if timestamp == Self.maxTimestamp { return try log.maxTimestampOffset() }
      return try log.offset(forTimestamp: timestamp)
    } catch {
      throw ErrorCode(rawValue: error.kafkaErrorCode) ?? .unknownServerError
    }
  }

  // MARK: OffsetForLeaderEpoch

  func offsetForLeaderEpoch(_ request: OffsetForLeaderEpochRequest) -> OffsetForLeaderEpochResponse {
    var response = OffsetForLeaderEpochResponse()
    for topic in request.topics {
      var answered = OffsetForLeaderEpochResponse.Topic()
      answered.name = topic.name
      answered.partitions = topic.partitions.map { partition in
        var answer = OffsetForLeaderEpochResponse.Partition()
        answer.index = partition.index
        do throws(ErrorCode) {
          let log = try readable(topic.name, partition.index, partition.currentLeaderEpoch)
          let end = log.endOffset(forLeaderEpoch: partition.leaderEpoch)
          answer.leaderEpoch = end.epoch
          answer.endOffset = end.offset
        } catch {
          answer.errorCode = error.rawValue
        }
        return answer
      }
      response.topics.append(answered)
    }
    return response
  }

  // MARK: DeleteRecords

  func deleteRecords(_ request: DeleteRecordsRequest) -> DeleteRecordsResponse {
    var response = DeleteRecordsResponse()
    for topic in request.topics {
      var answered = DeleteRecordsResponse.Topic()
      answered.name = topic.name
      answered.partitions = topic.partitions.map { partition in
        var answer = DeleteRecordsResponse.Partition()
        answer.index = partition.index
        do throws(ErrorCode) {
          answer.lowWatermark = try deleteRecords(topic.name, partition)
        } catch {
          answer.errorCode = error.rawValue
        }
        return answer
      }
      response.topics.append(answered)
    }
    return response
  }

  private func deleteRecords(_ topic: String, _ partition: DeleteRecordsRequest.Partition) throws(ErrorCode) -> Int64 {
    guard !Self.isInternal(topic) else { throw .invalidTopic }
    let log = try readable(topic, partition.index, -1)
    let end = log.highWatermark
    let offset = partition.offset == -1 ? end : partition.offset
    guard (0...end).contains(offset) else { throw .offsetOutOfRange }
    do throws(LogError) {
      return try log.deleteRecords(before: offset)
    } catch {
      throw ErrorCode(rawValue: error.kafkaErrorCode) ?? .unknownServerError
    }
  }
}
