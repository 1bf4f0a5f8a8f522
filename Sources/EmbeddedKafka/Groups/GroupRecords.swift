import NIOCore

/// Keys and values of `__consumer_offsets` in Apache Kafka's layout: OffsetCommitKey 1, OffsetCommitValue 3, GroupMetadataKey 2,
/// GroupMetadataValue 3.
enum GroupRecord {
  static let offsetKeyVersion: Int16 = 1
  static let offsetValueVersion: Int16 = 3
  static let groupKeyVersion: Int16 = 2
  static let groupValueVersion: Int16 = 3

  struct OffsetKey: WireStruct {
    var group = ""
    var topic = ""
    var partition: Int32 = 0

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&group)
      try coder.string(&topic)
      try coder.integer(&partition)
    }
  }

  struct OffsetValue: WireStruct {
    var offset: Int64 = -1
    var leaderEpoch: Int32 = -1
    var metadata = ""
    var commitTimestampMs: Int64 = -1

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&offset)
      try coder.integer(&leaderEpoch)
      try coder.string(&metadata)
      try coder.integer(&commitTimestampMs)
    }
  }

  struct GroupKey: WireStruct {
    var group = ""

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&group)
    }
  }

  struct GroupValue: WireStruct {
    var protocolType = ""
    var generation: Int32 = 0
    var protocolName: String?
    var leader: String?
    var stateTimestampMs: Int64 = -1
    var members: [Member] = []

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&protocolType)
      try coder.integer(&generation)
      try coder.nullableString(&protocolName)
      try coder.nullableString(&leader)
      try coder.integer(&stateTimestampMs)
      try coder.array(&members)
    }
  }

  struct Member: WireStruct {
    var id = ""
    var instanceID: String?
    var clientID = ""
    var clientHost = ""
    var rebalanceTimeoutMs: Int32 = 0
    var sessionTimeoutMs: Int32 = 0
    var subscription: [UInt8] = []
    var assignment: [UInt8] = []

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&id)
      try coder.nullableString(&instanceID)
      try coder.string(&clientID)
      try coder.string(&clientHost)
      try coder.integer(&rebalanceTimeoutMs)
      try coder.integer(&sessionTimeoutMs)
      try coder.bytes(&subscription)
      try coder.bytes(&assignment)
    }
  }
}

extension GroupSnapshot {
  /// As it is stored; of each member's offers only the chosen protocol's is kept.
  func record(nowMs: Int64) -> GroupRecord.GroupValue {
    var value = GroupRecord.GroupValue()
    value.protocolType = protocolType
    value.generation = generation
    value.protocolName = protocolName
    value.leader = leader
    value.stateTimestampMs = nowMs
    value.members = members.map { member in
      GroupRecord.Member(
        id: member.id, instanceID: member.instanceID, clientID: member.clientID, clientHost: member.clientHost,
        rebalanceTimeoutMs: member.rebalanceTimeoutMs, sessionTimeoutMs: member.sessionTimeoutMs,
        subscription: member.metadata(of: protocolName ?? ""), assignment: member.assignment)
    }
    return value
  }

  init(_ value: GroupRecord.GroupValue) {
    protocolType = value.protocolType
    generation = value.generation
    protocolName = value.protocolName
    leader = value.leader
    members = value.members.map { stored in
      GroupMember(
        id: stored.id, instanceID: stored.instanceID, clientID: stored.clientID, clientHost: stored.clientHost,
        sessionTimeoutMs: stored.sessionTimeoutMs, rebalanceTimeoutMs: stored.rebalanceTimeoutMs,
        protocols: [GroupProtocolOffer(name: value.protocolName ?? "", metadata: stored.subscription)],
        assignment: stored.assignment)
    }
  }
}
