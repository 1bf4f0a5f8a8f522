import Foundation
import TestSupport
import Testing

/// A disk that fails at a chosen moment under one process; see Tests/DiskFaults/disk_faults.c.
///
///     let disk = try FaultyDisk(under: scene.lake, scratch: scene.folder)
///     try scene.start(scene.sink(sql), environment: disk.environment(.kill, at: 17))
///
/// Each use is for one process: calls are counted from its start.
struct FaultyDisk {
  /// What happens in place of a call.
  enum Fault: Equatable, CustomStringConvertible {
    /// SIGKILL before the call.
    case kill
    /// Half of a write, then SIGKILL; for calls without halves, as `kill`.
    case torn
    /// SIGSTOP before the call, which is made once the process is continued.
    case stop
    /// The call fails with this errno and is not made.
    case error(Int32)

    var description: String {
      switch self {
      case .kill: "kill"
      case .torn: "torn"
      case .stop: "stop"
      case .error(let number): String(cString: strerror(number))
      }
    }

    fileprivate var text: String {
      if case .error(let number) = self { String(number) } else { description }
    }
  }

  /// A call that changes files.
  struct Call: Equatable, CustomStringConvertible {
    let name: String
    let path: String

    var isWrite: Bool { name.contains("write") }
    var isSync: Bool { name == "fsync" || name == "fdatasync" }
    var description: String { "\(name) \(path)" }
  }

  private let folder: String
  private let log: URL
  private let full: URL
  /// What a recording process has done; see `RecordedDisk`.
  let record: URL

  /// - Parameters:
  ///   - under: only what happens to files below this folder counts.
  ///   - scratch: a folder for what is noted.
  init(under folder: String, scratch: URL) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    self.folder = folder
    let name = UUID().uuidString
    log = scratch.appendingPathComponent("calls-\(name)")
    full = scratch.appendingPathComponent("full-\(name)")
    record = scratch.appendingPathComponent("record-\(name)")
  }

  /// The environment of the process. Without a fault, calls are only counted.
  func environment(_ fault: Fault? = nil, at number: Int = 0, only names: [String] = []) throws -> [String: String] {
    var environment = [
      "LD_PRELOAD": try Self.library(), "DISK_FAULTS_UNDER": folder, "DISK_FAULTS_LOG": log.path,
      "DISK_FAULTS_FULL": full.path,
    ]
    if let fault {
      environment["DISK_FAULTS_DO"] = fault.text
      environment["DISK_FAULTS_AT"] = String(number)
    }
    if !names.isEmpty { environment["DISK_FAULTS_ONLY"] = names.joined(separator: ",") }
    return environment
  }

  /// The environment of a process whose calls are recorded with what they wrote.
  func recording() throws -> [String: String] { try environment().merging(["DISK_FAULTS_RECORD": record.path]) { $1 } }

  /// Whether there is no space left, from now on.
  func setFull(_ isFull: Bool) throws {
    if isFull { try Data().write(to: full) } else { try FileManager.default.removeItem(at: full) }
  }

  /// The calls so far, in order; the last one is that at which the process was killed.
  func calls() throws -> [Call] {
    guard FileManager.default.fileExists(atPath: log.path) else { return [] }
    return try String(contentsOf: log, encoding: .utf8).split(separator: "\n").map { line in
      let fields = line.split(separator: " ", maxSplits: 2)
      guard fields.count == 3 else { throw Scene.Broken(description: "not a noted call: \(line)") }
      return Call(name: String(fields[1]), path: String(fields[2]))
    }
  }

  /// Built beside the tests.
  private static func library() throws -> String {
    let beside = URL(fileURLWithPath: WickProcess.binary).deletingLastPathComponent().path
    let folders = [beside, Project.folder.appendingPathComponent(".build/debug").path]
    for folder in folders where FileManager.default.fileExists(atPath: "\(folder)/libDiskFaults.so") {
      return "\(folder)/libDiskFaults.so"
    }
    throw Scene.Broken(description: "there is no libDiskFaults.so in \(folders); swift build --build-tests makes it")
  }
}

/// The places of a run at which something is to go wrong, and how.
struct Sweep {
  struct Point: CustomStringConvertible {
    /// Which of several runs.
    let run: Int
    let number: Int
    let fault: FaultyDisk.Fault
    /// The call that stood there when the run was counted.
    let call: FaultyDisk.Call

    var description: String { "run \(run), \(fault) at call \(number) (\(call))" }
  }

  /// Every call of every run, and of writes their halves too.
  static func kills(_ runs: [[FaultyDisk.Call]]) -> [Point] {
    points(runs) { $0.isWrite ? [.kill, .torn] : [.kill] }
  }

  static func points(_ runs: [[FaultyDisk.Call]], _ faults: (FaultyDisk.Call) -> [FaultyDisk.Fault]) -> [Point] {
    runs.enumerated().flatMap { run, calls in
      calls.enumerated().flatMap { index, call in
        faults(call).map { Point(run: run, number: index + 1, fault: $0, call: call) }
      }
    }
  }
}
