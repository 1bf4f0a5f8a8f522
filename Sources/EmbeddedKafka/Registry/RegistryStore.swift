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
  private var failure: String?

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
    let answer = state.answer(request)
    if answer.records.isEmpty { return answer }
    // After a failed append nobody knows what the log holds: only a new start, which reads it again, can tell.
    if let failure { return RegistryAnswer(.store(failure)) }
    for record in answer.records {
      let (key, value) = record.keyAndValue
      CrashPoint.hit("registry.append")
      do { try log.append(key: key, value: value) } catch {
        failure = "the log of the registry cannot be written: \(error)"
        logger.error("the registry takes no more schemas until it is started anew", metadata: ["error": "\(error)"])
        return RegistryAnswer(.store(failure ?? ""))
      }
      CrashPoint.hit("registry.append", .after)
      state.apply(record)
    }
    return answer
  }
}
