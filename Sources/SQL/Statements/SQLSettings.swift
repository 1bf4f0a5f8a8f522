/// What SET changes for the statements after it.
public struct SQLSettings: Hashable, Sendable {
  /// `ksql.persistence.default.format.key`: KEY_FORMAT where a statement does not say it.
  public var keyFormat = DataFormat.kafka
  /// `ksql.persistence.default.format.value`: VALUE_FORMAT where a statement does not say it.
  public var valueFormat = DataFormat.avro
  /// `ksql.persistence.wrap.single.values`: WRAP_SINGLE_VALUE where a statement does not say it.
  public var wrapsSingleValue: Bool?
  /// `ksql.functions.collect_list.limit` and `ksql.functions.collect_set.limit`: how many values COLLECT_LIST and COLLECT_SET
  /// hold of a group.
  public var collectListLimit = Self.collectLimit
  public var collectSetLimit = Self.collectLimit
  /// `ksql.query.pull.table.scan.enabled`: whether a SELECT without EMIT may read all rows of a table.
  public var allowsTableScans = true
  /// `ksql.output.topic.name.prefix`: stands in front of names of topics that CREATE … AS SELECT does not say.
  public var topicPrefix = ""

  static let collectLimit = 1000

  public init() {}

  /// Every setting by name, with the value it has; for SHOW PROPERTIES.
  public var all: [(name: String, value: String)] {
    [
      ("auto.offset.reset", "earliest"), ("ksql.functions.collect_list.limit", "\(collectListLimit)"),
      ("ksql.functions.collect_set.limit", "\(collectSetLimit)"), ("ksql.output.topic.name.prefix", topicPrefix),
      ("ksql.persistence.default.format.key", keyFormat.rawValue),
      ("ksql.persistence.default.format.value", valueFormat.rawValue),
      ("ksql.persistence.wrap.single.values", wrapsSingleValue.map { "\($0)" } ?? ""),
      ("ksql.query.pull.table.scan.enabled", "\(allowsTableScans)"), ("processing.guarantee", "exactly_once_v2"),
    ]
  }

  static let names = SQLSettings().all.map(\.name)

  /// `name` without ksqlDB's prefix for settings of Kafka Streams.
  static func plain(_ name: String) -> String {
    let prefix = "ksql.streams."
    return name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
  }

  /// What became of a change.
  enum Outcome { case taken, unknown, fixed(String), expected([String]) }

  /// Changes a setting as SET does. False for what is no setting, or cannot have this value.
  public mutating func take(_ name: String, _ value: String) -> Bool {
    if case .taken = set(Self.plain(name), to: value) { true } else { false }
  }

  mutating func set(_ name: String, to value: String) -> Outcome {
    switch name {
    case "auto.offset.reset": return value == "earliest" ? .taken : .fixed("earliest")
    case "processing.guarantee":
      return ["exactly_once_v2", "exactly_once"].contains(value) ? .taken : .fixed("exactly_once_v2")
    case "ksql.persistence.default.format.key": return Self.change(&keyFormat, to: value)
    case "ksql.persistence.default.format.value": return Self.change(&valueFormat, to: value)
    case "ksql.persistence.wrap.single.values":
      guard let wraps = Bool(value.lowercased()) else { return .expected(["'true'", "'false'"]) }
      wrapsSingleValue = wraps
      return .taken
    case "ksql.functions.collect_list.limit": return Self.change(&collectListLimit, to: value)
    case "ksql.functions.collect_set.limit": return Self.change(&collectSetLimit, to: value)
    case "ksql.query.pull.table.scan.enabled":
      guard let allows = Bool(value.lowercased()) else { return .expected(["'true'", "'false'"]) }
      allowsTableScans = allows
      return .taken
    case "ksql.output.topic.name.prefix":
      topicPrefix = value
      return .taken
    default: return .unknown
    }
  }

  mutating func unset(_ name: String) -> Outcome {
    let initial = SQLSettings()
    switch name {
    case "auto.offset.reset", "processing.guarantee": break
    case "ksql.persistence.default.format.key": keyFormat = initial.keyFormat
    case "ksql.persistence.default.format.value": valueFormat = initial.valueFormat
    case "ksql.persistence.wrap.single.values": wrapsSingleValue = initial.wrapsSingleValue
    case "ksql.functions.collect_list.limit": collectListLimit = initial.collectListLimit
    case "ksql.functions.collect_set.limit": collectSetLimit = initial.collectSetLimit
    case "ksql.query.pull.table.scan.enabled": allowsTableScans = initial.allowsTableScans
    case "ksql.output.topic.name.prefix": topicPrefix = initial.topicPrefix
    default: return .unknown
    }
    return .taken
  }

  private static func change(_ limit: inout Int, to text: String) -> Outcome {
    guard let count = Int(text), (1...mostCollected).contains(count) else {
      return .expected(["a number from 1 to \(mostCollected)"])
    }
    limit = count
    return .taken
  }

  /// A group with more would hardly fit the one record that holds its state.
  private static let mostCollected = 100_000

  private static func change(_ format: inout DataFormat, to name: String) -> Outcome {
    guard let new = DataFormat(rawValue: name.uppercased()) else {
      return .expected(DataFormat.allCases.map { "'\($0.rawValue)'" })
    }
    format = new
    return .taken
  }
}
