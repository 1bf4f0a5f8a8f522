import JSON

/// A parsed and validated Avro schema.
///
/// Parsed twice: by this module, which keeps the whole model (logical types, aliases, defaults), and by libavro, so that
/// what is accepted here can be read by the reference codec. Immutable; share it between threads freely.
public struct AvroSchema: Sendable {
  /// The text the schema was parsed from, byte for byte.
  public let json: String
  /// The type of a datum.
  public let root: AvroType
  /// Every named type of the schema by full name.
  public let namedTypes: [String: AvroType]
  /// The schema as compact JSON with all its attributes in a fixed order: equal for texts that differ only in white space
  /// and in the order of attributes. The identity of a schema within a subject.
  public let standardJSON: String
  /// The Parsing Canonical Form (Avro specification): equal for schemas that read and write the same bytes. Loses logical
  /// types, defaults, aliases and documentation.
  public let canonicalForm: String

  /// Parses and validates a schema.
  ///
  /// - Throws: `invalidSchema` naming the type or field at fault.
  public init(json: String) throws(ContractError) {
    let value: JSONValue
    do { value = try JSONValue(parsing: json) } catch {
      // A bare primitive name is accepted as registries do, although it is not JSON.
      guard AvroSchemaParser.primitives[json] != nil else {
        throw ContractError(.invalidSchema, error.description, advice: "A schema is JSON, see the Avro specification")
      }
      value = .string(json)
    }
    var parser = AvroSchemaParser()
    root = try parser.parse(value, namespace: "")
    namedTypes = parser.names
    self.json = json
    try AvroDefaultCheck(names: parser.names).check(root)
    standardJSON = AvroStandardForm.render(value).text
    canonicalForm = AvroCanonicalForm(names: parser.names).text(of: root)
    try LibavroSchema.validate(self)
  }

  /// `type`, or the named type it refers to.
  public func resolve(_ type: AvroType) -> AvroType {
    guard case .reference(let name) = type.shape else { return type }
    return namedTypes[name] ?? type
  }

  /// Whether a record holds itself directly or through records only, so that no finite datum exists.
  var containsItself: Bool {
    namedTypes.keys.contains { holds($0, namedTypes[$0], []) }
  }

  private func holds(_ name: String, _ type: AvroType?, _ seen: Set<String>) -> Bool {
    guard case .record(let record)? = type?.shape, !seen.contains(record.name.full) else { return false }
    return record.fields.contains { field in
      let inner = resolve(field.type)
      return inner.typeName == name || holds(name, inner, seen.union([record.name.full]))
    }
  }

  /// The fields of a record schema.
  ///
  /// - Throws: `unsupported` when the datum is no record.
  public func recordFields() throws(ContractError) -> [AvroType.Field] {
    guard case .record(let record) = root.shape else {
      throw ContractError(
        .unsupported, "The schema describes \(root.summary), not a record", advice: "Only records can become rows")
    }
    return record.fields
  }
}

extension AvroSchema: Hashable {
  /// Equal when all attributes are, apart from white space and their order (`standardJSON`).
  public static func == (a: AvroSchema, b: AvroSchema) -> Bool { a.standardJSON == b.standardJSON }
  public func hash(into hasher: inout Hasher) { hasher.combine(standardJSON) }
}
