import JSON

/// Reads the `logicalType` attribute.
enum AvroLogicalParser {
  /// The logical type of `shape`. As the specification demands, an unknown or malformed one is ignored.
  static func logicalType(of shape: AvroType.Shape, _ json: JSONValue) -> AvroType.LogicalType? {
    guard let name = json["logicalType"]?.stringValue else { return nil }
    switch shape {
    case .bytes: return name == "decimal" ? decimal(json, maximumPrecision: .max) : nil
    case .fixed(let fixed):
      switch name {
      case "decimal": return decimal(json, maximumPrecision: digits(inBytes: fixed.size))
      case "duration": return fixed.size == 12 ? .duration : nil
      case "uuid": return fixed.size == 16 ? .uuid : nil
      default: return nil
      }
    case .int: return ["date": .date, "time-millis": .timeMillis][name]
    case .long: return ofLong[name]
    case .string: return name == "uuid" ? .uuid : nil
    default: return nil
    }
  }

  private static let ofLong: [String: AvroType.LogicalType] = [
    "time-micros": .timeMicros,
    "timestamp-millis": .timestampMillis, "timestamp-micros": .timestampMicros, "timestamp-nanos": .timestampNanos,
    "local-timestamp-millis": .localTimestampMillis, "local-timestamp-micros": .localTimestampMicros,
    "local-timestamp-nanos": .localTimestampNanos,
  ]

  private static func decimal(_ json: JSONValue, maximumPrecision: Int) -> AvroType.LogicalType? {
    guard let precision = json["precision"]?.intValue, precision > 0, precision <= maximumPrecision else { return nil }
    let scale = json["scale"] == nil ? 0 : json["scale"]?.intValue
    guard let scale, scale >= 0, scale <= precision else { return nil }
    return .decimal(precision: precision, scale: scale)
  }

  /// How many decimal digits always fit into `bytes` bytes of two's complement: floor(log10(2^(8n-1) - 1)).
  private static func digits(inBytes bytes: Int) -> Int {
    guard bytes > 0 else { return 0 }
    return Int((Double(bytes * 8 - 1) * 0.301_029_995_663_981_2).rounded(.down))
  }
}
