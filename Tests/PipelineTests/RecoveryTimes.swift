import Foundation
import Synchronization

/// How long the pipeline takes from a kill to the first candle that it commits afterwards, as a reader sees it.
///
///     let times = RecoveryTimes()
///     let reader = try CommittedReader(scene, queries: ["1s"], times: times)
///     times.killed("broker") // after each kill
///     print(times.summary)
///
/// A kill that follows before the first is recovered from adds to both: these are times under fire, not of single kills.
/// Safe from any thread.
final class RecoveryTimes: Sendable {
  private struct State {
    var waiting: [(name: String, at: Date)] = []
    var taken: [String: [Double]] = [:]
  }

  private let state = Mutex(State())

  /// Notes a kill.
  func killed(_ name: String, at moment: Date = Date()) { state.withLock { $0.waiting.append((name, moment)) } }

  /// Notes that a transaction with candles has become visible now; `written` is when its records were made.
  func committed(written: Date) {
    let now = Date()
    state.withLock { state in
      for kill in state.waiting where kill.at < written {
        state.taken[kill.name, default: []].append(now.timeIntervalSince(kill.at))
      }
      state.waiting.removeAll { $0.at < written }
    }
  }

  /// Forgets kills that no candle followed, since the pipeline was stopped.
  func stopped() { state.withLock { $0.waiting = [] } }

  /// Seconds, of all kills or those of one name, sorted.
  func seconds(_ name: String? = nil) -> [Double] {
    state.withLock { state in
      state.taken.filter { name == nil || $0.key == name }.values.joined().sorted()
    }
  }

  /// One line: number, median, 99th percentile and maximum over all kills, then by name.
  var summary: String {
    let names = state.withLock { $0.taken.keys.sorted() }
    let parts = ["recovery \(Self.text(seconds()))"] + names.map { "\($0) \(Self.text(seconds($0)))" }
    return parts.joined(separator: "; ")
  }

  private static func text(_ sorted: [Double]) -> String {
    guard let last = sorted.last else { return "of none" }
    func rank(_ share: Double) -> Double { sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))] }
    return String(format: "of %d: p50 %.2f s, p99 %.2f s, max %.2f s", sorted.count, rank(0.5), rank(0.99), last)
  }
}
