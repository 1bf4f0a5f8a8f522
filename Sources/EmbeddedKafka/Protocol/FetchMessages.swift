import NIOCore

/// Reads record batches from partitions, waiting up to `maxWaitMs` for `minBytes`.
struct FetchRequest: ApiRequest, Sendable {
  typealias Response = FetchResponse
  static var key: ApiKey { .fetch }

  var replicaID: Int32 = -1
  var maxWaitMs: Int32 = 0
  var minBytes: Int32 = 0
  var maxBytes: Int32 = Int32.max
  var isolationLevel: Int8 = 0
  var sessionID: Int32 = 0
  var sessionEpoch: Int32 = -1
  var topics: [Topic] = []
  var forgotten: [ForgottenTopic] = []
  var rackID: String = ""

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.integer(&replicaID)
    try coder.integer(&maxWaitMs)
    try coder.integer(&minBytes)
    if coder.version >= 3 { try coder.integer(&maxBytes) }
    if coder.version >= 4 { try coder.integer(&isolationLevel) }
    if coder.version >= 7 { try coder.integer(&sessionID) }
    if coder.version >= 7 { try coder.integer(&sessionEpoch) }
    try coder.array(&topics)
    if coder.version >= 7 { try coder.array(&forgotten) }
    if coder.version >= 11 { try coder.string(&rackID) }
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
    var currentLeaderEpoch: Int32 = -1
    var fetchOffset: Int64 = 0
    var lastFetchedEpoch: Int32 = -1
    var logStartOffset: Int64 = -1
    var maxBytes: Int32 = 0

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&index)
      if coder.version >= 9 { try coder.integer(&currentLeaderEpoch) }
      try coder.integer(&fetchOffset)
      if coder.version >= 12 { try coder.integer(&lastFetchedEpoch) }
      if coder.version >= 5 { try coder.integer(&logStartOffset) }
      try coder.integer(&maxBytes)
    }
  }

  struct ForgottenTopic: WireStruct, Sendable {
    var name: String = ""
    var partitions: [Int32] = []

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&name)
      try coder.integers(&partitions)
    }
  }
}

/// Whole record batches per partition, with what a consumer needs to hide aborted ones.
struct FetchResponse: WireStruct, Sendable {
  var throttleTimeMs: Int32 = 0
  var errorCode: Int16 = 0
  var sessionID: Int32 = 0
  var topics: [Topic] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    if coder.version >= 1 { try coder.integer(&throttleTimeMs) }
    if coder.version >= 7 { try coder.integer(&errorCode) }
    if coder.version >= 7 { try coder.integer(&sessionID) }
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
    var highWatermark: Int64 = -1
    var lastStableOffset: Int64 = -1
    var logStartOffset: Int64 = -1
    var abortedTransactions: [AbortedTransaction]?
    var preferredReadReplica: Int32 = -1
    var records: ByteBuffer?

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&index)
      try coder.integer(&errorCode)
      try coder.integer(&highWatermark)
      if coder.version >= 4 { try coder.integer(&lastStableOffset) }
      if coder.version >= 5 { try coder.integer(&logStartOffset) }
      if coder.version >= 4 { try coder.nullableArray(&abortedTransactions) }
      if coder.version >= 11 { try coder.integer(&preferredReadReplica) }
      try coder.records(&records)
    }
  }

  struct AbortedTransaction: WireStruct, Sendable {
    var producerID: Int64 = 0
    var firstOffset: Int64 = 0

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&producerID)
      try coder.integer(&firstOffset)
    }
  }
}
