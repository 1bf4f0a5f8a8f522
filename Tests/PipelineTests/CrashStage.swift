import Foundation
import Kafka
import TestSupport

/// One occurrence of a crash point: where a process is to die.
struct CrashSpot: Hashable, CustomStringConvertible {
  let point: CrashPointCatalogue.Point
  let count: Int
  var description: String { "\(point):\(count)" }
}

/// What came of playing a stage.
struct Played {
  /// Whether the process under test was killed by its crash point.
  var died = false
  /// How often the process under test passed each point.
  var passed: [CrashPointCatalogue.Point: Int] = [:]
  /// What was not as it should be.
  var findings: [String] = []

  mutating func expect(_ holds: Bool, _ what: @autoclosure () -> String) {
    if !holds { findings.append(what()) }
  }

  mutating func expectSame(_ found: [String], _ expected: [String], _ what: String) {
    if let text = differences(found, expected) { findings.append("\(what), \(text)") }
  }
}

/// A scenario in which a process passes crash points, dies at one, and others finish what it began.
///
/// Owned by one thread.
protocol CrashStage {
  var name: String { get }
  /// Whether the stage kills the broker, which only a broker of the test's own may suffer.
  var killsBroker: Bool { get }

  /// Plays the scenario to its end and judges the outcome. Without a spot nothing dies: what was passed is the rehearsal that
  /// tells which spots there are.
  func play(_ spot: CrashSpot?) throws -> Played
}

extension CrashStage {
  var killsBroker: Bool { false }
}

/// The environment of a process that is to die at a spot, and the trail it leaves.
struct Arming {
  private let trail: String
  private let spot: CrashSpot?

  init(_ scene: Scene, _ spot: CrashSpot?) {
    trail = scene.path("trail-\(UInt32.random(in: 0...UInt32.max))")
    self.spot = spot
  }

  var environment: [String: String] {
    var all = ["WICK_CRASH_TRAIL": trail]
    if let spot { all["WICK_CRASH_AT"] = spot.description }
    return all
  }

  var passed: [CrashPointCatalogue.Point: Int] {
    let text = String(decoding: FileManager.default.contents(atPath: trail) ?? Data(), as: UTF8.self)
    return text.split(separator: "\n").reduce(into: [:]) { counts, line in
      let parts = line.split(separator: ":").map(String.init)
      if parts.count == 2 { counts[.init(name: parts[0], side: parts[1]), default: 0] += 1 }
    }
  }

  /// How often one side of a point was passed.
  func count(_ name: String, _ side: String = "after") -> Int { passed[.init(name: name, side: side)] ?? 0 }

  /// Waits for the end of the process, which its crash point or its own work brings.
  func end(_ process: WickProcess, _ played: inout Played, seconds: Double = 60) throws {
    guard let code = process.wait(seconds: seconds) else {
      throw Scene.Broken(description: "did not end: \(process.output)\(process.errors)")
    }
    note(code, process, &played)
  }

  /// Waits until `condition` holds or the process has ended.
  func wait(_ process: WickProcess, seconds: Double = 30, until condition: () throws -> Bool) throws {
    let deadline = Date().addingTimeInterval(seconds)
    while process.wait(seconds: 0.005) == nil, try !condition() {
      guard Date() < deadline else {
        let points = passed.map { "\($0.key) \($0.value)" }.sorted().joined(separator: ", ")
        throw Scene.Broken(description: "waited in vain after \(points): \(process.output)\(process.errors)")
      }
    }
  }

  func note(_ code: Int32, _ process: WickProcess, _ played: inout Played) {
    played.passed = passed
    played.died = code == -9
    played.expect(played.died || code == 0, "ended with \(code): \(process.output)\(process.errors)")
  }
}
