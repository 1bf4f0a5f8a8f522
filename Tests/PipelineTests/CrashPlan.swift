import Foundation
import Kafka
import Synchronization

/// Which stage kills at which spots, found by rehearsal; and the carrying out, on several threads.
struct CrashPlan {
  /// One side of one point: where it is killed, and how often.
  struct Row: Sendable {
    let point: CrashPointCatalogue.Point
    let stage: String
    let occurrences: Int
    var killed: [Int] = []
    var findings: [String] = []
  }

  /// Makes the stages anew, for a thread that will own them.
  typealias Stages = @Sendable () throws -> [any CrashStage]

  private let stages: Stages
  private(set) var rows: [Row] = []
  private(set) var findings: [String] = []

  /// Plays every stage once without a crash.
  init(_ stages: @escaping Stages) throws {
    self.stages = stages
    var best: [CrashPointCatalogue.Point: Row] = [:]
    for stage in try stages() {
      let played = try stage.play(nil)
      findings += played.findings.map { "\(stage.name), undisturbed: \($0)" }
      for (point, count) in played.passed {
        // The first stage that offers a first, a second and a last occurrence, otherwise the one with the most.
        guard min(count, 3) > min(best[point]?.occurrences ?? 0, 3) else { continue }
        best[point] = Row(point: point, stage: stage.name, occurrences: count)
      }
    }
    rows = best.values.sorted { $0.point < $1.point }
  }

  /// First, second and last; fewer where a point is passed less often.
  static func counts(_ occurrences: Int) -> [Int] { Set([1, min(2, occurrences), occurrences]).sorted() }

  private struct Job: Sendable {
    let row: Int
    let stage: String
    let spot: CrashSpot
    let isLast: Bool
  }

  private final class Work: Sendable {
    struct Result: Sendable {
      let row: Int
      let count: Int?
      let findings: [String]
    }
    private let open: Mutex<[Job]>
    let results = Mutex<[Result]>([])
    init(_ jobs: [Job]) { open = Mutex(jobs.reversed()) }
    func next() -> Job? { open.withLock { $0.popLast() } }
  }

  /// Kills at every spot.
  mutating func carryOut(lanes: Int) throws {
    var jobs: [Job] = []
    for (index, row) in rows.enumerated() {
      for count in Self.counts(row.occurrences) {
        let spot = CrashSpot(point: row.point, count: count)
        jobs.append(Job(row: index, stage: row.stage, spot: spot, isLast: count == row.occurrences && count > 1))
      }
    }
    let work = Work(jobs)
    let stages = stages
    let threads = (0..<lanes).map { number in
      BlockingThread(name: "lane-\(number)", stackSize: 8 << 20) {
        let own = try stages()
        while let job = work.next() {
          guard let stage = own.first(where: { $0.name == job.stage }) else { continue }
          let result = Self.carryOut(job, stage)
          work.results.withLock { $0.append(result) }
        }
      }
    }
    for thread in threads { try thread.join() }
    for result in work.results.withLock({ $0 }) {
      if let count = result.count { rows[result.row].killed.append(count) }
      rows[result.row].findings += result.findings
    }
  }

  /// Plays until the process has died where it should. A run that passes the point less often than the rehearsal did shows
  /// where its last occurrence is.
  private static func carryOut(_ job: Job, _ stage: any CrashStage) -> Work.Result {
    var spot = job.spot
    do {
      for _ in 0..<6 {
        let played = try stage.play(spot)
        let findings = played.findings.map { "\(spot) in \(stage.name): \($0)" }
        guard !played.died, findings.isEmpty else {
          return .init(row: job.row, count: played.died ? spot.count : nil, findings: findings)
        }
        guard job.isLast, let passed = played.passed[spot.point], passed > 0 else { continue }
        spot = CrashSpot(point: spot.point, count: passed)
      }
      return .init(row: job.row, count: nil, findings: ["\(spot) in \(stage.name): the process did not die there"])
    } catch {
      return .init(row: job.row, count: nil, findings: ["\(spot) in \(stage.name): \(error)"])
    }
  }

  var runs: Int { rows.reduce(0) { $0 + $1.killed.count } }

  /// One line per point: how often a run passes it, where it was killed.
  var table: String {
    rows.map { row in
      let name = row.point.description.padding(toLength: 34, withPad: " ", startingAt: 0)
      let stage = row.stage.padding(toLength: 22, withPad: " ", startingAt: 0)
      let times = row.occurrences == 1 ? "passed once" : "passed \(row.occurrences) times"
      return "\(name) \(stage) \(times), killed at \(Set(row.killed).sorted().map(String.init).joined(separator: " "))"
    }.joined(separator: "\n")
  }
}
