import JSON

/// An Avro object container file held in memory (Avro specification, "Object Container Files").
struct AvroContainer {
  static let magic: [UInt8] = [0x4f, 0x62, 0x6a, 1]

  /// The type of each row, as its writer declared it.
  var type: AvroType
  var metadata: [String: String]
  var rows: [AvroValue]

  /// Rows with the ids of their fields; rows that are no records are left out.
  var records: [AvroRecord] {
    let fields = type.recordFields
    return rows.compactMap { row in
      guard case .record(let values) = row else { return nil }
      return AvroRecord(fields: fields, values: values)
    }
  }

  /// The file's bytes, uncompressed: manifests are small and every reader understands the codec `null`.
  ///
  /// `sync` are 16 bytes unlikely to occur in the data.
  func serialized(sync: [UInt8]) throws -> [UInt8] {
    var out = AvroEncoder()
    out.raw(Self.magic)
    var header = metadata
    header["avro.schema"] = type.json.text
    header["avro.codec"] = "null"
    out.long(Int64(header.count))
    for (key, value) in header.sorted(by: { $0.key < $1.key }) {
      out.string(key)
      out.string(value)
    }
    out.long(0)
    out.raw(sync)
    guard !rows.isEmpty else { return out.bytes }
    var block = AvroEncoder()
    for row in rows { try block.value(row, type) }
    out.long(Int64(rows.count))
    out.data(block.bytes)
    out.raw(sync)
    return out.bytes
  }

  init(type: AvroType, metadata: [String: String], rows: [AvroValue]) {
    self.type = type
    self.metadata = metadata
    self.rows = rows
  }

  /// Reads a whole file with the codec `null` or `deflate`. Throws `IcebergError.invalid` or, for another codec, `.unsupported`.
  init(parsing bytes: [UInt8]) throws {
    var input = AvroDecoder(bytes)
    guard bytes.starts(with: Self.magic) else { throw IcebergError(.invalid, "a manifest is not an Avro file.") }
    _ = try input.raw(4)
    var metadata: [String: String] = [:]
    if case .pairs(let pairs) = try input.value(.map(.bytes)) {
      for pair in pairs { metadata[pair.key.text ?? ""] = String(decoding: pair.value.data ?? [], as: UTF8.self) }
    }
    let sync = try input.raw(16)
    let type = try AvroType(json: try JSONValue(table: metadata["avro.schema"] ?? ""))
    self.init(type: type, metadata: metadata, rows: [])
    while !input.isAtEnd {
      let count = try input.long()
      let block = try Self.decompress(try input.data(), metadata["avro.codec"] ?? "null")
      var decoder = AvroDecoder(block)
      guard count >= 0, count <= Int64(block.count) else { throw IcebergError(.invalid, "an Avro block is damaged.") }
      for _ in 0..<count { rows.append(try decoder.value(type)) }
      guard decoder.isAtEnd, try input.raw(16) == sync else { throw IcebergError(.invalid, "an Avro block is damaged.") }
    }
  }

  private static func decompress(_ block: [UInt8], _ codec: String) throws -> [UInt8] {
    switch codec {
    case "null": return block
    case "deflate": return try Inflate.decompress(block)
    default: throw IcebergError(.unsupported, "manifests compressed with \(codec) cannot be read; write them with deflate.")
    }
  }
}
