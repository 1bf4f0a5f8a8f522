import Contracts
import CrashPoints
import Dispatch
import Logging

/// The state and its log, behind a queue of their own: the log may wait for a disk, which must not happen on the concurrency
/// pool.
final class RegistryStore: @unchecked Sendable {
  private let queue = DispatchQueue(label: "wick.registry")
  private let log: any RegistryLog
  private let logger: Logger
  // Touched on the queue only.
  private var state = RegistryState()
  private var isBehind = false

  /// - Throws: what the log throws while it is replayed.
  init(_ log: any RegistryLog, _ logger: Logger) throws {
    self.log = log
    self.logger = logger
    state = try RegistryState.replaying(log)
  }

  /// Answers one request. What it changes is in the log before the answer is given.
  func answer(_ request: RegistryRequest) async -> RegistryAnswer {
    await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: self.answerNow(request)) }
    }
  }

  private func answerNow(_ request: RegistryRequest) -> RegistryAnswer {
    var answer = state.answer(request)
    if answer.records.isEmpty { return answer }
    do {
      if isBehind {
        // After a failed append only the log knows what it holds.
        state = try RegistryState.replaying(log)
        isBehind = false
        answer = state.answer(request)
      }
      for record in answer.records {
        let (key, value) = record.keyAndValue
        isBehind = true
        CrashPoint.hit("registry.append")
        try log.append(key: key, value: value)
        CrashPoint.hit("registry.append", .after)
        isBehind = false
        state.apply(record)
      }
    } catch {
      logger.error("a schema was not stored", metadata: ["error": "\(error)"])
      return RegistryAnswer(.store("the log of the registry cannot be written or read: \(error)"))
    }
    return answer
  }
}
