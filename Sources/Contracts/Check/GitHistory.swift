import Foundation

/// Reads contracts out of git, through the `git` command. Blocks.
public struct GitHistory: Sendable {
  private let folder: String

  /// - Parameter folder: the contracts folder in a work tree.
  public init(folder: String) { self.folder = folder }

  /// The subjects as `revision` holds them; the point where the branch left it, so that work done elsewhere since does not
  /// count. Empty when the folder is in no repository, or the repository has no commit.
  ///
  /// - Throws: `badInput` when git is not there or does not know the revision.
  public func subjects(since revision: String = "HEAD") throws(ContractError) -> [String: HistoricalSubject] {
    guard try run(["rev-parse", "--is-inside-work-tree"]).status == 0 else { return [:] }
    if revision == "HEAD", try run(["rev-parse", "--verify", "-q", "HEAD"]).status != 0 { return [:] }
    let base = try run(["merge-base", "HEAD", revision])
    guard base.status == 0 else {
      throw ContractError(.badInput, "git knows no common ancestor with '\(revision)'", advice: "Fetch it, or name another one")
    }
    return try subjects(at: base.text.trimmingCharacters(in: .whitespacesAndNewlines))
  }

  private func subjects(at commit: String) throws(ContractError) -> [String: HistoricalSubject] {
    // Paths come relative to the folder, and -z keeps unusual names unquoted.
    let tree = try run(["ls-tree", "-r", "-z", "--name-only", commit, "."])
    guard tree.status == 0 else {
      throw ContractError(.badInput, "git cannot list \(folder) at \(commit)", advice: "Run git fsck")
    }
    var subjects: [String: HistoricalSubject] = [:]
    for path in tree.text.split(separator: "\0") {
      let parts = path.split(separator: "/").map(String.init)
      guard parts.count == 2 else { continue }
      let blob = try run(["show", "\(commit):./\(path)"])
      guard blob.status == 0 else { continue }
      var subject = subjects[parts[0]] ?? HistoricalSubject(versions: [:], level: nil)
      if parts[1] == "compatibility" { subject.level = blob.text }
      if parts[1].hasSuffix(".avsc"), let number = Int(parts[1].dropLast(5)) { subject.versions[number] = blob.text }
      subjects[parts[0]] = subject
    }
    return subjects
  }

  private func run(_ arguments: [String]) throws(ContractError) -> (status: Int32, text: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["git", "-C", folder] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch {
      throw ContractError(.badInput, "git cannot be run", advice: "Install git, or check without history")
    }
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus != 127 else {
      throw ContractError(.badInput, "git is not installed", advice: "Install git, or check without history")
    }
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }
}
