import NIOCore

/// Looks offsets up by timestamp; -1 is the end, -2 the start, -3 the record with the largest timestamp.
struct ListOffsetsRequest: ApiRequest, Sendable {
  typealias Response = ListOffsetsResponse
  static var key: ApiKey { .listOffsets }

  var replicaID: Int32 = -1
  var isolationLevel: Int8 = 0
  var topics: [Topic] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.integer(&replicaID)
    if coder.version >= 2 { try coder.integer(&isolationLevel) }
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
    var currentLeaderEpoch: Int32 = -1
    var timestamp: Int64 = 0
    var maxOffsets: Int32 = 1

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&index)
      if coder.version >= 4 { try coder.integer(&currentLeaderEpoch) }
      try coder.integer(&timestamp)
      if coder.version <= 0 { try coder.integer(&maxOffsets) }
    }
  }
}

/// The offsets found by ListOffsets.
struct ListOffsetsResponse: WireStruct, Sendable {
  var throttleTimeMs: Int32 = 0
  var topics: [Topic] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    if coder.version >= 2 { try coder.integer(&throttleTimeMs) }
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
    var oldStyleOffsets: [Int64] = []
    var timestamp: Int64 = -1
    var offset: Int64 = -1
    var leaderEpoch: Int32 = -1

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&index)
      try coder.integer(&errorCode)
      if coder.version <= 0 { try coder.integers(&oldStyleOffsets) }
      if coder.version >= 1 { try coder.integer(&timestamp) }
      if coder.version >= 1 { try coder.integer(&offset) }
      if coder.version >= 4 { try coder.integer(&leaderEpoch) }
    }
  }
}

/// Asks where a leader epoch ended, to detect a truncated log (KIP-320).
struct OffsetForLeaderEpochRequest: ApiRequest, Sendable {
  typealias Response = OffsetForLeaderEpochResponse
  static var key: ApiKey { .offsetForLeaderEpoch }

  var replicaID: Int32 = -2
  var topics: [Topic] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    if coder.version >= 3 { try coder.integer(&replicaID) }
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
    var currentLeaderEpoch: Int32 = -1
    var leaderEpoch: Int32 = 0

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&index)
      if coder.version >= 2 { try coder.integer(&currentLeaderEpoch) }
      try coder.integer(&leaderEpoch)
    }
  }
}

/// The end offset of each asked leader epoch.
struct OffsetForLeaderEpochResponse: WireStruct, Sendable {
  var throttleTimeMs: Int32 = 0
  var topics: [Topic] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    if coder.version >= 2 { try coder.integer(&throttleTimeMs) }
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
    var errorCode: Int16 = 0
    var index: Int32 = 0
    var leaderEpoch: Int32 = -1
    var endOffset: Int64 = -1

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&errorCode)
      try coder.integer(&index)
      if coder.version >= 1 { try coder.integer(&leaderEpoch) }
      try coder.integer(&endOffset)
    }
  }
}

/// Deletes the records before an offset; -1 is the high watermark.
struct DeleteRecordsRequest: ApiRequest, Sendable {
  typealias Response = DeleteRecordsResponse
  static var key: ApiKey { .deleteRecords }

  var topics: [Topic] = []
  var timeoutMs: Int32 = 0

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.array(&topics)
    try coder.integer(&timeoutMs)
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
    var offset: Int64 = 0

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&index)
      try coder.integer(&offset)
    }
  }
}

/// The new first offset of each partition.
struct DeleteRecordsResponse: WireStruct, Sendable {
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
    var lowWatermark: Int64 = -1
    var errorCode: Int16 = 0

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&index)
      try coder.integer(&lowWatermark)
      try coder.integer(&errorCode)
    }
  }
}
