import JSON
import Contracts

/// One record of the `_schemas` topic, as Confluent's registry writes it: JSON key and JSON value, so that either can read the
/// other's topic.
enum RegistryRecord: Hashable {
  case schema(StoredSchema)
  /// A version deleted for good: the tombstone of its schema record.
  case schemaGone(subject: String, version: Int)
  /// All versions up to `version` were soft-deleted.
  case deleteSubject(String, version: Int)
  case level(subject: String?, CompatibilityLevel?)
  case mode(subject: String?, RegistryMode?)

  /// The record as bytes. The order of the members is fixed: compaction compares keys byte by byte.
  var keyAndValue: (key: [UInt8], value: [UInt8]?) {
    switch self {
    case .schema(let schema): (Self.schemaKey(schema.subject, schema.version), schema.json.utf8)
    case .schemaGone(let subject, let version): (Self.schemaKey(subject, version), nil)
    case .deleteSubject(let subject, let version):
      (
        Self.key("DELETE_SUBJECT", subject, nil, magic: 0),
        (["subject": .string(subject), "version": .int(version)] as JSONValue).utf8
      )
    case .level(let subject, let level):
      (
        Self.key("CONFIG", subject, nil, magic: 0),
        level.map { (["compatibilityLevel": .string($0.rawValue)] as JSONValue).utf8 }
      )
    case .mode(let subject, let mode):
      (Self.key("MODE", subject, nil, magic: 0), mode.map { (["mode": .string($0.rawValue)] as JSONValue).utf8 })
    }
  }

  private static func schemaKey(_ subject: String, _ version: Int) -> [UInt8] { key("SCHEMA", subject, version, magic: 1) }

  private static func key(_ type: String, _ subject: String?, _ version: Int?, magic: Int) -> [UInt8] {
    var members: [JSONValue.Member] = [
      .init("keytype", .string(type)), .init("subject", subject.map { .string($0) } ?? .null),
    ]
    if let version { members.append(.init("version", .int(version))) }
    members.append(.init("magic", .int(magic)))
    return JSONValue.object(members).utf8
  }

  /// Reads a record; nil for kinds that hold no state here (NOOP, CONTEXT, CLEAR_SUBJECT …).
  ///
  /// - Throws: `ContractError` when the record is of a known kind and damaged.
  init?(key: [UInt8], value: [UInt8]?) throws(ContractError) {
    let key = try Self.parse(key)
    let subject = key["subject"]?.stringValue
    let body = try value.map(Self.parse)
    switch key["keytype"]?.stringValue {
    case "SCHEMA":
      guard let subject, let version = key["version"]?.intValue else { throw Self.damaged("SCHEMA") }
      guard let body else {
        self = .schemaGone(subject: subject, version: version)
        return
      }
      guard let schema = StoredSchema(body) else { throw Self.damaged("SCHEMA") }
      self = .schema(schema)
    case "DELETE_SUBJECT":
      guard let body else { return nil }
      guard let subject, let version = body["version"]?.intValue else { throw Self.damaged("DELETE_SUBJECT") }
      self = .deleteSubject(subject, version: version)
    case "CONFIG":
      self = .level(subject: subject, body?["compatibilityLevel"]?.stringValue.flatMap { CompatibilityLevel(rawValue: $0) })
    case "MODE": self = .mode(subject: subject, body?["mode"]?.stringValue.flatMap { RegistryMode(rawValue: $0) })
    default: return nil
    }
  }

  private static func parse(_ bytes: [UInt8]) throws(ContractError) -> JSONValue {
    do { return try JSONValue(parsing: bytes) } catch {
      throw ContractError(.badData, "A record of the topic _schemas is damaged: \(error)")
    }
  }

  private static func damaged(_ kind: String) -> ContractError {
    ContractError(
      .badData, "A \(kind) record of the topic _schemas lacks what it has to hold",
      advice: "Restore the topic, or move it away to start with an empty registry")
  }
}

/// A version of a subject as the log holds it.
struct StoredSchema: Hashable {
  var subject: String
  var version: Int
  var id: Int32
  /// The schema's standard text.
  var schema: String
  var deleted: Bool

  init(subject: String, version: Int, id: Int32, schema: String, deleted: Bool = false) {
    self.subject = subject
    self.version = version
    self.id = id
    self.schema = schema
    self.deleted = deleted
  }

  init?(_ json: JSONValue) {
    guard let subject = json["subject"]?.stringValue, let version = json["version"]?.intValue,
      let id = json["id"]?.intValue.flatMap({ Int32(exactly: $0) }), let schema = json["schema"]?.stringValue
    else { return nil }
    self.init(subject: subject, version: version, id: id, schema: schema, deleted: json["deleted"]?.boolValue ?? false)
  }

  var json: JSONValue {
    [
      "subject": .string(subject), "version": .int(version), "id": .int(id), "schema": .string(schema),
      "deleted": .bool(deleted),
    ]
  }
}
