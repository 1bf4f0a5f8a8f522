/// Asks for the members and assignments of groups.
struct DescribeGroupsRequest: ApiRequest, Sendable {
  typealias Response = DescribeGroupsResponse
  static var key: ApiKey { .describeGroups }

  var groups: [String] = []
  var includeOperations: Bool = false

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.strings(&groups)
    if coder.version >= 3 { try coder.bool(&includeOperations) }
  }
}

/// State, members and assignments of each group.
struct DescribeGroupsResponse: WireStruct, Sendable {
  var throttleTimeMs: Int32 = 0
  var groups: [Group] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    if coder.version >= 1 { try coder.integer(&throttleTimeMs) }
    try coder.array(&groups)
  }

  struct Group: WireStruct, Sendable {
    var errorCode: Int16 = 0
    var groupID: String = ""
    var state: String = ""
    var protocolType: String = ""
    var protocolData: String = ""
    var members: [Member] = []
    var operations: Int32 = Int32.min

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&errorCode)
      try coder.string(&groupID)
      try coder.string(&state)
      try coder.string(&protocolType)
      try coder.string(&protocolData)
      try coder.array(&members)
      if coder.version >= 3 { try coder.integer(&operations) }
    }
  }

  struct Member: WireStruct, Sendable {
    var memberID: String = ""
    var instanceID: String?
    var clientID: String = ""
    var clientHost: String = ""
    var metadata: [UInt8] = []
    var assignment: [UInt8] = []

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&memberID)
      if coder.version >= 4 { try coder.nullableString(&instanceID) }
      try coder.string(&clientID)
      try coder.string(&clientHost)
      try coder.bytes(&metadata)
      try coder.bytes(&assignment)
    }
  }
}

/// Asks for all groups.
struct ListGroupsRequest: ApiRequest, Sendable {
  typealias Response = ListGroupsResponse
  static var key: ApiKey { .listGroups }

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
  }
}

/// All groups.
struct ListGroupsResponse: WireStruct, Sendable {
  var throttleTimeMs: Int32 = 0
  var errorCode: Int16 = 0
  var groups: [Group] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    if coder.version >= 1 { try coder.integer(&throttleTimeMs) }
    try coder.integer(&errorCode)
    try coder.array(&groups)
  }

  struct Group: WireStruct, Sendable {
    var groupID: String = ""
    var protocolType: String = ""

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&groupID)
      try coder.string(&protocolType)
    }
  }
}

/// Deletes empty groups and their offsets.
struct DeleteGroupsRequest: ApiRequest, Sendable {
  typealias Response = DeleteGroupsResponse
  static var key: ApiKey { .deleteGroups }

  var groups: [String] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.strings(&groups)
  }
}

/// Whether each group was deleted.
struct DeleteGroupsResponse: WireStruct, Sendable {
  var throttleTimeMs: Int32 = 0
  var results: [Result] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.integer(&throttleTimeMs)
    try coder.array(&results)
  }

  struct Result: WireStruct, Sendable {
    var groupID: String = ""
    var errorCode: Int16 = 0

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&groupID)
      try coder.integer(&errorCode)
    }
  }
}

/// Deletes committed offsets of a group.
struct OffsetDeleteRequest: ApiRequest, Sendable {
  typealias Response = OffsetDeleteResponse
  static var key: ApiKey { .offsetDelete }

  var groupID: String = ""
  var topics: [Topic] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.string(&groupID)
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

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&index)
    }
  }
}

/// Whether each offset was deleted.
struct OffsetDeleteResponse: WireStruct, Sendable {
  var errorCode: Int16 = 0
  var throttleTimeMs: Int32 = 0
  var topics: [Topic] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.integer(&errorCode)
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
