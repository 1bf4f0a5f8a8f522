/// Reads Avro's binary encoding; every length is checked against what is left.
struct AvroDecoder {
  private let bytes: [UInt8]
  private(set) var position: Int
  private let end: Int

  init(_ bytes: [UInt8], from position: Int = 0) {
    self.bytes = bytes
    self.position = position
    end = bytes.count
  }

  var isAtEnd: Bool { position >= end }

  private func failure(_ what: String) -> IcebergError {
    IcebergError(.invalid, "an Avro file is damaged: \(what) at byte \(position).")
  }

  mutating func long() throws -> Int64 {
    var zigzag: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      guard position < end, shift < 64 else { throw failure("a broken number") }
      let byte = bytes[position]
      position += 1
      zigzag |= UInt64(byte & 0x7f) << shift
      if byte & 0x80 == 0 { break }
      shift += 7
    }
    return Int64(bitPattern: zigzag >> 1) ^ -Int64(bitPattern: zigzag & 1)
  }

  mutating func raw(_ count: Int) throws -> [UInt8] {
    guard count >= 0, count <= end - position else { throw failure("a length beyond the end") }
    defer { position += count }
    return Array(bytes[position..<(position + count)])
  }

  mutating func data() throws -> [UInt8] {
    let count = try long()
    guard count >= 0, count <= Int64(end - position) else { throw failure("a length beyond the end") }
    return try raw(Int(count))
  }

  mutating func string() throws -> String {
    guard let text = String(validating: try data(), as: UTF8.self) else { throw failure("invalid UTF-8") }
    return text
  }

  mutating func value(_ type: AvroType) throws -> AvroValue {
    switch type {
    case .null: return .null
    case .boolean: return .bool(try raw(1)[0] != 0)
    case .int, .long, .date, .timestampMicros, .enum: return .long(try long())
    case .float:
      let bits = try raw(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      return .double(Double(Float(bitPattern: bits)))
    case .double:
      let bits = try raw(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      return .double(Double(bitPattern: bits))
    case .bytes: return .bytes(try data())
    case .string: return .string(try string())
    case .fixed(_, let size), .decimal(_, let size, _, _): return .bytes(try raw(size))
    case .record(_, let fields): return .record(try fields.map { try value($0.type) })
    case .array(let element, _):
      var values: [AvroValue] = []
      try blocks { decoder in values.append(try decoder.value(element)) }
      return .array(values)
    case .keyedArray(let key, _, let valueType, _):
      var pairs: [AvroValue.AvroPair] = []
      try blocks { decoder in pairs.append(.init(key: try decoder.value(key), value: try decoder.value(valueType))) }
      return .pairs(pairs)
    case .map(let valueType):
      var pairs: [AvroValue.AvroPair] = []
      try blocks { decoder in pairs.append(.init(key: .string(try decoder.string()), value: try decoder.value(valueType))) }
      return .pairs(pairs)
    case .union(let branches):
      let branch = try long()
      guard branch >= 0, branch < Int64(branches.count) else { throw failure("an unknown union branch") }
      return try value(branches[Int(branch)])
    }
  }

  /// Runs `item` for every element of an array or map. A block that claims more elements than bytes are left is refused,
  /// unless its elements take no bytes, which manifests do not have.
  private mutating func blocks(_ item: (inout AvroDecoder) throws -> Void) throws {
    while true {
      var count = try long()
      if count == 0 { return }
      if count < 0 {
        guard count != .min else { throw failure("a broken block") }
        count = -count
        _ = try long()
      }
      guard count <= Int64(end - position) else { throw failure("a block beyond the end") }
      for _ in 0..<count { try item(&self) }
    }
  }
}
