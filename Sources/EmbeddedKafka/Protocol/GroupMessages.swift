/// Enters a consumer group, or its next generation.
struct JoinGroupRequest: ApiRequest, Sendable {
  typealias Response = JoinGroupResponse
  static var key: ApiKey { .joinGroup }

  var groupID: String = ""
  var sessionTimeoutMs: Int32 = 0
  var rebalanceTimeoutMs: Int32 = -1
  var memberID: String = ""
  var instanceID: String?
  var protocolType: String = ""
  var protocols: [GroupProtocol] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.string(&groupID)
    try coder.integer(&sessionTimeoutMs)
    if coder.version >= 1 { try coder.integer(&rebalanceTimeoutMs) }
    try coder.string(&memberID)
    if coder.version >= 5 { try coder.nullableString(&instanceID) }
    try coder.string(&protocolType)
    try coder.array(&protocols)
  }

  struct GroupProtocol: WireStruct, Sendable {
    var name: String = ""
    var metadata: [UInt8] = []

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&name)
      try coder.bytes(&metadata)
    }
  }
}

/// The generation joined; the leader also learns the members.
struct JoinGroupResponse: WireStruct, Sendable {
  var throttleTimeMs: Int32 = 0
  var errorCode: Int16 = 0
  var generationID: Int32 = -1
  var protocolType: String?
  var protocolName: String? = ""
  var leader: String = ""
  var memberID: String = ""
  var members: [Member] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    if coder.version >= 2 { try coder.integer(&throttleTimeMs) }
    try coder.integer(&errorCode)
    try coder.integer(&generationID)
    if coder.version >= 7 { try coder.nullableString(&protocolType) }
    try coder.nullableString(&protocolName)
    try coder.string(&leader)
    try coder.string(&memberID)
    try coder.array(&members)
  }

  struct Member: WireStruct, Sendable {
    var memberID: String = ""
    var instanceID: String?
    var metadata: [UInt8] = []

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&memberID)
      if coder.version >= 5 { try coder.nullableString(&instanceID) }
      try coder.bytes(&metadata)
    }
  }
}

/// Hands in (leader) and receives (all) the assignment of a generation.
struct SyncGroupRequest: ApiRequest, Sendable {
  typealias Response = SyncGroupResponse
  static var key: ApiKey { .syncGroup }

  var groupID: String = ""
  var generationID: Int32 = 0
  var memberID: String = ""
  var instanceID: String?
  var protocolType: String?
  var protocolName: String?
  var assignments: [Assignment] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.string(&groupID)
    try coder.integer(&generationID)
    try coder.string(&memberID)
    if coder.version >= 3 { try coder.nullableString(&instanceID) }
    if coder.version >= 5 { try coder.nullableString(&protocolType) }
    if coder.version >= 5 { try coder.nullableString(&protocolName) }
    try coder.array(&assignments)
  }

  struct Assignment: WireStruct, Sendable {
    var memberID: String = ""
    var assignment: [UInt8] = []

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&memberID)
      try coder.bytes(&assignment)
    }
  }
}

/// The member's own assignment.
struct SyncGroupResponse: WireStruct, Sendable {
  var throttleTimeMs: Int32 = 0
  var errorCode: Int16 = 0
  var protocolType: String?
  var protocolName: String?
  var assignment: [UInt8] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    if coder.version >= 1 { try coder.integer(&throttleTimeMs) }
    try coder.integer(&errorCode)
    if coder.version >= 5 { try coder.nullableString(&protocolType) }
    if coder.version >= 5 { try coder.nullableString(&protocolName) }
    try coder.bytes(&assignment)
  }
}

/// Keeps a group member alive.
struct HeartbeatRequest: ApiRequest, Sendable {
  typealias Response = HeartbeatResponse
  static var key: ApiKey { .heartbeat }

  var groupID: String = ""
  var generationID: Int32 = 0
  var memberID: String = ""
  var instanceID: String?

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.string(&groupID)
    try coder.integer(&generationID)
    try coder.string(&memberID)
    if coder.version >= 3 { try coder.nullableString(&instanceID) }
  }
}

/// Whether the generation still holds.
struct HeartbeatResponse: WireStruct, Sendable {
  var throttleTimeMs: Int32 = 0
  var errorCode: Int16 = 0

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    if coder.version >= 1 { try coder.integer(&throttleTimeMs) }
    try coder.integer(&errorCode)
  }
}

/// Takes members out of a group.
struct LeaveGroupRequest: ApiRequest, Sendable {
  typealias Response = LeaveGroupResponse
  static var key: ApiKey { .leaveGroup }

  var groupID: String = ""
  var memberID: String = ""
  var members: [Member] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.string(&groupID)
    if coder.version <= 2 { try coder.string(&memberID) }
    if coder.version >= 3 { try coder.array(&members) }
  }

  struct Member: WireStruct, Sendable {
    var memberID: String = ""
    var instanceID: String?

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&memberID)
      try coder.nullableString(&instanceID)
    }
  }
}

/// Whether each member was taken out.
struct LeaveGroupResponse: WireStruct, Sendable {
  var throttleTimeMs: Int32 = 0
  var errorCode: Int16 = 0
  var members: [Member] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    if coder.version >= 1 { try coder.integer(&throttleTimeMs) }
    try coder.integer(&errorCode)
    if coder.version >= 3 { try coder.array(&members) }
  }

  struct Member: WireStruct, Sendable {
    var memberID: String = ""
    var instanceID: String?
    var errorCode: Int16 = 0

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&memberID)
      try coder.nullableString(&instanceID)
      try coder.integer(&errorCode)
    }
  }
}
