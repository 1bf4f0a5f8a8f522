import Foundation

/// Another program, run to its end.
public enum OtherProgram {
  public struct Answer: Sendable {
    public var code: Int32
    /// All that it wrote, to either stream.
    public var output: String
  }

  /// - Parameters:
  ///   - path: of the program.
  ///   - input: less than a pipe holds, or the program reads it all before it answers.
  public static func run(_ path: String, _ arguments: [String], input: String = "") throws -> Answer {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    let (into, out) = (Pipe(), Pipe())
    process.standardInput = into
    process.standardOutput = out
    process.standardError = out
    try process.run()
    try into.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try into.fileHandleForWriting.close()
    let output = String(decoding: try out.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    return Answer(code: process.terminationStatus, output: output)
  }
}
