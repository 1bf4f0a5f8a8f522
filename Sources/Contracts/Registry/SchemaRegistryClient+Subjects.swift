import JSON

extension SchemaRegistryClient {
  /// The names of all subjects.
  public func subjects() throws(ContractError) -> [String] {
    guard let list = try call("GET", "/subjects").arrayValue else { throw RegistryReply.malformed("subjects") }
    return list.compactMap(\.stringValue)
  }

  /// The versions of a subject, ascending.
  ///
  /// - Throws: `notFound` when there is no such subject.
  public func versions(of subject: String) throws(ContractError) -> [Int] {
    let reply = try call("GET", "/subjects/\(RegistryAddress.escape(subject))/versions")
    guard let list = reply.arrayValue else { throw RegistryReply.malformed("versions of '\(subject)'") }
    return list.compactMap(\.intValue).sorted()
  }

  /// One version of a subject; the latest for nil.
  ///
  /// - Throws: `notFound`.
  public func version(_ version: Int? = nil, of subject: String) throws(ContractError) -> SubjectVersion {
    let name = version.map(String.init) ?? "latest"
    let reply = try call("GET", "/subjects/\(RegistryAddress.escape(subject))/versions/\(name)")
    return try RegistryReply.version(reply, subject)
  }

  /// The latest version of a subject.
  ///
  /// - Throws: `notFound`.
  public func latest(of subject: String) throws(ContractError) -> SubjectVersion { try version(of: subject) }

  /// Registers a schema, or finds it registered already; its id either way.
  ///
  /// - Throws: `incompatible` with what the registry says about it, `invalidSchema`, `refused` in a read-only registry.
  @discardableResult
  public func register(_ schema: AvroSchema, under subject: String) throws(ContractError) -> Int32 {
    let reply = try call(
      "POST", "/subjects/\(RegistryAddress.escape(subject))/versions", ["schema": .string(schema.json)])
    guard let id = reply["id"]?.intValue, let id = Int32(exactly: id) else {
      throw RegistryReply.malformed("registration under '\(subject)'")
    }
    return id
  }

  /// The version under which a subject holds exactly this schema; nil when it does not, or when there is no such subject.
  public func lookUp(_ schema: AvroSchema, under subject: String) throws(ContractError) -> SubjectVersion? {
    do {
      let reply = try call("POST", "/subjects/\(RegistryAddress.escape(subject))", ["schema": .string(schema.json)])
      return try RegistryReply.version(reply, subject)
    } catch {
      if error.code == .notFound { return nil }
      throw error
    }
  }

  /// What the registry objects to in a schema as the next version of a subject, judged by the subject's own level; empty
  /// when it may be registered, also when there is no such subject yet.
  public func objections(to schema: AvroSchema, under subject: String) throws(ContractError) -> [String] {
    let path = "/compatibility/subjects/\(RegistryAddress.escape(subject))/versions?verbose=true"
    do throws(ContractError) {
      let reply = try call("POST", path, ["schema": .string(schema.json)])
      guard let compatible = reply["is_compatible"]?.boolValue else { throw RegistryReply.malformed("compatibility") }
      if compatible { return [] }
      let messages = reply["messages"]?.arrayValue?.compactMap(\.stringValue) ?? []
      return messages.isEmpty ? ["the schema is not compatible"] : messages
    } catch {
      if error.code == .notFound { return [] }
      throw error
    }
  }

  /// The compatibility level of a subject, or the registry's own where the subject has none; the registry's for nil.
  public func compatibilityLevel(of subject: String? = nil) throws(ContractError) -> CompatibilityLevel {
    let path = subject.map { "/config/\(RegistryAddress.escape($0))?defaultToGlobal=true" } ?? "/config"
    let reply = try call("GET", path)
    guard let level = reply["compatibilityLevel"]?.stringValue.flatMap(CompatibilityLevel.init) else {
      throw RegistryReply.malformed("compatibility level")
    }
    return level
  }

  /// Sets the compatibility level of a subject; the registry's own for nil.
  public func setCompatibilityLevel(_ level: CompatibilityLevel, of subject: String? = nil) throws(ContractError) {
    let path = subject.map { "/config/\(RegistryAddress.escape($0))" } ?? "/config"
    _ = try call("PUT", path, ["compatibility": .string(level.rawValue)])
  }
}
