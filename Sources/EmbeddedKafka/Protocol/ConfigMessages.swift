/// Asks for settings of topics (type 2) or the broker (4); null keys are all of them.
struct DescribeConfigsRequest: ApiRequest, Sendable {
  typealias Response = DescribeConfigsResponse
  static var key: ApiKey { .describeConfigs }

  var resources: [Resource] = []
  var includeSynonyms: Bool = false

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.array(&resources)
    if coder.version >= 1 { try coder.bool(&includeSynonyms) }
  }

  struct Resource: WireStruct, Sendable {
    var type: Int8 = 0
    var name: String = ""
    var keys: [String]?

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&type)
      try coder.string(&name)
      try coder.nullableStrings(&keys)
    }
  }
}

/// Every setting asked for.
struct DescribeConfigsResponse: WireStruct, Sendable {
  var throttleTimeMs: Int32 = 0
  var results: [Result] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.integer(&throttleTimeMs)
    try coder.array(&results)
  }

  struct Result: WireStruct, Sendable {
    var errorCode: Int16 = 0
    var errorMessage: String?
    var type: Int8 = 0
    var name: String = ""
    var configs: [Config] = []

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&errorCode)
      try coder.nullableString(&errorMessage)
      try coder.integer(&type)
      try coder.string(&name)
      try coder.array(&configs)
    }
  }

  struct Config: WireStruct, Sendable {
    var name: String = ""
    var value: String?
    var readOnly: Bool = false
    var isDefault: Bool = false
    var source: Int8 = -1
    var isSensitive: Bool = false
    var synonyms: [Synonym] = []

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&name)
      try coder.nullableString(&value)
      try coder.bool(&readOnly)
      if coder.version <= 0 { try coder.bool(&isDefault) }
      if coder.version >= 1 { try coder.integer(&source) }
      try coder.bool(&isSensitive)
      if coder.version >= 1 { try coder.array(&synonyms) }
    }
  }

  struct Synonym: WireStruct, Sendable {
    var name: String = ""
    var value: String?
    var source: Int8 = 0

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&name)
      try coder.nullableString(&value)
      try coder.integer(&source)
    }
  }
}

/// Replaces all settings of resources.
struct AlterConfigsRequest: ApiRequest, Sendable {
  typealias Response = AlterConfigsResponse
  static var key: ApiKey { .alterConfigs }

  var resources: [Resource] = []
  var validateOnly: Bool = false

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.array(&resources)
    try coder.bool(&validateOnly)
  }

  struct Resource: WireStruct, Sendable {
    var type: Int8 = 0
    var name: String = ""
    var configs: [Config] = []

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&type)
      try coder.string(&name)
      try coder.array(&configs)
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

/// Whether each resource was altered.
struct AlterConfigsResponse: WireStruct, Sendable {
  var throttleTimeMs: Int32 = 0
  var results: [Result] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.integer(&throttleTimeMs)
    try coder.array(&results)
  }

  struct Result: WireStruct, Sendable {
    var errorCode: Int16 = 0
    var errorMessage: String?
    var type: Int8 = 0
    var name: String = ""

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&errorCode)
      try coder.nullableString(&errorMessage)
      try coder.integer(&type)
      try coder.string(&name)
    }
  }
}

/// Changes single settings: 0 sets, 1 deletes, 2 appends to and 3 subtracts from a list.
struct IncrementalAlterConfigsRequest: ApiRequest, Sendable {
  typealias Response = IncrementalAlterConfigsResponse
  static var key: ApiKey { .incrementalAlterConfigs }

  var resources: [Resource] = []
  var validateOnly: Bool = false

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.array(&resources)
    try coder.bool(&validateOnly)
  }

  struct Resource: WireStruct, Sendable {
    var type: Int8 = 0
    var name: String = ""
    var configs: [Config] = []

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&type)
      try coder.string(&name)
      try coder.array(&configs)
    }
  }

  struct Config: WireStruct, Sendable {
    var name: String = ""
    var operation: Int8 = 0
    var value: String?

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&name)
      try coder.integer(&operation)
      try coder.nullableString(&value)
    }
  }
}

/// Whether each resource was altered.
struct IncrementalAlterConfigsResponse: WireStruct, Sendable {
  var throttleTimeMs: Int32 = 0
  var results: [Result] = []

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.integer(&throttleTimeMs)
    try coder.array(&results)
  }

  struct Result: WireStruct, Sendable {
    var errorCode: Int16 = 0
    var errorMessage: String?
    var type: Int8 = 0
    var name: String = ""

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.integer(&errorCode)
      try coder.nullableString(&errorMessage)
      try coder.integer(&type)
      try coder.string(&name)
    }
  }
}
