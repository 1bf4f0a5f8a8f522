import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// A process that measures, or that is measured against.
final class Child {
  private let process = Process()
  private let output = Pipe()
  private var pending = ""

  /// This binary in another mode.
  static func bench(_ arguments: String...) throws -> Child { try Child("/proc/\(getpid())/exe", arguments) }

  /// Runs this binary in another mode to its end, and returns what it reports.
  static func measure(_ arguments: String...) throws -> [String: Double] {
    let child = try Child("/proc/\(getpid())/exe", arguments)
    let lines = child.readToEnd()
    guard child.wait() == 0 else { throw BenchError("the measurement \(arguments[0]) failed") }
    return lines.reduce(into: [:]) { result, line in
      let words = line.split(separator: " ", maxSplits: 1)
      if words.count == 2, let value = Double(words[1]) { result[String(words[0])] = value }
    }
  }

  init(_ path: String, _ arguments: [String]) throws {
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardOutput = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
  }

  /// CPU seconds of all its threads so far, in ticks of 10 ms.
  var cpuSeconds: Double {
    let stat = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)) ?? ""
    let fields = (stat.split(separator: ")").last ?? "").split(separator: " ")
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return .nan }
    return (user + system) / 100
  }

  /// Megabytes (10^6 bytes) it has had resident at most.
  var peakMegabytes: Double { Measure.status("VmHWM:", of: "\(process.processIdentifier)") / 1e6 }

  /// The next line, waiting for it; nil at the end.
  func readLine() -> String? {
    while true {
      if let end = pending.firstIndex(of: "\n") {
        defer { pending = String(pending[pending.index(after: end)...]) }
        return String(pending[..<end])
      }
      let data = output.fileHandleForReading.availableData
      if data.isEmpty { return nil }
      pending += String(decoding: data, as: UTF8.self)
    }
  }

  func readToEnd() -> [String] {
    var lines: [String] = []
    while let line = readLine() { lines.append(line) }
    return lines
  }

  func wait() -> Int32 {
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// Ends it as a power cut of the process: SIGKILL.
  func kill() {
    guard process.isRunning else { return }
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  deinit { kill() }
}

/// One line to whoever reads this process's output, at once.
func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }
