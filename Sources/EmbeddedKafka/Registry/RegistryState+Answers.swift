import JSON
import Contracts

/// The REST interface as a pure function: request and state → answer and records.
extension RegistryState {
  /// The answer to a request. The caller appends the records to the log, applies them, and only then answers.
  func answer(_ request: RegistryRequest) -> RegistryAnswer {
    do throws(RegistryError) { return try route(request) } catch { return RegistryAnswer(error) }
  }

  private func route(_ request: RegistryRequest) throws(RegistryError) -> RegistryAnswer {
    switch request.path.first {
    case nil: return RegistryAnswer([:])
    case "subjects": return try subjectRoute(request)
    case "schemas": return try schemaRoute(request)
    case "compatibility": return try compatibilityRoute(request)
    case "config": return try configRoute(request)
    case "mode": return try modeRoute(request)
    default: throw Self.noRoute(request)
    }
  }

  static func noRoute(_ request: RegistryRequest) -> RegistryError {
    let known = ["GET", "POST", "PUT", "DELETE"].contains(request.method)
    return RegistryError(code: known ? 404 : 405, message: known ? "HTTP 404 Not Found" : "HTTP 405 Method Not Allowed")
  }

  // MARK: /subjects

  private func subjectRoute(_ request: RegistryRequest) throws(RegistryError) -> RegistryAnswer {
    let path = request.path
    switch (request.method, path.count) {
    case ("GET", 1): return RegistryAnswer(listSubjects(request))
    case ("POST", 2):
      let found = try lookUp(try SchemaRequest(try request.json()).schema, path[1], deleted: request.flag("deleted"))
      return RegistryAnswer(Self.describe(found))
    case ("DELETE", 2):
      let (versions, records) = try deleteSubject(path[1], permanent: request.flag("permanent"))
      return RegistryAnswer(.array(versions.map { .int($0) }), records)
    case (_, 3...) where path[2] == "versions": return try versionRoute(request, path[1])
    default: throw Self.noRoute(request)
    }
  }

  private func listSubjects(_ request: RegistryRequest) -> JSONValue {
    let prefix = request.query["subjectPrefix"] ?? ""
    let deletedToo = request.flag("deleted")
    let deletedOnly = request.flag("deletedOnly")
    let names = subjects.filter { subject, versions in
      let isLive = versions.values.contains { !$0.deleted }
      return subject.hasPrefix(prefix) && (deletedOnly ? !isLive : isLive || deletedToo)
    }
    return .array(names.keys.sorted().map { .string($0) })
  }

  private func versionRoute(_ request: RegistryRequest, _ subject: String) throws(RegistryError) -> RegistryAnswer {
    let path = request.path
    let deleted = request.flag("deleted")
    switch (request.method, path.count) {
    case ("GET", 3):
      return RegistryAnswer(.array(try versions(subject, deleted: deleted).map { .int($0.version) }))
    case ("POST", 3):
      let (stored, records) = try register(try SchemaRequest(try request.json()), subject)
      return RegistryAnswer(["id": .int(stored.id), "version": .int(stored.version)], records)
    case ("GET", 4):
      return RegistryAnswer(Self.describe(try version(try VersionSelector(path[3]), subject, deleted: deleted)))
    case ("DELETE", 4):
      let selector = try VersionSelector(path[3])
      let (number, records) = try deleteVersion(selector, subject, permanent: request.flag("permanent"))
      return RegistryAnswer(.int(number), records)
    case ("GET", 5) where path[4] == "schema":
      let stored = try version(try VersionSelector(path[3]), subject, deleted: deleted)
      return RegistryAnswer(Self.parsed(stored.schema))
    case ("GET", 5) where path[4] == "referencedby": return RegistryAnswer([])
    default: throw Self.noRoute(request)
    }
  }

  private static func describe(_ stored: StoredSchema) -> JSONValue {
    [
      "subject": .string(stored.subject), "version": .int(stored.version), "id": .int(stored.id),
      "schema": .string(stored.schema),
    ]
  }

  private static func parsed(_ schema: String) -> JSONValue { (try? JSONValue(parsing: schema)) ?? .string(schema) }

  // MARK: /schemas

  private func schemaRoute(_ request: RegistryRequest) throws(RegistryError) -> RegistryAnswer {
    let path = request.path
    guard request.method == "GET" else { throw Self.noRoute(request) }
    if path.count == 1 { return RegistryAnswer(listSchemas(request)) }
    if path.count == 2, path[1] == "types" { return RegistryAnswer(["AVRO"]) }
    guard path.count >= 3, path[1] == "ids" else { throw Self.noRoute(request) }
    guard let id = Int32(path[2]), let text = texts[id] else { throw .schemaNotFound }
    if path.count == 3 { return RegistryAnswer(["schema": .string(text)]) }
    let carriers = carriers(of: id, deleted: request.flag("deleted"))
    switch path[3] {
    case "schema": return RegistryAnswer(Self.parsed(text))
    case "subjects": return RegistryAnswer(.array(Set(carriers.map(\.subject)).sorted().map { .string($0) }))
    case "versions":
      return RegistryAnswer(.array(carriers.map { ["subject": .string($0.subject), "version": .int($0.version)] }))
    default: throw Self.noRoute(request)
    }
  }

  private func listSchemas(_ request: RegistryRequest) -> JSONValue {
    let prefix = request.query["subjectPrefix"] ?? ""
    let all = subjects.filter { $0.key.hasPrefix(prefix) }.values.flatMap(\.values)
    let visible = all.filter { !$0.deleted || request.flag("deleted") }
    return .array(visible.sorted { ($0.subject, $0.version) < ($1.subject, $1.version) }.map(Self.describe))
  }

  private func carriers(of id: Int32, deleted: Bool) -> [StoredSchema] {
    let all = subjects.values.flatMap(\.values).filter { $0.id == id && (deleted || !$0.deleted) }
    return all.sorted { ($0.subject, $0.version) < ($1.subject, $1.version) }
  }

  // MARK: /compatibility

  private func compatibilityRoute(_ request: RegistryRequest) throws(RegistryError) -> RegistryAnswer {
    let path = request.path
    guard request.method == "POST", path.count >= 4, path[1] == "subjects", path[3] == "versions" else {
      throw Self.noRoute(request)
    }
    let subject = path[2]
    let candidate = try SchemaRequest(try request.json()).schema
    let problems = try objections(candidate, try judges(path, subject), effectiveLevel(subject))
    guard request.flag("verbose") else { return RegistryAnswer(["is_compatible": .bool(problems.isEmpty)]) }
    return RegistryAnswer(
      ["is_compatible": .bool(problems.isEmpty), "messages": .array(problems.map { .string($0) })])
  }

  /// The versions that a compatibility test names: one, or all. A subject without versions objects to nothing.
  private func judges(_ path: [String], _ subject: String) throws(RegistryError) -> [StoredSchema] {
    let live = (subjects[subject] ?? [:]).values.filter { !$0.deleted }.sorted { $0.version < $1.version }
    guard path.count == 5 else { return live }
    let selector = try VersionSelector(path[4])
    if selector == .latest { return Array(live.suffix(1)) }
    return [try version(selector, subject)]
  }

  // MARK: /config and /mode

  private func configRoute(_ request: RegistryRequest) throws(RegistryError) -> RegistryAnswer {
    let subject = request.path.count > 1 ? request.path[1] : nil
    guard request.path.count <= 2 else { throw Self.noRoute(request) }
    let own = subject.map { levels[$0] } ?? level
    switch request.method {
    case "GET":
      guard let shown = own ?? (request.flag("defaultToGlobal") ? level : nil) else { throw .noLevel(subject ?? "") }
      return RegistryAnswer(["compatibilityLevel": .string(shown.rawValue)])
    case "PUT":
      let text = try request.json()["compatibility"]?.stringValue?.uppercased()
      guard let text, let level = CompatibilityLevel(rawValue: text) else { throw .invalidLevel }
      return RegistryAnswer(["compatibility": .string(text)], [.level(subject: subject, level)])
    case "DELETE":
      guard let own else { throw .noLevel(subject ?? "") }
      return RegistryAnswer(["compatibilityLevel": .string(own.rawValue)], [.level(subject: subject, nil)])
    default: throw Self.noRoute(request)
    }
  }

  private func modeRoute(_ request: RegistryRequest) throws(RegistryError) -> RegistryAnswer {
    let subject = request.path.count > 1 ? request.path[1] : nil
    guard request.path.count <= 2 else { throw Self.noRoute(request) }
    let own = subject.map { modes[$0] } ?? mode
    switch request.method {
    case "GET":
      guard let shown = own ?? (request.flag("defaultToGlobal") ? mode : nil) else { throw .noMode(subject ?? "") }
      return RegistryAnswer(["mode": .string(shown.rawValue)])
    case "PUT": return try setMode(request, subject)
    case "DELETE":
      guard let own else { throw .noMode(subject ?? "") }
      return RegistryAnswer(["mode": .string(own.rawValue)], [.mode(subject: subject, nil)])
    default: throw Self.noRoute(request)
    }
  }

  private func setMode(_ request: RegistryRequest, _ subject: String?) throws(RegistryError) -> RegistryAnswer {
    let text = try request.json()["mode"]?.stringValue?.uppercased()
    guard let text, let mode = RegistryMode(rawValue: text) else { throw .invalidMode }
    let taken = subject.map { subjects[$0] != nil } ?? !subjects.isEmpty
    if mode == .importing, taken, !request.flag("force") {
      throw .notPermitted("Cannot import since found existing subjects")
    }
    return RegistryAnswer(["mode": .string(text)], [.mode(subject: subject, mode)])
  }
}
