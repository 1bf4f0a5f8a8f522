/// Asks for the producers known to partitions (KIP-664).
struct DescribeProducersRequest: ApiRequest, Sendable {
  typealias Response = DescribeProducersResponse
  static var key: ApiKey { .describeProducers }

  var topics: [Topic] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.array(&topics)
  }

  struct Topic: WireStruct, Sendable {
    var name: String = ""
    var partitions: [Int32] = []

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&name)
      try coder.integers(&partitions)
    }
  }
}

/// Producer state of each partition.
struct DescribeProducersResponse: WireStruct, Sendable {
  var throttleTimeMs: Int32 = 0
  var topics: [Topic] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.integer(&throttleTimeMs)
    try coder.array(&topics)
  }

  struct Topic: WireStruct, Sendable {
    var name: String = ""
    var partitions: [Partition] = []

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&name)
      try coder.array(&partitions)
    }
  }

  struct Partition: WireStruct, Sendable {
    var index: Int32 = 0
    var errorCode: Int16 = 0
    var errorMessage: String?
    var producers: [Producer] = []

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&index)
      try coder.integer(&errorCode)
      try coder.nullableString(&errorMessage)
      try coder.array(&producers)
    }
  }

  struct Producer: WireStruct, Sendable {
    var producerID: Int64 = 0
    var producerEpoch: Int32 = 0
    var lastSequence: Int32 = 0
    var lastTimestamp: Int64 = 0
    var coordinatorEpoch: Int32 = 0
    var currentTransactionStartOffset: Int64 = 0

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&producerID)
      try coder.integer(&producerEpoch)
      try coder.integer(&lastSequence)
      try coder.integer(&lastTimestamp)
      try coder.integer(&coordinatorEpoch)
      try coder.integer(&currentTransactionStartOffset)
    }
  }
}

/// Asks for the state of transactional ids (KIP-664).
struct DescribeTransactionsRequest: ApiRequest, Sendable {
  typealias Response = DescribeTransactionsResponse
  static var key: ApiKey { .describeTransactions }

  var transactionalIDs: [String] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.strings(&transactionalIDs)
  }
}

/// State of each transactional id.
struct DescribeTransactionsResponse: WireStruct, Sendable {
  var throttleTimeMs: Int32 = 0
  var transactions: [Transaction] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.integer(&throttleTimeMs)
    try coder.array(&transactions)
  }

  struct Transaction: WireStruct, Sendable {
    var errorCode: Int16 = 0
    var transactionalID: String = ""
    var state: String = ""
    var timeoutMs: Int32 = 0
    var startTimeMs: Int64 = 0
    var producerID: Int64 = 0
    var producerEpoch: Int16 = 0
    var topics: [Topic] = []

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&errorCode)
      try coder.string(&transactionalID)
      try coder.string(&state)
      try coder.integer(&timeoutMs)
      try coder.integer(&startTimeMs)
      try coder.integer(&producerID)
      try coder.integer(&producerEpoch)
      try coder.array(&topics)
    }
  }

  struct Topic: WireStruct, Sendable {
    var name: String = ""
    var partitions: [Int32] = []

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&name)
      try coder.integers(&partitions)
    }
  }
}

/// Asks for transactional ids, filtered by state and producer id (KIP-664).
struct ListTransactionsRequest: ApiRequest, Sendable {
  typealias Response = ListTransactionsResponse
  static var key: ApiKey { .listTransactions }

  var stateFilters: [String] = []
  var producerIDFilters: [Int64] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.strings(&stateFilters)
    try coder.integers(&producerIDFilters)
  }
}

/// The transactional ids that pass the filters.
struct ListTransactionsResponse: WireStruct, Sendable {
  var throttleTimeMs: Int32 = 0
  var errorCode: Int16 = 0
  var unknownStateFilters: [String] = []
  var transactions: [Transaction] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.integer(&throttleTimeMs)
    try coder.integer(&errorCode)
    try coder.strings(&unknownStateFilters)
    try coder.array(&transactions)
  }

  struct Transaction: WireStruct, Sendable {
    var transactionalID: String = ""
    var producerID: Int64 = 0
    var state: String = ""

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&transactionalID)
      try coder.integer(&producerID)
      try coder.string(&state)
    }
  }
}
