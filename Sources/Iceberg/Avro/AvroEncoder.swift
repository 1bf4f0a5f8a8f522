/// Avro's binary encoding, driven by a type.
struct AvroEncoder {
  private(set) var bytes: [UInt8] = []

  mutating func long(_ value: Int64) {
    var zigzag = UInt64(bitPattern: (value << 1) ^ (value >> 63))
    while zigzag >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: zigzag) | 0x80)
      zigzag >>= 7
    }
    bytes.append(UInt8(zigzag))
  }

  mutating func raw(_ data: some Sequence<UInt8>) { bytes.append(contentsOf: data) }

  mutating func data(_ data: [UInt8]) {
    long(Int64(data.count))
    bytes.append(contentsOf: data)
  }

  mutating func string(_ text: String) {
    let utf8 = text.utf8
    long(Int64(utf8.count))
    bytes.append(contentsOf: utf8)
  }

  /// Writes `value`, which must be of `type`: the pair comes from this library, not from input, but a mismatch is an error all
  /// the same.
  mutating func value(_ value: AvroValue, _ type: AvroType) throws {
    switch (type, value) {
    case (.null, .null): break
    case (.boolean, .bool(let flag)): bytes.append(flag ? 1 : 0)
    case (.int, .long(let number)), (.long, .long(let number)), (.date, .long(let number)),
      (.timestampMicros, .long(let number)):
      long(number)
    case (.double, .double(let number)): raw(Datum.double(number).serialized)
    case (.bytes, .bytes(let data)): self.data(data)
    case (.fixed(_, let size), .bytes(let data)) where data.count == size: raw(data)
    case (.decimal(_, let size, _, _), .bytes(let data)) where data.count == size: raw(data)
    case (.string, .string(let text)): string(text)
    case (.union(let branches), _): try union(value, branches)
    case (.record(_, let fields), .record(let values)) where fields.count == values.count:
      for (field, value) in zip(fields, values) { try self.value(value, field.type) }
    case (.array(let element, _), .array(let values)):
      try block(values) { encoder, item in try encoder.value(item, element) }
    case (.keyedArray(let key, _, let valueType, _), .pairs(let pairs)):
      try block(pairs) { encoder, pair in
        try encoder.value(pair.key, key)
        try encoder.value(pair.value, valueType)
      }
    default: throw IcebergError(.invalid, "a manifest value does not have the type its schema says.")
    }
  }

  private mutating func union(_ value: AvroValue, _ branches: [AvroType]) throws {
    let wanted = branches.firstIndex { ($0 == .null) == (value == .null) }
    guard let wanted else { throw IcebergError(.invalid, "a manifest value fits no branch of its union.") }
    long(Int64(wanted))
    try self.value(value, branches[wanted])
  }

  private mutating func block<T>(_ items: [T], _ write: (inout AvroEncoder, T) throws -> Void) throws {
    if !items.isEmpty {
      long(Int64(items.count))
      for item in items { try write(&self, item) }
    }
    long(0)
  }
}
