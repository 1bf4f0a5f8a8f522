import Logging
import Synchronization

extension BrokerCore {
  /// The only partition of the groups' offsets; a transaction registers it through AddOffsetsToTxn.
  static let offsetsPartition = TopicPartition(topic: offsetsTopic, partition: 0)

  /// This broker coordinates everything.
  func findCoordinator(_ request: FindCoordinatorRequest) -> FindCoordinatorResponse {
    var response = FindCoordinatorResponse()
    let address = advertised.withLock { $0 }
    let isKnownType = request.keyType == 0 || request.keyType == 1
    response.errorCode = isKnownType ? coordinatorSearch.rawValue : ErrorCode.invalidRequest.rawValue
    response.nodeID = isKnownType ? Self.nodeID : -1
    response.host = isKnownType ? address.host : ""
    response.port = isKnownType ? address.port : -1
    response.coordinators = request.keys.map { key in
      var coordinator = FindCoordinatorResponse.Coordinator()
      coordinator.key = key
      coordinator.nodeID = response.nodeID
      coordinator.host = response.host
      coordinator.port = response.port
      coordinator.errorCode = response.errorCode
      return coordinator
    }
    return response
  }

  /// PRODUCER_FENCED did not exist before `version`; older clients know the same as INVALID_PRODUCER_EPOCH.
  private func code(_ error: ErrorCode, _ version: Int16, fencedFrom: Int16) -> Int16 {
    error == .producerFenced && version < fencedFrom ? ErrorCode.invalidProducerEpoch.rawValue : error.rawValue
  }

  func initProducerID(_ request: InitProducerIdRequest, _ version: Int16) -> InitProducerIdResponse {
    var response = InitProducerIdResponse()
    do throws(ErrorCode) {
      if request.transactionalID != nil, coordinatorLoad != .none { throw coordinatorLoad }
      guard let transactionalID = request.transactionalID else {
        response.producerID = try freshProducerID()
        response.producerEpoch = 0
        return response
      }
      (response.producerID, response.producerEpoch) = try transactions.initialise(
        transactionalID, producerID: request.producerID, producerEpoch: request.producerEpoch,
        timeoutMs: request.transactionTimeoutMs)
    } catch {
      response.errorCode = code(error, version, fencedFrom: 4)
    }
    return response
  }

  private func freshProducerID() throws(ErrorCode) -> Int64 {
    do throws(BrokerError) {
      return try producerIDs.next()
    } catch {
      logger.error("no producer id could be reserved", metadata: ["error": "\(error)"])
      throw .coordinatorNotAvailable
    }
  }

  func addPartitionsToTxn(_ request: AddPartitionsToTxnRequest, _ version: Int16) -> AddPartitionsToTxnResponse {
    let asked = Set(
      request.topics.flatMap { topic in
        topic.partitions.map { TopicPartition(topic: topic.name, partition: $0) }
      })
    let unknown = asked.filter { logs.log($0) == nil || Self.isInternal($0.topic) }
    var error = ErrorCode.none
    if unknown.isEmpty {
      do throws(ErrorCode) {
        try transactions.add(
          asked, to: request.transactionalID, producerID: request.producerID, producerEpoch: request.producerEpoch)
      } catch let failure {
        error = failure
      }
    }
    var response = AddPartitionsToTxnResponse()
    response.results = request.topics.map { topic in
      var result = AddPartitionsToTxnResponse.Topic()
      result.name = topic.name
      result.partitions = topic.partitions.map { index in
        var partition = AddPartitionsToTxnResponse.Partition()
        partition.index = index
        let isUnknown = unknown.contains(TopicPartition(topic: topic.name, partition: index))
        let refused: ErrorCode = isUnknown ? .unknownTopicOrPartition : .operationNotAttempted
        partition.errorCode = unknown.isEmpty ? code(error, version, fencedFrom: 2) : refused.rawValue
        return partition
      }
      return result
    }
    return response
  }

  func addOffsetsToTxn(_ request: AddOffsetsToTxnRequest, _ version: Int16) -> AddOffsetsToTxnResponse {
    var response = AddOffsetsToTxnResponse()
    do throws(ErrorCode) {
      guard !request.groupID.isEmpty else { throw .invalidGroupID }
      try transactions.add(
        [Self.offsetsPartition], to: request.transactionalID, producerID: request.producerID,
        producerEpoch: request.producerEpoch)
    } catch {
      response.errorCode = code(error, version, fencedFrom: 2)
    }
    return response
  }

  func endTxn(_ request: EndTxnRequest, _ version: Int16) -> EndTxnResponse {
    var response = EndTxnResponse()
    do throws(ErrorCode) {
      try transactions.end(
        request.transactionalID, producerID: request.producerID, producerEpoch: request.producerEpoch,
        commit: request.committed)
    } catch {
      response.errorCode = code(error, version, fencedFrom: 2)
    }
    return response
  }

  /// Stages offsets in the open transaction of their producer.
  func txnOffsetCommit(_ request: TxnOffsetCommitRequest) -> TxnOffsetCommitResponse {
    var commits: [OffsetStore.Commit] = []
    var response = TxnOffsetCommitResponse()
    for topic in request.topics {
      var answered = TxnOffsetCommitResponse.Topic()
      answered.name = topic.name
      for partition in topic.partitions {
        var answer = TxnOffsetCommitResponse.Partition()
        answer.index = partition.index
        let commit = OffsetStore.Commit(
          partition: TopicPartition(topic: topic.name, partition: partition.index), offset: partition.offset,
          leaderEpoch: partition.leaderEpoch, metadata: partition.metadata ?? "")
        answer.errorCode = refusal(of: commit).rawValue
        if answer.errorCode == 0 { commits.append(commit) }
        answered.partitions.append(answer)
      }
      response.topics.append(answered)
    }
    let error = stage(commits, request)
    guard error != .none else { return response }
    for topic in response.topics.indices {
      for partition in response.topics[topic].partitions.indices {
        let isFine = response.topics[topic].partitions[partition].errorCode == 0
        if isFine { response.topics[topic].partitions[partition].errorCode = error.rawValue }
      }
    }
    return response
  }

  private func stage(_ commits: [OffsetStore.Commit], _ request: TxnOffsetCommitRequest) -> ErrorCode {
    do throws(ErrorCode) {
      guard !request.groupID.isEmpty else { throw .invalidGroupID }
      let outcome: Result<Void, ErrorCode> = try transactions.whileOngoing(
        request.transactionalID, request.producerID, request.producerEpoch, Self.offsetsPartition
      ) {
        do throws(ErrorCode) {
          let error = groups.checkCommit(
            request.groupID, memberID: request.memberID, instanceID: request.instanceID, generation: request.generationID,
            isTransactional: true)
          guard error == .none else { throw error }
          guard !commits.isEmpty else { return .success(()) }
          try offsets.stage(
            request.groupID, commits, producerID: request.producerID, producerEpoch: request.producerEpoch)
          return .success(())
        } catch {
          return .failure(error)
        }
      }
      try outcome.get()
      return .none
    } catch {
      return error
    }
  }
}
