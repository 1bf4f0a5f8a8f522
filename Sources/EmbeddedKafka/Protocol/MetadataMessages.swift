/// Asks for brokers, topics and partitions; null topics are all of them, an empty list none (all in version 0).
struct MetadataRequest: ApiRequest, Sendable {
  typealias Response = MetadataResponse
  static var key: ApiKey { .metadata }

  var topics: [Topic]?
  var allowAutoTopicCreation: Bool = true
  var includeClusterOperations: Bool = false
  var includeTopicOperations: Bool = false

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.nullableArray(&topics)
    if coder.version >= 4 { try coder.bool(&allowAutoTopicCreation) }
    if coder.version >= 8 && coder.version <= 10 { try coder.bool(&includeClusterOperations) }
    if coder.version >= 8 { try coder.bool(&includeTopicOperations) }
  }

  struct Topic: WireStruct, Sendable {
    var id: WireUUID = WireUUID()
    var name: String?

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      if coder.version >= 10 { try coder.uuid(&id) }
      try coder.nullableString(&name)
    }
  }
}

/// The one broker, and the topics asked for.
struct MetadataResponse: WireStruct, Sendable {
  var throttleTimeMs: Int32 = 0
  var brokers: [Broker] = []
  var clusterID: String?
  var controllerID: Int32 = 0
  var topics: [Topic] = []
  var clusterOperations: Int32 = Int32.min

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    if coder.version >= 3 { try coder.integer(&throttleTimeMs) }
    try coder.array(&brokers)
    if coder.version >= 2 { try coder.nullableString(&clusterID) }
    if coder.version >= 1 { try coder.integer(&controllerID) }
    try coder.array(&topics)
    if coder.version >= 8 && coder.version <= 10 { try coder.integer(&clusterOperations) }
  }

  struct Broker: WireStruct, Sendable {
    var nodeID: Int32 = 0
    var host: String = ""
    var port: Int32 = 0
    var rack: String?

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&nodeID)
      try coder.string(&host)
      try coder.integer(&port)
      if coder.version >= 1 { try coder.nullableString(&rack) }
    }
  }

  struct Topic: WireStruct, Sendable {
    var errorCode: Int16 = 0
    var name: String = ""
    var id: WireUUID = WireUUID()
    var isInternal: Bool = false
    var partitions: [Partition] = []
    var operations: Int32 = Int32.min

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&errorCode)
      try coder.string(&name)
      if coder.version >= 10 { try coder.uuid(&id) }
      if coder.version >= 1 { try coder.bool(&isInternal) }
      try coder.array(&partitions)
      if coder.version >= 8 { try coder.integer(&operations) }
    }
  }

  struct Partition: WireStruct, Sendable {
    var errorCode: Int16 = 0
    var index: Int32 = 0
    var leaderID: Int32 = 0
    var leaderEpoch: Int32 = -1
    var replicas: [Int32] = []
    var inSyncReplicas: [Int32] = []
    var offlineReplicas: [Int32] = []

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&errorCode)
      try coder.integer(&index)
      try coder.integer(&leaderID)
      if coder.version >= 7 { try coder.integer(&leaderEpoch) }
      try coder.integers(&replicas)
      try coder.integers(&inSyncReplicas)
      if coder.version >= 5 { try coder.integers(&offlineReplicas) }
    }
  }
}

/// Asks for the cluster id and its brokers.
struct DescribeClusterRequest: ApiRequest, Sendable {
  typealias Response = DescribeClusterResponse
  static var key: ApiKey { .describeCluster }

  var includeOperations: Bool = false

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.bool(&includeOperations)
  }
}

/// The cluster id and the one broker.
struct DescribeClusterResponse: WireStruct, Sendable {
  var throttleTimeMs: Int32 = 0
  var errorCode: Int16 = 0
  var errorMessage: String?
  var clusterID: String = ""
  var controllerID: Int32 = 0
  var brokers: [Broker] = []
  var operations: Int32 = Int32.min

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.integer(&throttleTimeMs)
    try coder.integer(&errorCode)
    try coder.nullableString(&errorMessage)
    try coder.string(&clusterID)
    try coder.integer(&controllerID)
    try coder.array(&brokers)
    try coder.integer(&operations)
  }

  struct Broker: WireStruct, Sendable {
    var nodeID: Int32 = 0
    var host: String = ""
    var port: Int32 = 0
    var rack: String?

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&nodeID)
      try coder.string(&host)
      try coder.integer(&port)
      try coder.nullableString(&rack)
    }
  }
}

/// Asks which requests the broker answers.
struct ApiVersionsRequest: ApiRequest, Sendable {
  typealias Response = ApiVersionsResponse
  static var key: ApiKey { .apiVersions }

  var softwareName: String = ""
  var softwareVersion: String = ""

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    if coder.version >= 3 { try coder.string(&softwareName) }
    if coder.version >= 3 { try coder.string(&softwareVersion) }
  }
}

/// The version table.
struct ApiVersionsResponse: WireStruct, Sendable {
  var errorCode: Int16 = 0
  var keys: [Key] = []
  var throttleTimeMs: Int32 = 0

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.integer(&errorCode)
    try coder.array(&keys)
    if coder.version >= 1 { try coder.integer(&throttleTimeMs) }
  }

  struct Key: WireStruct, Sendable {
    var key: Int16 = 0
    var min: Int16 = 0
    var max: Int16 = 0

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&key)
      try coder.integer(&min)
      try coder.integer(&max)
    }
  }
}
