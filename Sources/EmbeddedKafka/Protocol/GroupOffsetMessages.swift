/// Commits offsets of a group.
struct OffsetCommitRequest: ApiRequest, Sendable {
  typealias Response = OffsetCommitResponse
  static var key: ApiKey { .offsetCommit }

  var groupID: String = ""
  var generationID: Int32 = -1
  var memberID: String = ""
  var instanceID: String?
  var retentionTimeMs: Int64 = -1
  var topics: [Topic] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.string(&groupID)
    if coder.version >= 1 { try coder.integer(&generationID) }
    if coder.version >= 1 { try coder.string(&memberID) }
    if coder.version >= 7 { try coder.nullableString(&instanceID) }
    if coder.version >= 2 && coder.version <= 4 { try coder.integer(&retentionTimeMs) }
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
    var offset: Int64 = 0
    var leaderEpoch: Int32 = -1
    var commitTimestamp: Int64 = -1
    var metadata: String?

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&index)
      try coder.integer(&offset)
      if coder.version >= 6 { try coder.integer(&leaderEpoch) }
      if coder.version >= 1 && coder.version <= 1 { try coder.integer(&commitTimestamp) }
      try coder.nullableString(&metadata)
    }
  }
}

/// Whether each offset was committed.
struct OffsetCommitResponse: WireStruct, Sendable {
  var throttleTimeMs: Int32 = 0
  var topics: [Topic] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    if coder.version >= 3 { try coder.integer(&throttleTimeMs) }
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

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&index)
      try coder.integer(&errorCode)
    }
  }
}

/// Reads committed offsets of one group (up to version 7) or several.
struct OffsetFetchRequest: ApiRequest, Sendable {
  typealias Response = OffsetFetchResponse
  static var key: ApiKey { .offsetFetch }

  var groupID: String = ""
  var topics: [Topic]?
  var groups: [Group] = []
  var requireStable: Bool = false

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    if coder.version <= 7 { try coder.string(&groupID) }
    if coder.version <= 7 { try coder.nullableArray(&topics) }
    if coder.version >= 8 { try coder.array(&groups) }
    if coder.version >= 7 { try coder.bool(&requireStable) }
  }

  struct Group: WireStruct, Sendable {
    var groupID: String = ""
    var topics: [Topic]?

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&groupID)
      try coder.nullableArray(&topics)
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

/// Committed offsets; -1 where there is none.
struct OffsetFetchResponse: WireStruct, Sendable {
  var throttleTimeMs: Int32 = 0
  var topics: [Topic] = []
  var errorCode: Int16 = 0
  var groups: [Group] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    if coder.version >= 3 { try coder.integer(&throttleTimeMs) }
    if coder.version <= 7 { try coder.array(&topics) }
    if coder.version >= 2 && coder.version <= 7 { try coder.integer(&errorCode) }
    if coder.version >= 8 { try coder.array(&groups) }
  }

  struct Group: WireStruct, Sendable {
    var groupID: String = ""
    var topics: [Topic] = []
    var errorCode: Int16 = 0

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&groupID)
      try coder.array(&topics)
      try coder.integer(&errorCode)
    }
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
    var offset: Int64 = -1
    var leaderEpoch: Int32 = -1
    var metadata: String? = ""
    var errorCode: Int16 = 0

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&index)
      try coder.integer(&offset)
      if coder.version >= 5 { try coder.integer(&leaderEpoch) }
      try coder.nullableString(&metadata)
      try coder.integer(&errorCode)
    }
  }
}

/// Stages offsets of a group in a transaction.
struct TxnOffsetCommitRequest: ApiRequest, Sendable {
  typealias Response = TxnOffsetCommitResponse
  static var key: ApiKey { .txnOffsetCommit }

  var transactionalID: String = ""
  var groupID: String = ""
  var producerID: Int64 = 0
  var producerEpoch: Int16 = 0
  var generationID: Int32 = -1
  var memberID: String = ""
  var instanceID: String?
  var topics: [Topic] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.string(&transactionalID)
    try coder.string(&groupID)
    try coder.integer(&producerID)
    try coder.integer(&producerEpoch)
    if coder.version >= 3 { try coder.integer(&generationID) }
    if coder.version >= 3 { try coder.string(&memberID) }
    if coder.version >= 3 { try coder.nullableString(&instanceID) }
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
    var offset: Int64 = 0
    var leaderEpoch: Int32 = -1
    var metadata: String?

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&index)
      try coder.integer(&offset)
      if coder.version >= 2 { try coder.integer(&leaderEpoch) }
      try coder.nullableString(&metadata)
    }
  }
}

/// Whether each offset was staged.
struct TxnOffsetCommitResponse: WireStruct, Sendable {
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

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&index)
      try coder.integer(&errorCode)
    }
  }
}
