import JSON
import Contracts

/// A schema as a request brings it.
struct SchemaRequest {
  var schema: AvroSchema
  /// In mode IMPORT: the id and version to keep.
  var id: Int32?
  var version: Int?

  /// - Throws: 42201 when there is no Avro schema in it.
  init(_ json: JSONValue) throws(RegistryError) {
    let type = json["schemaType"]?.stringValue ?? "AVRO"
    guard type == "AVRO" else { throw .invalidSchema("this registry keeps Avro schemas, not \(type)") }
    guard json["references"]?.arrayValue?.isEmpty ?? true else {
      throw .invalidSchema("this registry does not resolve references; register the schema as one text")
    }
    guard let text = json["schema"]?.stringValue else { throw .invalidSchema("the request has no \"schema\"") }
    do { schema = try AvroSchema(json: text) } catch { throw .invalidSchema(error.description) }
    id = json["id"]?.intValue.flatMap { $0 < 0 ? nil : Int32(exactly: $0) }
    version = json["version"]?.intValue.flatMap { $0 < 0 ? nil : $0 }
  }
}

extension RegistryState {
  /// The version that holds exactly this schema.
  ///
  /// - Throws: 40401, 40403.
  func lookUp(_ schema: AvroSchema, _ subject: String, deleted: Bool = false) throws(RegistryError) -> StoredSchema {
    let versions = try versions(subject, deleted: deleted)
    guard let match = versions.last(where: { $0.schema == schema.standardJSON }) else { throw .schemaNotFound }
    return match
  }

  /// Registers a schema: the version that holds it, and the records that make it so (none when it was there already).
  ///
  /// - Throws: 409 naming what is incompatible, 42205 in a mode without writes, 42207, 42208.
  func register(_ request: SchemaRequest, _ subject: String) throws(RegistryError) -> (StoredSchema, [RegistryRecord]) {
    guard !subject.isEmpty, !subject.unicodeScalars.contains(where: { $0.value < 0x20 }) else { throw .invalidSubject }
    let live = (subjects[subject] ?? [:]).values.filter { !$0.deleted }.sorted { $0.version < $1.version }
    let text = request.schema.standardJSON
    let mode = effectiveMode(subject)
    if mode == .importing { return try importing(request, subject) }
    if let known = live.last(where: { $0.schema == text }) { return (known, []) }
    guard mode == .readWrite else { throw .notPermitted("Subject \(subject) is in read-only mode") }
    guard request.id == nil else { throw .notPermitted("Subject \(subject) is not in import mode") }
    let problems = try objections(request.schema, live, effectiveLevel(subject))
    guard problems.isEmpty else { throw .incompatible(problems) }
    let version = nextVersion(subject)
    let stored = StoredSchema(subject: subject, version: version, id: ids[text] ?? lastID + 1, schema: text)
    return (stored, [.schema(stored)])
  }

  private func importing(
    _ request: SchemaRequest, _ subject: String
  ) throws(RegistryError) -> (StoredSchema, [RegistryRecord]) {
    let text = request.schema.standardJSON
    let id = request.id ?? ids[text] ?? lastID + 1
    guard texts[id] == nil || texts[id] == text else { throw .idMismatch(id) }
    let version = request.version ?? nextVersion(subject)
    let stored = StoredSchema(subject: subject, version: version, id: id, schema: text)
    return (stored, [.schema(stored)])
  }

  /// What keeps `schema` from following `versions` (ascending).
  func objections(
    _ schema: AvroSchema, _ versions: [StoredSchema], _ level: CompatibilityLevel
  ) throws(RegistryError) -> [String] {
    var parsed: [AvroSchema] = []
    for version in versions {
      do { parsed.append(try AvroSchema(json: version.schema)) } catch { throw .store(error.description) }
    }
    let problems = AvroCompatibility.problems(candidate: schema, after: parsed, level: level)
    return problems.map { "{errorType:'\($0.kind.rawValue)', description:'\($0.description)', additionalInfo:''}" }
  }

  /// Deletes a subject, softly first: the versions it hits and the records.
  ///
  /// - Throws: 40401, 40404 when softly deleted already, 40405 when a permanent deletion comes first.
  func deleteSubject(_ subject: String, permanent: Bool) throws(RegistryError) -> ([Int], [RegistryRecord]) {
    try checkWritable(subject)
    let all = try versions(subject, deleted: true)
    let live = all.filter { !$0.deleted }
    if permanent {
      guard live.isEmpty else { throw .subjectNotSoftDeleted(subject) }
      return (all.map(\.version), all.map { .schemaGone(subject: subject, version: $0.version) })
    }
    guard let last = live.last else { throw .subjectSoftDeleted(subject) }
    var records: [RegistryRecord] = [.deleteSubject(subject, version: last.version)]
    if levels[subject] != nil { records.append(.level(subject: subject, nil)) }
    if modes[subject] != nil { records.append(.mode(subject: subject, nil)) }
    return (live.map(\.version), records)
  }

  /// Deletes one version, softly first.
  ///
  /// - Throws: 40401, 40402, 40406, 40407.
  func deleteVersion(
    _ selector: VersionSelector, _ subject: String, permanent: Bool
  ) throws(RegistryError) -> (Int, [RegistryRecord]) {
    try checkWritable(subject)
    let includeDeleted = selector != .latest || permanent
    var stored = try version(selector, subject, deleted: includeDeleted)
    if permanent {
      guard stored.deleted else { throw .versionNotSoftDeleted(subject, stored.version) }
      return (stored.version, [.schemaGone(subject: subject, version: stored.version)])
    }
    guard !stored.deleted else { throw .versionSoftDeleted(subject, stored.version) }
    stored.deleted = true
    return (stored.version, [.schema(stored)])
  }

  private func checkWritable(_ subject: String) throws(RegistryError) {
    let mode = effectiveMode(subject)
    guard mode == .readWrite || mode == .importing else { throw .notPermitted("Subject \(subject) is in read-only mode") }
  }
}
