/// What is wrong with a folder of contracts.
public struct SchemaFinding: Sendable, Hashable, CustomStringConvertible {
  /// The rule that is broken.
  public enum Rule: String, Sendable, Hashable {
    /// A version's file differs from the one in history, or is gone.
    case changedInPlace = "changed in place"
    /// The level in history promised more.
    case levelLowered = "level lowered"
    case incompatible
    case lakeUnsafe = "unsafe for the lake"
    /// The registry knows another schema, or would refuse this one.
    case registry
  }

  public let subject: String
  /// The version at fault; nil for the subject as a whole.
  public let version: Int?
  public let rule: Rule
  public let message: String

  /// `subject 2: incompatible: price: …`
  public var description: String {
    let place = version.map { "\(subject) \($0)" } ?? subject
    return "\(place): \(rule.rawValue): \(message)"
  }
}

/// What history holds about a subject.
public struct HistoricalSubject: Sendable, Hashable {
  /// The text of each version's file, by number.
  public var versions: [Int: String]
  /// The text of the file `compatibility`; nil when there was none.
  public var level: String?

  public init(versions: [Int: String], level: String?) {
    self.versions = versions
    self.level = level
  }
}

/// What a registry holds about a subject.
public struct RegisteredSubject: Sendable, Hashable {
  public var level: CompatibilityLevel
  /// Ascending.
  public var versions: [SubjectVersion]

  public init(level: CompatibilityLevel, versions: [SubjectVersion]) {
    self.level = level
    self.versions = versions
  }
}

/// The rules of `contracts/`, as pure functions: no file, no process, no network.
public enum SchemaCheck {
  /// Everything wrong with `subjects`, compared with what history holds. A subject that history does not know is new.
  public static func check(
    _ subjects: [SubjectContracts], history: [String: HistoricalSubject] = [:]
  ) -> [SchemaFinding] {
    var findings: [SchemaFinding] = []
    for subject in subjects {
      findings += evolution(of: subject)
      if let past = history[subject.subject] { findings += changes(of: subject, since: past) }
    }
    let present = Set(subjects.map(\.subject))
    for (name, past) in history.sorted(by: { $0.key < $1.key }) where !present.contains(name) && !past.versions.isEmpty {
      findings.append(
        SchemaFinding(subject: name, version: nil, rule: .changedInPlace, message: "the contract was removed; restore its folder")
      )
    }
    return findings
  }

  /// Each version against its predecessors at the stated level, and against the lake's rules.
  static func evolution(of subject: SubjectContracts) -> [SchemaFinding] {
    var findings = LakeSafety.problems(of: subject.versions[0].schema).map {
      SchemaFinding(subject: subject.subject, version: 1, rule: .lakeUnsafe, message: $0.description)
    }
    for index in subject.versions.indices.dropFirst() {
      let version = subject.versions[index]
      let earlier = subject.versions[..<index].map(\.schema)
      let problems = AvroCompatibility.problems(candidate: version.schema, after: earlier, level: subject.level)
      findings += problems.map {
        SchemaFinding(
          subject: subject.subject, version: version.number, rule: .incompatible,
          message: "\($0.description) (level \(subject.level.rawValue))")
      }
      findings += LakeSafety.problems(candidate: version.schema, previous: earlier[index - 1]).map {
        SchemaFinding(subject: subject.subject, version: version.number, rule: .lakeUnsafe, message: $0.description)
      }
    }
    return findings
  }

  /// Versions that history knows must be there, and be the same byte for byte.
  static func changes(of subject: SubjectContracts, since past: HistoricalSubject) -> [SchemaFinding] {
    var findings: [SchemaFinding] = []
    for (number, text) in past.versions.sorted(by: { $0.key < $1.key }) {
      let now = subject.versions.first { $0.number == number }?.schema.json
      guard now != text else { continue }
      let message =
        now == nil
        ? "the version was removed; restore it"
        : "the version is in history and never changes; restore it and write \(subject.latest.number + 1).avsc"
      findings.append(SchemaFinding(subject: subject.subject, version: number, rule: .changedInPlace, message: message))
    }
    if let before = past.level.flatMap(level), !covers(subject.level, before) {
      let message = "\(before.rawValue) promised more than \(subject.level.rawValue)"
      findings.append(SchemaFinding(subject: subject.subject, version: nil, rule: .levelLowered, message: message))
    }
    return findings
  }

  private static func level(_ text: String) -> CompatibilityLevel? {
    CompatibilityLevel.allCases.first { text.split(whereSeparator: \.isWhitespace) == [Substring($0.rawValue)] }
  }

  private static func covers(_ level: CompatibilityLevel, _ other: CompatibilityLevel) -> Bool {
    (level.isBackward || !other.isBackward) && (level.isForward || !other.isForward)
      && (level.isTransitive || !other.isTransitive)
  }

  /// What keeps the contracts from being what a registry holds; a subject the registry does not know is new.
  public static func check(
    _ subjects: [SubjectContracts], registered: [String: RegisteredSubject]
  ) -> [SchemaFinding] {
    subjects.flatMap { subject in registered[subject.subject].map { check(subject, $0) } ?? [] }
  }

  private static func check(_ subject: SubjectContracts, _ registered: RegisteredSubject) -> [SchemaFinding] {
    var findings: [SchemaFinding] = []
    for version in registered.versions where !subject.versions.contains(where: { $0.schema == version.schema }) {
      let message = "the registry's version \(version.version) is in no file; add it, or delete it there"
      findings.append(SchemaFinding(subject: subject.subject, version: nil, rule: .registry, message: message))
    }
    let missing = subject.versions.filter { version in !registered.versions.contains { $0.schema == version.schema } }
    var known = registered.versions.map(\.schema)
    for version in missing {
      let problems = AvroCompatibility.problems(candidate: version.schema, after: known, level: registered.level)
      findings += problems.map {
        SchemaFinding(
          subject: subject.subject, version: version.number, rule: .registry,
          message: "the registry would refuse it: \($0.description) (level \(registered.level.rawValue))")
      }
      known.append(version.schema)
    }
    return findings
  }
}
