import Foundation

/// Prometheus' checker of metrics, rules and rule tests.
public enum Promtool {
  /// Whether it is on this machine; tests that need it are skipped with their reason where it is not.
  public static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: path) }

  static let path = "/usr/bin/promtool"

  /// Runs it to its end. `output` is all that it wrote.
  public static func run(_ arguments: [String], input: String = "") throws -> (code: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    let (into, out) = (Pipe(), Pipe())
    process.standardInput = into
    process.standardOutput = out
    process.standardError = out
    try process.run()
    // Less than a pipe holds, or the tool reads it all before it answers.
    try into.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try into.fileHandleForWriting.close()
    let output = String(decoding: try out.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, output)
  }
}
