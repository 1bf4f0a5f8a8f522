import Foundation
import Kafka
import TestSupport

#if canImport(Glibc)
  import Glibc
#endif

/// `wick` at a pseudo terminal, as a person has it before them.
final class TerminalProcess {
  private let process = Process()
  private let master: Int32
  private var shown: [UInt8] = []

  init(_ arguments: [String], environment: [String: String]) throws {
    var slave: Int32 = -1
    var front: Int32 = -1
    guard openpty(&front, &slave, nil, nil, nil) == 0 else {
      throw Scene.Broken(description: "no pseudo terminal: error \(errno)")
    }
    master = front
    let handle = FileHandle(fileDescriptor: slave, closeOnDealloc: true)
    process.executableURL = URL(fileURLWithPath: WickProcess.binary)
    process.arguments = arguments
    process.currentDirectoryURL = Project.folder
    process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("WICK_") }.merging(environment) { $1 }
    (process.standardInput, process.standardOutput, process.standardError) = (handle, handle, handle)
    try process.run()
    try handle.close()
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    close(master)
  }

  func type(_ text: String) throws {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
      guard count > 0 else { throw Scene.Broken(description: "the terminal takes nothing: error \(errno)") }
      rest = rest.dropFirst(count)
    }
  }

  /// Waits until `text` is shown, after what was waited for before.
  func wait(for text: String, seconds: Double = 60) throws {
    let deadline = Date().addingTimeInterval(seconds)
    let wanted = Array(text.utf8)
    while true {
      if let range = shown.firstRange(of: wanted) {
        shown.removeSubrange(..<range.upperBound)
        return
      }
      guard Date() < deadline, read() else {
        throw Scene.Broken(description: "\(text) was not shown, but \(String(decoding: shown, as: UTF8.self))")
      }
    }
  }

  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// The exit code, once the process has ended; what it shows until then is read.
  func end(seconds: Double = 60) throws -> Int32 {
    let deadline = Date().addingTimeInterval(seconds)
    while process.isRunning {
      guard Date() < deadline else {
        throw Scene.Broken(description: "it did not end: \(String(decoding: shown, as: UTF8.self))")
      }
      if !read() { Blocking.pause(milliseconds: 10) }
    }
    return process.terminationReason == .uncaughtSignal ? -process.terminationStatus : process.terminationStatus
  }

  /// Takes what comes within a moment; false when nobody writes any more.
  private func read() -> Bool {
    var wait = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
    guard poll(&wait, 1, 100) > 0 else { return true }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = Glibc.read(master, &bytes, bytes.count)
    guard count > 0 else { return count < 0 && errno == EINTR }
    shown += bytes[..<count]
    return true
  }
}
