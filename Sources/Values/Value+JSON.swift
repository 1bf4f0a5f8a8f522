import Columns
import Foundation
import JSON
import SQL

/// How times stand in JSON.
public enum JSONTimes: Sendable {
  /// As ksqlDB's JSON format: TIMESTAMP and TIME in milliseconds, DATE in days; a part of a millisecond is lost.
  case numbers
  /// As in answers to queries: ISO-8601 texts.
  case texts
}

extension Value {
  /// The value as JSON: BYTES in Base64, maps as objects in the order of their entries, structures as objects in the order
  /// of their members; NaN and infinities, which JSON does not have, as texts. NULL members of structures stay.
  public func json(as type: SQLType, times: JSONTimes = .numbers) -> JSONValue {
    switch (self, type) {
    case (.array(let values), .array(let element)): return .array(values.map { $0.json(as: element, times: times) })
    case (.map(let entries), .map(let key, let value)):
      return .object(
        entries.map { .init($0.key.text(as: key) ?? "null", $0.value.json(as: value, times: times)) })
    case (.structure(let values), .structure(let members)):
      return .object(zip(members, values).map { .init($0.name, $1.json(as: $0.type, times: times)) })
    default: return scalarJSON(times)
    }
  }

  private func scalarJSON(_ times: JSONTimes) -> JSONValue {
    switch (self, times) {
    case (.null, _): return .null
    case (.boolean(let value), _): return .bool(value)
    case (.integer, _), (.bigint, _), (.decimal, _): return .number(scalarText ?? "0")
    case (.double(let value), _): return value.isFinite ? .number(JavaDouble.text(value)) : .string(JavaDouble.text(value))
    case (.timestamp(let micros), .numbers), (.time(let micros), .numbers): return .int(micros.flooredQuotient(1000))
    case (.date(let days), .numbers): return .int(days)
    default: return scalarText.map { .string($0) } ?? .null
    }
  }
}
