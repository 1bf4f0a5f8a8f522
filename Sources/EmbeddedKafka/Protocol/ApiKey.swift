/// The request kinds that the broker answers.
enum ApiKey: Int16, CaseIterable, Sendable {
  case produce = 0
  case fetch = 1
  case listOffsets = 2
  case metadata = 3
  case offsetCommit = 8
  case offsetFetch = 9
  case findCoordinator = 10
  case joinGroup = 11
  case heartbeat = 12
  case leaveGroup = 13
  case syncGroup = 14
  case describeGroups = 15
  case listGroups = 16
  case apiVersions = 18
  case createTopics = 19
  case deleteTopics = 20
  case deleteRecords = 21
  case initProducerId = 22
  case offsetForLeaderEpoch = 23
  case addPartitionsToTxn = 24
  case addOffsetsToTxn = 25
  case endTxn = 26
  case txnOffsetCommit = 28
  case describeConfigs = 32
  case alterConfigs = 33
  case createPartitions = 37
  case deleteGroups = 42
  case incrementalAlterConfigs = 44
  case offsetDelete = 47
  case describeCluster = 60
  case describeProducers = 61
  case describeTransactions = 65
  case listTransactions = 66
}

/// The versions of one request kind that the broker speaks.
struct ApiVersionRange: Sendable, Equatable {
  let key: ApiKey
  let min: Int16
  let max: Int16
  /// The first version in the flexible encoding; `Int16.max` where no advertised version is.
  let flexibleFrom: Int16

  private init(_ key: ApiKey, max: Int16, flexibleFrom: Int16 = .max) {
    self.key = key
    self.min = 0
    self.max = max
    self.flexibleFrom = flexibleFrom
  }

  /// What ApiVersions answers. Every minimum is 0: librdkafka before 2.6 silently stops compressing, or disables its group
  /// consumer, when a minimum is higher (librdkafka #4956, KAFKA-18659).
  ///
  /// ListGroups stays at 2 because librdkafka before 2.1 sends a stray byte from version 3 on (#4207), Fetch at 12 because 13
  /// needs topic ids, and the transaction requests below the versions of KIP-890 part 2.
  static let all: [ApiVersionRange] = [
    ApiVersionRange(.produce, max: 9, flexibleFrom: 9),
    ApiVersionRange(.fetch, max: 12, flexibleFrom: 12),
    ApiVersionRange(.listOffsets, max: 7, flexibleFrom: 6),
    ApiVersionRange(.metadata, max: 12, flexibleFrom: 9),
    ApiVersionRange(.offsetCommit, max: 8, flexibleFrom: 8),
    ApiVersionRange(.offsetFetch, max: 8, flexibleFrom: 6),
    ApiVersionRange(.findCoordinator, max: 4, flexibleFrom: 3),
    ApiVersionRange(.joinGroup, max: 7, flexibleFrom: 6),
    ApiVersionRange(.heartbeat, max: 4, flexibleFrom: 4),
    ApiVersionRange(.leaveGroup, max: 4, flexibleFrom: 4),
    ApiVersionRange(.syncGroup, max: 5, flexibleFrom: 4),
    ApiVersionRange(.describeGroups, max: 4),
    ApiVersionRange(.listGroups, max: 2),
    ApiVersionRange(.apiVersions, max: 3, flexibleFrom: 3),
    ApiVersionRange(.createTopics, max: 5, flexibleFrom: 5),
    ApiVersionRange(.deleteTopics, max: 4, flexibleFrom: 4),
    ApiVersionRange(.deleteRecords, max: 2, flexibleFrom: 2),
    ApiVersionRange(.initProducerId, max: 4, flexibleFrom: 2),
    ApiVersionRange(.offsetForLeaderEpoch, max: 4, flexibleFrom: 4),
    ApiVersionRange(.addPartitionsToTxn, max: 3, flexibleFrom: 3),
    ApiVersionRange(.addOffsetsToTxn, max: 3, flexibleFrom: 3),
    ApiVersionRange(.endTxn, max: 3, flexibleFrom: 3),
    ApiVersionRange(.txnOffsetCommit, max: 3, flexibleFrom: 3),
    ApiVersionRange(.describeConfigs, max: 2),
    ApiVersionRange(.alterConfigs, max: 1),
    ApiVersionRange(.createPartitions, max: 2, flexibleFrom: 2),
    ApiVersionRange(.deleteGroups, max: 2, flexibleFrom: 2),
    ApiVersionRange(.incrementalAlterConfigs, max: 1, flexibleFrom: 1),
    ApiVersionRange(.offsetDelete, max: 0),
    ApiVersionRange(.describeCluster, max: 0, flexibleFrom: 0),
    ApiVersionRange(.describeProducers, max: 0, flexibleFrom: 0),
    ApiVersionRange(.describeTransactions, max: 0, flexibleFrom: 0),
    ApiVersionRange(.listTransactions, max: 0, flexibleFrom: 0),
  ]

  private static let byKey = Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0) })

  /// The range of a key, if the broker answers that key.
  static func of(_ key: ApiKey) -> ApiVersionRange? { byKey[key] }

  /// Whether a version within the range is in the flexible encoding.
  func isFlexible(_ version: Int16) -> Bool { version >= flexibleFrom }
}
