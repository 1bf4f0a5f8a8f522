import NIOCore

/// Appends record batches to partitions.
struct ProduceRequest: ApiRequest, Sendable {
  typealias Response = ProduceResponse
  static var key: ApiKey { .produce }

  var transactionalID: String?
  var acks: Int16 = 0
  var timeoutMs: Int32 = 0
  var topics: [Topic] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    if coder.version >= 3 { try coder.nullableString(&transactionalID) }
    try coder.integer(&acks)
    try coder.integer(&timeoutMs)
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
    var records: ByteBuffer?

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&index)
      try coder.records(&records)
    }
  }
}

/// The offsets at which the batches of a Produce request were stored.
struct ProduceResponse: WireStruct, Sendable {
  var topics: [Topic] = []
  var throttleTimeMs: Int32 = 0

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.array(&topics)
    if coder.version >= 1 { try coder.integer(&throttleTimeMs) }
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
    var baseOffset: Int64 = -1
    var logAppendTimeMs: Int64 = -1
    var logStartOffset: Int64 = -1
    var recordErrors: [RecordError] = []
    var errorMessage: String?

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&index)
      try coder.integer(&errorCode)
      try coder.integer(&baseOffset)
      if coder.version >= 2 { try coder.integer(&logAppendTimeMs) }
      if coder.version >= 5 { try coder.integer(&logStartOffset) }
      if coder.version >= 8 { try coder.array(&recordErrors) }
      if coder.version >= 8 { try coder.nullableString(&errorMessage) }
    }
  }

  struct RecordError: WireStruct, Sendable {
    var batchIndex: Int32 = 0
    var message: String?

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&batchIndex)
      try coder.nullableString(&message)
    }
  }
}
