import Foundation

/// What was entered before. Kept in a file that only its owner can read.
public struct History: Sendable {
  private let path: String?
  private let limit: Int
  public private(set) var entries: [String] = []
  /// The entry that is shown; one past the last for the line that is being written.
  private var position = 0
  private var draft = ""

  /// - Parameter path: nil remembers nothing beyond this run. A file that cannot be read is an empty one.
  public init(path: String?, limit: Int = 1000) {
    self.path = path
    self.limit = limit
    if let path, let text = try? String(contentsOfFile: path, encoding: .utf8) {
      entries = text.split(separator: "\n").map { Self.unescaped(String($0)) }.suffix(limit)
    }
    position = entries.count
  }

  /// `$XDG_STATE_HOME/wick/history`, else `~/.wick_history`; nil without either.
  public static func standardPath(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String? {
    if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return state + "/wick/history" }
    return environment["HOME"].map { $0 + "/.wick_history" }
  }

  /// Remembers an entry, unless it is blank or that before it.
  ///
  /// - Throws: when the file cannot be written.
  public mutating func add(_ entry: String) throws {
    let text = entry.trimmingCharacters(in: .whitespacesAndNewlines)
    if !text.isEmpty, entries.last != text { entries = (entries + [text]).suffix(limit) }
    position = entries.count
    draft = ""
    guard let path else { return }
    let folder = (path as NSString).deletingLastPathComponent
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let content = entries.map { Self.escaped($0) + "\n" }.joined()
    try Data(content.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
  }

  /// The entry before the one that is shown; nil at the first. `line` is what stands there now.
  public mutating func previous(_ line: String) -> String? {
    guard position > 0 else { return nil }
    if position == entries.count { draft = line }
    position -= 1
    return entries[position]
  }

  /// The entry after the one that is shown; at the end what was being written.
  public mutating func next() -> String? {
    guard position < entries.count else { return nil }
    position += 1
    return position == entries.count ? draft : entries[position]
  }

  static func escaped(_ text: String) -> String {
    text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\n", with: "\\n")
  }

  static func unescaped(_ text: String) -> String {
    var (result, isEscaped) = ("", false)
    for character in text {
      if isEscaped {
        result.append(character == "n" ? "\n" : character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else {
        result.append(character)
      }
    }
    return result
  }
}
