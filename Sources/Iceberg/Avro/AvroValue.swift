/// A value of an Avro type.
indirect enum AvroValue: Hashable {
  case null
  case bool(Bool)
  /// `int`, `long`, dates and timestamps; the index of an enum's symbol.
  case long(Int64)
  case double(Double)
  /// `bytes` and `fixed`.
  case bytes([UInt8])
  case string(String)
  case array([AvroValue])
  case pairs([AvroPair])
  case record([AvroValue])

  struct AvroPair: Hashable {
    var key: AvroValue
    var value: AvroValue
  }

  /// The value, or null for nil.
  static func optional<T>(_ value: T?, _ make: (T) -> AvroValue) -> AvroValue { value.map(make) ?? .null }

  var int64: Int64? { if case .long(let value) = self { value } else { nil } }
  var text: String? { if case .string(let value) = self { value } else { nil } }
  var data: [UInt8]? { if case .bytes(let value) = self { value } else { nil } }
  var boolean: Bool? { if case .bool(let value) = self { value } else { nil } }
}

/// A record with its fields' ids, as a reader sees it: by id where the writer gave one, otherwise by name.
struct AvroRecord {
  let fields: [AvroField]
  let values: [AvroValue]

  subscript(id: Int, name: String) -> AvroValue? {
    let index = fields.firstIndex { $0.id == id } ?? fields.firstIndex { $0.id == nil && $0.name == name }
    guard let index, index < values.count, values[index] != .null else { return nil }
    return values[index]
  }

  /// The record in a field.
  func record(_ id: Int, _ name: String) -> AvroRecord? {
    guard let index = fields.firstIndex(where: { $0.id == id }) ?? fields.firstIndex(where: { $0.name == name }),
      index < values.count, case .record(let inner) = values[index]
    else { return nil }
    return AvroRecord(fields: fields[index].type.recordFields, values: inner)
  }
}

extension AvroType {
  /// The fields of a record, also of an optional one; empty otherwise.
  var recordFields: [AvroField] {
    switch self {
    case .record(_, let fields): fields
    case .union(let branches): branches.map(\.recordFields).first { !$0.isEmpty } ?? []
    default: []
    }
  }

  /// The element of an array, also of an optional one.
  var element: AvroType? {
    switch self {
    case .array(let element, _): element
    case .union(let branches): branches.compactMap(\.element).first
    default: nil
    }
  }
}
