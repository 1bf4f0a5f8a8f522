/// What SET changes for the statements after it.
public struct SQLSettings: Hashable, Sendable {
  /// `ksql.persistence.default.format.key`: KEY_FORMAT where a statement does not say it.
  public var keyFormat = DataFormat.kafka
  /// `ksql.persistence.default.format.value`: VALUE_FORMAT where a statement does not say it.
  public var valueFormat = DataFormat.avro
  /// `ksql.persistence.wrap.single.values`: WRAP_SINGLE_VALUE where a statement does not say it.
  public var wrapsSingleValue: Bool?

  public init() {}

  /// Every setting by name, with the value it has; for SHOW PROPERTIES.
  public var all: [(name: String, value: String)] {
    [
      ("auto.offset.reset", "earliest"), ("ksql.persistence.default.format.key", keyFormat.rawValue),
      ("ksql.persistence.default.format.value", valueFormat.rawValue),
      ("ksql.persistence.wrap.single.values", wrapsSingleValue.map { "\($0)" } ?? ""),
      ("processing.guarantee", "exactly_once_v2"),
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
    default: return .unknown
    }
    return .taken
  }

  private static func change(_ format: inout DataFormat, to name: String) -> Outcome {
    guard let new = DataFormat(rawValue: name.uppercased()) else {
      return .expected(DataFormat.allCases.map { "'\($0.rawValue)'" })
    }
    format = new
    return .taken
  }
}
