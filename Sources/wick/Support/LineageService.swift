import ArgumentParser
import Foundation
import JSON
import Lineage
import Logging
import Synchronization

/// Where a command tells of its runs.
struct LineageOptions: ParsableArguments {
  @Option(help: "Tell of runs as OpenLineage events: file:PATH, or an address such as http://localhost:5000/api/v1/lineage.")
  var lineage: String?

  func service() throws -> LineageService? {
    guard let text = try Settings().value("lineage", flag: lineage) else { return nil }
    guard let target = LineageTarget(text) else {
      throw Failure(.usage, "--lineage takes file:PATH, or an address with http:// or https://, not \(text).")
    }
    return LineageService(target)
  }
}

/// Tells of runs. What cannot be told is logged: it neither stops the work nor holds it up. Safe from any thread.
final class LineageService: Sendable {
  /// How long the end of a process waits for whoever is told, seconds.
  private static let patience = 2.0
  private let outbox: LineageOutbox
  private let logger = Logger(label: "wick.lineage")
  private let running = Mutex<[String: (run: String, job: LineageJob)]>([:])

  init(_ target: LineageTarget) {
    let logger = logger
    outbox = LineageOutbox { event in
      switch target {
      case .file(let path): try LineageFile(path).append(event)
      case .endpoint(let url): try JSONPost.send(event.json.utf8, to: url)
      }
    } onTrouble: { error in
      logger.warning("events of lineage cannot be sent", metadata: ["error": "\(error)"])
    }
    LastWords.add { [weak self] reason in self?.fail(reason) }
  }

  /// Runs `body` as a run of each of the jobs; without a service nobody is told.
  ///
  /// - Parameter jobs: asked before and after, since the tables of a sink are there only then.
  static func telling<R>(_ service: LineageService?, _ jobs: () -> [LineageJob], _ body: () throws -> R) throws -> R {
    guard let service else { return try body() }
    service.begin(jobs())
    do {
      let result = try body()
      service.end(.complete, jobs())
      return result
    } catch {
      service.end(.fail, jobs(), Failure(error).sentence)
      throw error
    }
  }

  /// Waits a moment for what is not sent yet. Call it at the end of the command.
  func close() { close(patience: Self.patience) }

  private func close(patience: Double) {
    let lost = outbox.close(patience: patience)
    if lost > 0 { logger.warning("events of lineage did not arrive", metadata: ["events": .stringConvertible(lost)]) }
  }

  private func begin(_ jobs: [LineageJob]) {
    for job in jobs {
      let run = UUID().uuidString.lowercased()
      running.withLock { $0[job.name] = (run, job) }
      tell(.start, run, job)
    }
  }

  private func end(_ state: LineageEvent.State, _ jobs: [LineageJob], _ error: String? = nil) {
    for job in jobs {
      guard let known = running.withLock({ $0.removeValue(forKey: job.name) }) else { continue }
      tell(state, known.run, job, error)
    }
  }

  /// The process ends in a moment, in the middle of its runs.
  private func fail(_ reason: String) {
    let left = running.withLock { running in
      defer { running = [:] }
      return running.values.sorted { $0.job.name < $1.job.name }
    }
    guard !left.isEmpty else { return }
    for (run, job) in left { tell(.fail, run, job, reason) }
    close(patience: 1)
  }

  private func tell(_ state: LineageEvent.State, _ run: String, _ job: LineageJob, _ error: String? = nil) {
    let time = Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    outbox.add(LineageEvent(state, time: time, run: run, job: job, error: error))
  }
}

/// What is to be said when a process leaves at once, without unwinding.
enum LastWords {
  private static let speakers = Mutex<[@Sendable (String) -> Void]>([])

  /// - Parameter speaker: called with the reason; must return within a second or so.
  static func add(_ speaker: @escaping @Sendable (String) -> Void) { speakers.withLock { $0.append(speaker) } }

  static func say(_ reason: String) {
    for speaker in speakers.withLock({ $0 }) { speaker(reason) }
  }
}
