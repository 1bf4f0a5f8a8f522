/// Brings contracts and a registry together. Blocks, as the client does.
public enum SchemaRegistration {
  /// What a registration did.
  public struct Outcome: Sendable, Hashable {
    public let subject: String
    public let version: Int
    public let id: Int32
    /// False when the registry had the schema already.
    public let isNew: Bool
  }

  /// What the registry holds about each of `subjects`; those it does not know are left out.
  ///
  /// - Throws: `unavailable`; `invalidSchema` when it holds something unreadable.
  public static func registered(
    _ subjects: [String], in client: SchemaRegistryClient
  ) throws(ContractError) -> [String: RegisteredSubject] {
    var result: [String: RegisteredSubject] = [:]
    let present = Set(try client.subjects())
    for subject in subjects where present.contains(subject) {
      var versions: [SubjectVersion] = []
      for number in try client.versions(of: subject) { versions.append(try client.version(number, of: subject)) }
      result[subject] = RegisteredSubject(level: try client.compatibilityLevel(of: subject), versions: versions)
    }
    return result
  }

  /// Sets each subject's level and registers its versions in order. Registering again changes nothing.
  ///
  /// - Throws: `incompatible`, `refused`, `unavailable`. What was registered before the failure stays.
  public static func register(
    _ subjects: [SubjectContracts], in client: SchemaRegistryClient
  ) throws(ContractError) -> [Outcome] {
    var outcomes: [Outcome] = []
    for subject in subjects {
      try client.setCompatibilityLevel(subject.level, of: subject.subject)
      for version in subject.versions {
        let known = try client.lookUp(version.schema, under: subject.subject)
        let id: Int32
        if let known { id = known.id } else { id = try client.register(version.schema, under: subject.subject) }
        outcomes.append(Outcome(subject: subject.subject, version: version.number, id: id, isNew: known == nil))
      }
    }
    return outcomes
  }
}
