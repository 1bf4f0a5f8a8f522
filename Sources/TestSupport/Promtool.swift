import Foundation

/// Prometheus' checker of metrics, rules and rule tests.
public enum Promtool {
  /// Whether it is on this machine; tests that need it are skipped with their reason where it is not.
  public static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: path) }

  static let path = "/usr/bin/promtool"

  /// Runs it to its end. `output` is all that it wrote.
  public static func run(_ arguments: [String], input: String = "") throws -> (code: Int32, output: String) {
    let answer = try OtherProgram.run(path, arguments, input: input)
    return (answer.code, answer.output)
  }
}
