/// Asks who coordinates groups (key type 0) or transactional ids (1).
struct FindCoordinatorRequest: ApiRequest, Sendable {
  typealias Response = FindCoordinatorResponse
  static var key: ApiKey { .findCoordinator }

  var key: String = ""
  var keyType: Int8 = 0
  var keys: [String] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    if coder.version <= 3 { try coder.string(&key) }
    if coder.version >= 1 { try coder.integer(&keyType) }
    if coder.version >= 4 { try coder.strings(&keys) }
  }
}

/// The one broker, for every key.
struct FindCoordinatorResponse: WireStruct, Sendable {
  var throttleTimeMs: Int32 = 0
  var errorCode: Int16 = 0
  var errorMessage: String?
  var nodeID: Int32 = 0
  var host: String = ""
  var port: Int32 = 0
  var coordinators: [Coordinator] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    if coder.version >= 1 { try coder.integer(&throttleTimeMs) }
    if coder.version <= 3 { try coder.integer(&errorCode) }
    if coder.version >= 1 && coder.version <= 3 { try coder.nullableString(&errorMessage) }
    if coder.version <= 3 { try coder.integer(&nodeID) }
    if coder.version <= 3 { try coder.string(&host) }
    if coder.version <= 3 { try coder.integer(&port) }
    if coder.version >= 4 { try coder.array(&coordinators) }
  }

  struct Coordinator: WireStruct, Sendable {
    var key: String = ""
    var nodeID: Int32 = 0
    var host: String = ""
    var port: Int32 = 0
    var errorCode: Int16 = 0
    var errorMessage: String?

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&key)
      try coder.integer(&nodeID)
      try coder.string(&host)
      try coder.integer(&port)
      try coder.integer(&errorCode)
      try coder.nullableString(&errorMessage)
    }
  }
}

/// Asks for a producer id and epoch; fences earlier producers of the same transactional id.
struct InitProducerIdRequest: ApiRequest, Sendable {
  typealias Response = InitProducerIdResponse
  static var key: ApiKey { .initProducerId }

  var transactionalID: String?
  var transactionTimeoutMs: Int32 = 0
  var producerID: Int64 = -1
  var producerEpoch: Int16 = -1

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.nullableString(&transactionalID)
    try coder.integer(&transactionTimeoutMs)
    if coder.version >= 3 { try coder.integer(&producerID) }
    if coder.version >= 3 { try coder.integer(&producerEpoch) }
  }
}

/// The producer id and epoch to use.
struct InitProducerIdResponse: WireStruct, Sendable {
  var throttleTimeMs: Int32 = 0
  var errorCode: Int16 = 0
  var producerID: Int64 = -1
  var producerEpoch: Int16 = -1

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.integer(&throttleTimeMs)
    try coder.integer(&errorCode)
    try coder.integer(&producerID)
    try coder.integer(&producerEpoch)
  }
}

/// Registers partitions in the transaction before anything is produced to them.
struct AddPartitionsToTxnRequest: ApiRequest, Sendable {
  typealias Response = AddPartitionsToTxnResponse
  static var key: ApiKey { .addPartitionsToTxn }

  var transactionalID: String = ""
  var producerID: Int64 = 0
  var producerEpoch: Int16 = 0
  var topics: [Topic] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.string(&transactionalID)
    try coder.integer(&producerID)
    try coder.integer(&producerEpoch)
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

/// Whether each partition was registered.
struct AddPartitionsToTxnResponse: WireStruct, Sendable {
  var throttleTimeMs: Int32 = 0
  var results: [Topic] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.integer(&throttleTimeMs)
    try coder.array(&results)
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

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&index)
      try coder.integer(&errorCode)
    }
  }
}

/// Registers a group's offsets in the transaction.
struct AddOffsetsToTxnRequest: ApiRequest, Sendable {
  typealias Response = AddOffsetsToTxnResponse
  static var key: ApiKey { .addOffsetsToTxn }

  var transactionalID: String = ""
  var producerID: Int64 = 0
  var producerEpoch: Int16 = 0
  var groupID: String = ""

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.string(&transactionalID)
    try coder.integer(&producerID)
    try coder.integer(&producerEpoch)
    try coder.string(&groupID)
  }
}

/// Whether the group was registered.
struct AddOffsetsToTxnResponse: WireStruct, Sendable {
  var throttleTimeMs: Int32 = 0
  var errorCode: Int16 = 0

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.integer(&throttleTimeMs)
    try coder.integer(&errorCode)
  }
}

/// Commits or aborts the transaction.
struct EndTxnRequest: ApiRequest, Sendable {
  typealias Response = EndTxnResponse
  static var key: ApiKey { .endTxn }

  var transactionalID: String = ""
  var producerID: Int64 = 0
  var producerEpoch: Int16 = 0
  var committed: Bool = false

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.string(&transactionalID)
    try coder.integer(&producerID)
    try coder.integer(&producerEpoch)
    try coder.bool(&committed)
  }
}

/// Whether the transaction ended as asked.
struct EndTxnResponse: WireStruct, Sendable {
  var throttleTimeMs: Int32 = 0
  var errorCode: Int16 = 0

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.integer(&throttleTimeMs)
    try coder.integer(&errorCode)
  }
}
