import Foundation

/// One subject of a contracts folder: its versions and its compatibility level.
public struct SubjectContracts: Sendable, Hashable {
  public let subject: String
  public let level: CompatibilityLevel
  /// Ascending, from 1 without gaps.
  public let versions: [Version]

  /// - Parameter versions: at least one, ascending.
  public init(subject: String, level: CompatibilityLevel, versions: [Version]) {
    self.subject = subject
    self.level = level
    self.versions = versions
  }

  /// One version's file.
  public struct Version: Sendable, Hashable {
    public let number: Int
    /// Relative to the contracts folder: `trades.raw-value/1.avsc`.
    public let file: String
    public let schema: AvroSchema

    public init(number: Int, file: String, schema: AvroSchema) {
      self.number = number
      self.file = file
      self.schema = schema
    }
  }

  /// The newest version.
  public var latest: Version { versions[versions.count - 1] }
}

/// Reads `contracts/<subject>/<version>.avsc` and the file `compatibility` beside them.
public enum ContractFolder {
  /// Every subject in the folder, by name.
  ///
  /// - Throws: `badInput` when the folder or a level cannot be read, a subject has no versions or a gap between them, or an
  ///   unknown file; `invalidSchema` naming the file.
  public static func read(_ folder: String) throws(ContractError) -> [SubjectContracts] {
    var subjects: [SubjectContracts] = []
    for name in try list(folder) where !name.hasPrefix(".") {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder), isFolder.boolValue else {
        continue
      }
      subjects.append(try readSubject(folder, name))
    }
    guard !subjects.isEmpty else {
      throw ContractError(.badInput, "\(folder) holds no contracts", advice: "Add \(folder)/<topic>-value/1.avsc")
    }
    return subjects
  }

  private static func list(_ folder: String) throws(ContractError) -> [String] {
    do { return try FileManager.default.contentsOfDirectory(atPath: folder).sorted() } catch {
      throw ContractError(.badInput, "The folder \(folder) cannot be read", advice: "Pass the folder that holds the contracts")
    }
  }

  private static func readSubject(_ folder: String, _ subject: String) throws(ContractError) -> SubjectContracts {
    var versions: [SubjectContracts.Version] = []
    for name in try list("\(folder)/\(subject)") where name != "compatibility" && !name.hasPrefix(".") {
      guard name.hasSuffix(".avsc"), let number = Int(name.dropLast(5)), number > 0, "\(number).avsc" == name else {
        throw ContractError(
          .badInput, "\(folder)/\(subject)/\(name) is no version", advice: "Versions are called 1.avsc, 2.avsc, …")
      }
      versions.append(try readVersion(folder, "\(subject)/\(name)", number))
    }
    versions.sort { $0.number < $1.number }
    guard !versions.isEmpty, versions.map(\.number) == Array(1...versions.count) else {
      throw ContractError(
        .badInput, "The versions in \(folder)/\(subject) do not count up from 1", advice: "Number them without gaps")
    }
    return SubjectContracts(subject: subject, level: try readLevel(folder, subject), versions: versions)
  }

  private static func readVersion(
    _ folder: String, _ file: String, _ number: Int
  ) throws(ContractError) -> SubjectContracts.Version {
    guard let text = try? String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8) else {
      throw ContractError(.badInput, "\(folder)/\(file) cannot be read as UTF-8", advice: "Check the file")
    }
    do {
      return SubjectContracts.Version(number: number, file: file, schema: try AvroSchema(json: text))
    } catch { throw error.adding(context: "\(folder)/\(file)") }
  }

  private static func readLevel(_ folder: String, _ subject: String) throws(ContractError) -> CompatibilityLevel {
    let file = "\(folder)/\(subject)/compatibility"
    let levels = CompatibilityLevel.allCases.map(\.rawValue).joined(separator: ", ")
    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
      throw ContractError(.badInput, "\(file) is missing", advice: "Write one of \(levels) into it")
    }
    guard let level = CompatibilityLevel(rawValue: text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
      throw ContractError(.badInput, "\(file) names no compatibility level", advice: "Write one of \(levels)")
    }
    return level
  }
}
