extension BrokerCore {
  func describeProducers(_ request: DescribeProducersRequest) -> DescribeProducersResponse {
    var response = DescribeProducersResponse()
    for topic in request.topics {
      var answered = DescribeProducersResponse.Topic()
      answered.name = topic.name
      answered.partitions = topic.partitions.map { index in
        var partition = DescribeProducersResponse.Partition()
        partition.index = index
        guard let log = logs.log(TopicPartition(topic: topic.name, partition: index)) else {
          partition.errorCode = ErrorCode.unknownTopicOrPartition.rawValue
          return partition
        }
        partition.producers = log.producerStates().map(Self.describe)
        return partition
      }
      response.topics.append(answered)
    }
    return response
  }

  private static func describe(_ info: ProducerInfo) -> DescribeProducersResponse.Producer {
    var producer = DescribeProducersResponse.Producer()
    producer.producerID = info.producerID
    producer.producerEpoch = Int32(info.producerEpoch)
    producer.lastSequence = info.lastSequence
    producer.lastTimestamp = info.lastTimestampMs
    producer.coordinatorEpoch = info.coordinatorEpoch
    producer.currentTransactionStartOffset = info.currentTransactionFirstOffset ?? -1
    return producer
  }

  func describeTransactions(_ request: DescribeTransactionsRequest) -> DescribeTransactionsResponse {
    let known = Dictionary(
      transactions.snapshot().map { ($0.transactionalID, $0) }, uniquingKeysWith: { first, _ in first })
    var response = DescribeTransactionsResponse()
    response.transactions = request.transactionalIDs.map { id in
      var transaction = DescribeTransactionsResponse.Transaction()
      transaction.transactionalID = id
      guard let metadata = known[id] else {
        transaction.errorCode = ErrorCode.transactionalIDNotFound.rawValue
        return transaction
      }
      transaction.state = metadata.state.name
      transaction.timeoutMs = metadata.timeoutMs
      transaction.startTimeMs = metadata.startMs
      transaction.producerID = metadata.producerID
      transaction.producerEpoch = metadata.producerEpoch
      let byTopic = Dictionary(grouping: metadata.partitions, by: \.topic).sorted { $0.key < $1.key }
      transaction.topics = byTopic.map { name, partitions in
        DescribeTransactionsResponse.Topic(name: name, partitions: partitions.map(\.partition).sorted())
      }
      return transaction
    }
    return response
  }

  func listTransactions(_ request: ListTransactionsRequest) -> ListTransactionsResponse {
    let names = Set(TransactionState.allCases.map(\.name))
    var response = ListTransactionsResponse()
    response.unknownStateFilters = request.stateFilters.filter { !names.contains($0) }
    for metadata in transactions.snapshot() {
      guard request.stateFilters.isEmpty || request.stateFilters.contains(metadata.state.name) else { continue }
      guard request.producerIDFilters.isEmpty || request.producerIDFilters.contains(metadata.producerID) else { continue }
      response.transactions.append(
        ListTransactionsResponse.Transaction(
          transactionalID: metadata.transactionalID, producerID: metadata.producerID, state: metadata.state.name))
    }
    return response
  }
}
