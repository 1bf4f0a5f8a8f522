import Contracts

/// Everything the registry knows, as a pure function of the records of its log: commands judge against it and answer with the
/// records to append; `apply` takes them in, live as in a replay.
struct RegistryState: Equatable {
  /// The versions of each subject, by version, soft-deleted ones included.
  private(set) var subjects: [String: [Int: StoredSchema]] = [:]
  private(set) var level: CompatibilityLevel = .backward
  private(set) var levels: [String: CompatibilityLevel] = [:]
  private(set) var mode: RegistryMode = .readWrite
  private(set) var modes: [String: RegistryMode] = [:]
  /// The highest id given out so far.
  private(set) var lastID: Int32 = 0
  /// The id of each schema text, and back. They go with the last version that carries them, and that only when it is deleted
  /// for good: consumers may still hold records of a softly deleted one.
  private(set) var ids: [String: Int32] = [:]
  private(set) var texts: [Int32: String] = [:]

  /// Takes one record in.
  mutating func apply(_ record: RegistryRecord) {
    switch record {
    case .schema(let schema): apply(schema)
    case .schemaGone(let subject, let version):
      let gone = subjects[subject]?.removeValue(forKey: version)
      if let gone, !subjects.values.contains(where: { $0.values.contains { $0.id == gone.id } }) {
        ids[gone.schema] = nil
        texts[gone.id] = nil
      }
      if subjects[subject]?.isEmpty == true { subjects[subject] = nil }
    case .deleteSubject(let subject, let upTo):
      for version in (subjects[subject] ?? [:]).keys where version <= upTo {
        subjects[subject]?[version]?.deleted = true
      }
    case .level(let subject?, let level): levels[subject] = level
    case .level(nil, let level): self.level = level ?? .backward
    case .mode(let subject?, let mode): modes[subject] = mode
    case .mode(nil, let mode): self.mode = mode ?? .readWrite
    }
  }

  private mutating func apply(_ schema: StoredSchema) {
    subjects[schema.subject, default: [:]][schema.version] = schema
    lastID = max(lastID, schema.id)
    ids[schema.schema] = schema.id
    texts[schema.id] = schema.schema
  }

  /// The state that the records of a log make.
  ///
  /// - Throws: what the log throws, and `ContractError` for a damaged record.
  static func replaying(_ log: any RegistryLog) throws -> RegistryState {
    var state = RegistryState()
    try log.replay { key, value in
      if let record = try RegistryRecord(key: key, value: value) { state.apply(record) }
    }
    return state
  }

  /// The versions of a subject, ascending.
  ///
  /// - Throws: 40401 when there is none.
  func versions(_ subject: String, deleted: Bool = false) throws(RegistryError) -> [StoredSchema] {
    let all = (subjects[subject] ?? [:]).values.sorted { $0.version < $1.version }
    let visible = deleted ? all : all.filter { !$0.deleted }
    guard !visible.isEmpty else { throw .subjectNotFound(subject) }
    return visible
  }

  /// One version of a subject.
  ///
  /// - Throws: 40401, 40402.
  func version(_ selector: VersionSelector, _ subject: String, deleted: Bool = false) throws(RegistryError) -> StoredSchema {
    let versions = try versions(subject, deleted: deleted)
    switch selector {
    case .latest: return versions[versions.count - 1]
    case .number(let number):
      guard let match = versions.first(where: { $0.version == number }) else { throw .versionNotFound(String(number)) }
      return match
    }
  }

  /// The version number that the next schema of a subject gets: soft-deleted ones are not given out again.
  func nextVersion(_ subject: String) -> Int { (subjects[subject]?.keys.max() ?? 0) + 1 }

  /// The level that rules a subject.
  func effectiveLevel(_ subject: String) -> CompatibilityLevel { levels[subject] ?? level }

  /// The mode that rules a subject.
  func effectiveMode(_ subject: String) -> RegistryMode { mode == .readOnlyOverride ? mode : modes[subject] ?? mode }
}

/// How a path names a version.
enum VersionSelector: Hashable {
  case latest
  case number(Int)

  /// `latest`, `-1` or a number from 1.
  ///
  /// - Throws: 42202.
  init(_ text: String) throws(RegistryError) {
    if text == "latest" || text == "-1" {
      self = .latest
      return
    }
    guard let number = Int32(text), number >= 1 else { throw .invalidVersion(text) }
    self = .number(Int(number))
  }
}
