import JSON

/// JSON → `AvroType`, collecting named types on the way.
struct AvroSchemaParser {
  static let primitives: [String: AvroType.Shape] = [
    "null": .null, "boolean": .boolean, "int": .int, "long": .long, "float": .float, "double": .double,
    "bytes": .bytes, "string": .string,
  ]

  /// Named types by full name. A record stands here without fields while its fields are being read.
  private(set) var names: [String: AvroType] = [:]

  mutating func parse(_ json: JSONValue, namespace: String) throws(ContractError) -> AvroType {
    switch json {
    case .string(let name): return try parseName(name, namespace)
    case .array(let branches): return try parseUnion(branches, namespace)
    case .object: return try parseObject(json, namespace)
    default: throw Self.fault("A type is a name, an object or an array, not \(json.text)")
    }
  }

  static func fault(_ reason: String, advice: String = "") -> ContractError {
    ContractError(.invalidSchema, reason, advice: advice)
  }

  private func parseName(_ text: String, _ namespace: String) throws(ContractError) -> AvroType {
    if let shape = Self.primitives[text] { return AvroType(shape) }
    let name = try AvroName(text, namespace: namespace)
    if names[name.full] != nil { return AvroType(.reference(name.full)) }
    throw Self.fault(
      "The type '\(text)' is not defined", advice: "Define a named type before its first use, or check the spelling")
  }

  private mutating func parseUnion(_ json: [JSONValue], _ namespace: String) throws(ContractError) -> AvroType {
    var branches: [AvroType] = []
    var seen: Set<String> = []
    for element in json {
      let branch = try parse(element, namespace: namespace)
      if case .union = branch.shape { throw Self.fault("A union stands directly inside a union") }
      guard seen.insert(branch.typeName).inserted else {
        throw Self.fault("A union names the type '\(branch.typeName)' twice")
      }
      branches.append(branch)
    }
    return AvroType(.union(branches))
  }

  private mutating func parseObject(_ json: JSONValue, _ namespace: String) throws(ContractError) -> AvroType {
    guard let type = json["type"] else { throw Self.fault("A type object has no \"type\"") }
    guard case .string(let name) = type else {
      // {"type": {"type": …}} wraps another type; the outer logical type would be unreachable, so the inner one rules.
      return try parse(type, namespace: namespace)
    }
    switch name {
    case "record", "error": return try parseRecord(json, namespace, isError: name == "error")
    case "enum": return try parseEnum(json, namespace)
    case "fixed": return try parseFixed(json, namespace)
    case "array": return AvroType(.array(try parseInner(json, "items", namespace)))
    case "map": return AvroType(.map(try parseInner(json, "values", namespace)))
    default:
      var parsed = try parseName(name, namespace)
      parsed.logical = AvroLogicalParser.logicalType(of: parsed.shape, json)
      return parsed
    }
  }

  private mutating func parseInner(
    _ json: JSONValue, _ key: String, _ namespace: String
  ) throws(ContractError) -> AvroType {
    guard let inner = json[key] else { throw Self.fault("An \(json["type"]?.stringValue ?? "") type has no \"\(key)\"") }
    return try parse(inner, namespace: namespace)
  }

  /// The name, the aliases and the namespace for what stands inside.
  private func header(_ json: JSONValue, _ namespace: String) throws(ContractError) -> (AvroName, [AvroName]) {
    guard let text = json["name"]?.stringValue else { throw Self.fault("A named type has no \"name\"") }
    let name = try AvroName(text, namespace: json["namespace"]?.stringValue ?? namespace)
    guard Self.primitives[name.full] == nil else { throw Self.fault("A named type may not be called '\(name.full)'") }
    guard names[name.full] == nil else { throw Self.fault("The type '\(name.full)' is defined twice") }
    var aliases: [AvroName] = []
    for alias in try strings(json, "aliases") { aliases.append(try AvroName(alias, namespace: name.namespace)) }
    return (name, aliases)
  }

  private func strings(_ json: JSONValue, _ key: String) throws(ContractError) -> [String] {
    guard let value = json[key] else { return [] }
    let texts = value.arrayValue?.compactMap(\.stringValue)
    guard let texts, texts.count == value.arrayValue?.count else { throw Self.fault("\"\(key)\" is not a list of strings") }
    return texts
  }

  private mutating func parseRecord(
    _ json: JSONValue, _ namespace: String, isError: Bool
  ) throws(ContractError) -> AvroType {
    let (name, aliases) = try header(json, namespace)
    guard let list = json["fields"]?.arrayValue else { throw Self.fault("The record '\(name.full)' has no list \"fields\"") }
    var record = AvroType.RecordType(name: name, aliases: aliases, fields: [], isError: isError)
    names[name.full] = AvroType(.record(record))
    var seen: Set<String> = []
    for item in list {
      let field = try parseField(item, record.name)
      guard seen.insert(field.name).inserted else {
        throw Self.fault("The record '\(name.full)' has two fields '\(field.name)'")
      }
      record.fields.append(field)
    }
    let type = AvroType(.record(record))
    names[name.full] = type
    return type
  }

  private mutating func parseField(_ json: JSONValue, _ record: AvroName) throws(ContractError) -> AvroType.Field {
    guard let name = json["name"]?.stringValue, AvroName.isIdentifier(name) else {
      throw Self.fault("A field of '\(record.full)' has no proper \"name\"")
    }
    guard let type = json["type"] else { throw Self.fault("The field '\(record.full).\(name)' has no \"type\"") }
    do {
      return AvroType.Field(
        name: name, aliases: try strings(json, "aliases"), type: try parse(type, namespace: record.namespace),
        defaultValue: json["default"], doc: json["doc"]?.stringValue)
    } catch { throw error.adding(context: "field '\(record.full).\(name)'") }
  }

  private mutating func parseEnum(_ json: JSONValue, _ namespace: String) throws(ContractError) -> AvroType {
    let (name, aliases) = try header(json, namespace)
    let symbols = try strings(json, "symbols")
    guard json["symbols"] != nil else { throw Self.fault("The enum '\(name.full)' has no \"symbols\"") }
    guard symbols.allSatisfy({ AvroName.isIdentifier($0) }), Set(symbols).count == symbols.count else {
      throw Self.fault("The symbols of the enum '\(name.full)' are not distinct names")
    }
    let fallback = json["default"]?.stringValue
    if json["default"] != nil, !symbols.contains(where: { $0 == fallback }) {
      throw Self.fault("The default of the enum '\(name.full)' is none of its symbols")
    }
    let type = AvroType(
      .enumeration(.init(name: name, aliases: aliases, symbols: symbols, defaultSymbol: fallback)))
    names[name.full] = type
    return type
  }

  private mutating func parseFixed(_ json: JSONValue, _ namespace: String) throws(ContractError) -> AvroType {
    let (name, aliases) = try header(json, namespace)
    // No more than other implementations hold, and small enough to be counted in bits.
    guard let size = json["size"]?.intValue, (0...Int(Int32.max)).contains(size) else {
      throw Self.fault("The fixed '\(name.full)' has no \"size\" of 0 to \(Int32.max) bytes")
    }
    let shape = AvroType.Shape.fixed(.init(name: name, aliases: aliases, size: size))
    let type = AvroType(shape, logical: AvroLogicalParser.logicalType(of: shape, json))
    names[name.full] = type
    return type
  }
}
