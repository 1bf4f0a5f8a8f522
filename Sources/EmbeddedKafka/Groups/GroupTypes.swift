/// Where a group stands (GroupMetadata of Apache Kafka 3.9, the classic protocol).
enum GroupState: String, Sendable {
  case empty = "Empty"
  case preparingRebalance = "PreparingRebalance"
  case completingRebalance = "CompletingRebalance"
  case stable = "Stable"
  case dead = "Dead"
}

/// A way of assigning partitions that a member offers, with its subscription in that way's own format.
struct GroupProtocolOffer: Equatable, Sendable {
  var name: String
  var metadata: [UInt8]
}

/// A member of a group.
struct GroupMember: Equatable, Sendable {
  var id: String
  /// Set for static members (KIP-345), which keep their place across restarts.
  var instanceID: String?
  var clientID: String
  var clientHost: String
  var sessionTimeoutMs: Int32
  var rebalanceTimeoutMs: Int32
  var protocols: [GroupProtocolOffer]
  var assignment: [UInt8] = []
  /// When the member is taken for dead unless heard of, in milliseconds of the caller's clock.
  var deadlineMs: Int64 = 0
  /// The parked JoinGroup or SyncGroup of the member.
  var waitingJoin: Int?
  var waitingSync: Int?

  func metadata(of protocolName: String) -> [UInt8] {
    protocols.first { $0.name == protocolName }?.metadata ?? []
  }
}

/// A JoinGroup request as the state machine sees it.
struct GroupJoin: Sendable {
  var memberID: String
  var instanceID: String?
  var clientID: String
  var clientHost: String
  var sessionTimeoutMs: Int32
  var rebalanceTimeoutMs: Int32
  var protocolType: String
  var protocols: [GroupProtocolOffer]
  /// The id that a new member gets.
  var freshMemberID: String
  /// JoinGroup version 4 and later: a new member has to come back with its id (KIP-394).
  var requiresMemberID: Bool
}

/// What JoinGroup is answered.
struct GroupJoinAnswer: Equatable, Sendable {
  struct Member: Equatable, Sendable {
    var id: String
    var instanceID: String?
    var metadata: [UInt8]
  }

  var error = ErrorCode.none
  var generation: Int32 = -1
  var protocolType: String?
  var protocolName: String?
  var leader = ""
  var memberID = ""
  /// All members for the leader, nobody for the others.
  var members: [Member] = []
}

/// What SyncGroup is answered.
struct GroupSyncAnswer: Equatable, Sendable {
  var error = ErrorCode.none
  var protocolType: String?
  var protocolName: String?
  var assignment: [UInt8] = []
}

/// The part of a group that outlives the broker's process.
struct GroupSnapshot: Equatable, Sendable {
  var protocolType = ""
  var generation: Int32 = 0
  var protocolName: String?
  var leader: String?
  var members: [GroupMember] = []
}

/// What the coordinator has to do, in this order.
enum GroupEffect: Equatable, Sendable {
  /// Store durably; on failure the answers that follow become COORDINATOR_NOT_AVAILABLE.
  case store(GroupSnapshot)
  case answerJoin(token: Int, GroupJoinAnswer)
  case answerSync(token: Int, GroupSyncAnswer)
}
