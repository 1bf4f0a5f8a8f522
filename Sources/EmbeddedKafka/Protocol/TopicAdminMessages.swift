/// Creates topics.
struct CreateTopicsRequest: ApiRequest, Sendable {
  typealias Response = CreateTopicsResponse
  static var key: ApiKey { .createTopics }

  var topics: [Topic] = []
  var timeoutMs: Int32 = 0
  var validateOnly: Bool = false

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.array(&topics)
    try coder.integer(&timeoutMs)
    if coder.version >= 1 { try coder.bool(&validateOnly) }
  }

  struct Topic: WireStruct, Sendable {
    var name: String = ""
    var partitionCount: Int32 = 0
    var replicationFactor: Int16 = 0
    var assignments: [Assignment] = []
    var configs: [Config] = []

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&name)
      try coder.integer(&partitionCount)
      try coder.integer(&replicationFactor)
      try coder.array(&assignments)
      try coder.array(&configs)
    }
  }

  struct Assignment: WireStruct, Sendable {
    var partition: Int32 = 0
    var brokerIDs: [Int32] = []

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&partition)
      try coder.integers(&brokerIDs)
    }
  }

  struct Config: WireStruct, Sendable {
    var name: String = ""
    var value: String?

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&name)
      try coder.nullableString(&value)
    }
  }
}

/// Whether each topic was created.
struct CreateTopicsResponse: WireStruct, Sendable {
  var throttleTimeMs: Int32 = 0
  var topics: [Topic] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    if coder.version >= 2 { try coder.integer(&throttleTimeMs) }
    try coder.array(&topics)
  }

  struct Topic: WireStruct, Sendable {
    var name: String = ""
    var errorCode: Int16 = 0
    var errorMessage: String?
    var partitionCount: Int32 = -1
    var replicationFactor: Int16 = -1
    var configs: [Config]?

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&name)
      try coder.integer(&errorCode)
      if coder.version >= 1 { try coder.nullableString(&errorMessage) }
      if coder.version >= 5 { try coder.integer(&partitionCount) }
      if coder.version >= 5 { try coder.integer(&replicationFactor) }
      if coder.version >= 5 { try coder.nullableArray(&configs) }
    }
  }

  struct Config: WireStruct, Sendable {
    var name: String = ""
    var value: String?
    var readOnly: Bool = false
    var source: Int8 = 0
    var isSensitive: Bool = false

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&name)
      try coder.nullableString(&value)
      try coder.bool(&readOnly)
      try coder.integer(&source)
      try coder.bool(&isSensitive)
    }
  }
}

/// Deletes topics.
struct DeleteTopicsRequest: ApiRequest, Sendable {
  typealias Response = DeleteTopicsResponse
  static var key: ApiKey { .deleteTopics }

  var names: [String] = []
  var timeoutMs: Int32 = 0

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.strings(&names)
    try coder.integer(&timeoutMs)
  }
}

/// Whether each topic was deleted.
struct DeleteTopicsResponse: WireStruct, Sendable {
  var throttleTimeMs: Int32 = 0
  var results: [Result] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    if coder.version >= 1 { try coder.integer(&throttleTimeMs) }
    try coder.array(&results)
  }

  struct Result: WireStruct, Sendable {
    var name: String = ""
    var errorCode: Int16 = 0

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&name)
      try coder.integer(&errorCode)
    }
  }
}

/// Grows topics to a number of partitions.
struct CreatePartitionsRequest: ApiRequest, Sendable {
  typealias Response = CreatePartitionsResponse
  static var key: ApiKey { .createPartitions }

  var topics: [Topic] = []
  var timeoutMs: Int32 = 0
  var validateOnly: Bool = false

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.array(&topics)
    try coder.integer(&timeoutMs)
    try coder.bool(&validateOnly)
  }

  struct Topic: WireStruct, Sendable {
    var name: String = ""
    var count: Int32 = 0
    var assignments: [Assignment]?

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&name)
      try coder.integer(&count)
      try coder.nullableArray(&assignments)
    }
  }

  struct Assignment: WireStruct, Sendable {
    var brokerIDs: [Int32] = []

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integers(&brokerIDs)
    }
  }
}

/// Whether each topic was grown.
struct CreatePartitionsResponse: WireStruct, Sendable {
  var throttleTimeMs: Int32 = 0
  var results: [Result] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.integer(&throttleTimeMs)
    try coder.array(&results)
  }

  struct Result: WireStruct, Sendable {
    var name: String = ""
    var errorCode: Int16 = 0
    var errorMessage: String?

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&name)
      try coder.integer(&errorCode)
      try coder.nullableString(&errorMessage)
    }
  }
}
