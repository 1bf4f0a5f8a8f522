import Contracts
import JSON

/// JSON as a person writes it for a record of an Avro schema: no tags on unions, decimals as numbers or texts, bytes in Base64,
/// times as SQL's numbers (DATE in days, TIME and TIMESTAMP in milliseconds, whatever the schema's unit), names in any case,
/// missing fields as their default or null. Where no branch takes a value as it is, numbers may stand for texts and texts for
/// the numbers they spell.
public enum AvroJSON {
  /// The Avro datum of `json`, without a frame.
  ///
  /// - Throws: `unsupported` where the schema has no room for it.
  public static func payload(_ json: JSONValue, _ schema: AvroSchema) throws(FormatError) -> [UInt8] {
    let datum = try Matching(schema: schema).datum(json, schema.root)
    do throws(ContractError) { return try AvroReferenceCodec(schema).encode(datum) } catch {
      throw FormatError(.unsupported, error.reason)
    }
  }

  /// The datum of a default, which is written in Avro's own JSON: times count in the schema's unit.
  static func datum(_ json: JSONValue, _ type: AvroType, _ schema: AvroSchema) throws(FormatError) -> AvroValue {
    try Matching(schema: schema, scalesTimes: false).datum(json, type)
  }

  private struct Matching {
    let schema: AvroSchema
    var scalesTimes = true

    func datum(_ json: JSONValue, _ type: AvroType) throws(FormatError) -> AvroValue {
      let type = schema.resolve(type)
      if case .union(let branches) = type.shape {
        for form in Self.forms(json) {
          for (index, branch) in branches.enumerated() {
            if let found = try plain(form, schema.resolve(branch)) { return .union(index, found) }
          }
        }
      } else {
        for form in Self.forms(json) {
          if let found = try plain(form, type) { return found }
        }
      }
      throw FormatError(.unsupported, "the schema has no room for this value in its \(type.summary)")
    }

    /// The value as it is, and a number as a text or the reverse.
    private static func forms(_ json: JSONValue) -> [JSONValue] {
      switch json {
      case .number(let text): [json, .string(text)]
      case .string(let text): [json, .number(text)]
      case .bool(let value): [json, .string(value ? "true" : "false")]
      default: [json]
      }
    }

    private func plain(_ json: JSONValue, _ type: AvroType) throws(FormatError) -> AvroValue? {
      switch (json, type.shape) {
      case (.null, .null): return .null
      case (.bool(let value), .boolean): return .boolean(value)
      case (.number(let text), .int): return whole(text).flatMap { Int32(exactly: $0) }.map { .int($0) }
      case (.number(let text), .long):
        return whole(text, scale: scalesTimes ? type.logical?.digitsOfMilliseconds ?? 0 : 0).flatMap { Int64(exactly: $0) }.map {
          .long($0)
        }
      case (.number(let text), .float): return Float(text).map { .float($0) }
      case (.number(let text), .double): return Double(text).map { .double($0) }
      case (.string(let text), .string): return .string(text)
      case (.string(let text), .enumeration(let type)): return type.symbols.firstIndex(of: text).map { .enumeration($0) }
      case (_, .bytes), (_, .fixed): return bytes(json, type)
      case (.array(let elements), .array(let items)):
        var data: [AvroValue] = []
        for element in elements { data.append(try datum(element, items)) }
        return .array(data)
      case (.object(let members), .array(let items)): return try entries(members, items)
      case (.object(let members), .map(let values)):
        var data: [AvroValue.Entry] = []
        for member in members { data.append(AvroValue.Entry(member.name, try datum(member.value, values))) }
        return .map(data)
      case (.object(let members), .record(let record)): return try self.record(members, record)
      default: return nil
      }
    }

    /// The number times `10^scale`, which is whole.
    private func whole(_ text: String, scale: Int = 0) -> Int128? { DecimalText(text)?.unscaled(precision: 38, scale: scale) }

    private func bytes(_ json: JSONValue, _ type: AvroType) -> AvroValue? {
      if case .decimal(let precision, let scale)? = type.logical {
        guard case .number(let text) = json.asNumber, let number = DecimalText(text),
          let unscaled = number.unscaled(precision: precision, scale: scale)
        else { return nil }
        let size = if case .fixed(let fixed) = type.shape { fixed.size } else { 16 }
        let data = (0..<size).map { UInt8(truncatingIfNeeded: unscaled >> Int128(min(8 * (size - 1 - $0), 127))) }
        if case .fixed = type.shape { return .fixed(data) }
        return .bytes(data)
      }
      guard case .string(let text) = json, let data = try? TextCoercion.base64(text) else { return nil }
      guard case .fixed(let fixed) = type.shape else { return .bytes(data) }
      return data.count == fixed.size ? .fixed(data) : nil
    }

    /// A map as Kafka Connect writes it: a list of records of key and value.
    private func entries(_ members: [JSONValue.Member], _ items: AvroType) throws(FormatError) -> AvroValue? {
      guard case .record(let record) = schema.resolve(items).shape, record.fields.map(\.name) == ["key", "value"] else {
        return nil
      }
      var data: [AvroValue] = []
      for member in members {
        data.append(try datum(["key": .string(member.name), "value": member.value], items))
      }
      return .array(data)
    }

    private func record(_ members: [JSONValue.Member], _ record: AvroType.RecordType) throws(FormatError) -> AvroValue {
      var values: [AvroValue] = []
      for field in record.fields {
        let member = members.first { $0.name == field.name } ?? members.first { $0.name.uppercased() == field.name.uppercased() }
        do throws(FormatError) {
          if member == nil, let fallback = field.defaultValue {
            values.append(try AvroJSON.datum(fallback, field.type, schema))
          } else {
            values.append(try datum(member?.value ?? .null, field.type))
          }
        } catch {
          throw error.inside(field.name)
        }
      }
      return .record(values)
    }
  }
}

extension AvroType.LogicalType {
  /// How many decimal digits of a millisecond the unit of a time has.
  var digitsOfMilliseconds: Int {
    switch self {
    case .timeMicros, .timestampMicros, .localTimestampMicros: 3
    case .timestampNanos, .localTimestampNanos: 6
    default: 0
    }
  }
}

extension JSONValue {
  /// A text that spells a number as that number.
  fileprivate var asNumber: JSONValue {
    if case .string(let text) = self { return .number(text) }
    return self
  }
}
