import NIOCore
import NIOPosix
import Synchronization

/// Fetches that wait for more data: woken by appends to their partitions and by the end of their patience.
final class FetchPurgatory: Sendable {
  private let workers: NIOThreadPool
  private let waiting = Mutex<[TopicPartition: [ParkedFetch]]>([:])

  init(workers: NIOThreadPool) { self.workers = workers }

  /// Watches the partitions of a fetch until it is removed.
  func park(_ fetch: ParkedFetch) {
    waiting.withLock { waiting in
      for partition in fetch.partitions { waiting[partition, default: []].append(fetch) }
    }
  }

  func remove(_ fetch: ParkedFetch) {
    waiting.withLock { waiting in
      for partition in fetch.partitions {
        waiting[partition]?.removeAll { $0 === fetch }
        if waiting[partition]?.isEmpty == true { waiting[partition] = nil }
      }
    }
  }

  /// Looks again at the fetches of a partition, on worker threads. Cheap where nobody waits; callable under any lock.
  func wake(_ partition: TopicPartition) {
    let fetches = waiting.withLock { $0[partition] } ?? []
    for fetch in fetches { submit(fetch, isLast: false) }
  }

  func submit(_ fetch: ParkedFetch, isLast: Bool) {
    workers.submit { state in
      if case .active = state { fetch.attempt(isLast: isLast) }
    }
  }
}

/// One waiting fetch. Attempts to complete it never overlap, and exactly one answers.
final class ParkedFetch: Sendable {
  private enum State: Sendable {
    case idle, running, runningWithMore(isLast: Bool), done

    var isDone: Bool {
      if case .done = self { true } else { false }
    }
  }

  let partitions: [TopicPartition]
  private let state = Mutex(State.idle)
  /// Reads again and answers where there is enough, or at the end in any case; true when answered.
  private let complete: @Sendable (_ isLast: Bool) -> Bool
  private let cleanUp = Mutex<(@Sendable () -> Void)?>(nil)

  init(partitions: [TopicPartition], complete: @escaping @Sendable (_ isLast: Bool) -> Bool) {
    self.partitions = partitions
    self.complete = complete
  }

  /// Runs `body` once the fetch is answered; at once when it already is.
  func onDone(_ body: @escaping @Sendable () -> Void) {
    cleanUp.withLock { $0 = body }
    if state.withLock({ $0.isDone }) { runCleanUp() }
  }

  private func runCleanUp() {
    let body = cleanUp.withLock { cleanUp in
      defer { cleanUp = nil }
      return cleanUp
    }
    body?()
  }

  func attempt(isLast: Bool) {
    guard begin(isLast) else { return }
    var isLast = isLast
    while true {
      if complete(isLast) {
        state.withLock { $0 = .done }
        runCleanUp()
        return
      }
      guard let next = pause() else { return }
      isLast = next
    }
  }

  private func begin(_ isLast: Bool) -> Bool {
    state.withLock { state in
      switch state {
      case .idle:
        state = .running
        return true
      case .running: state = .runningWithMore(isLast: isLast)
      case .runningWithMore(let earlier): state = .runningWithMore(isLast: earlier || isLast)
      case .done: break
      }
      return false
    }
  }

  /// Nil to rest; otherwise another attempt was asked for meanwhile.
  private func pause() -> Bool? {
    state.withLock { state in
      guard case .runningWithMore(let isLast) = state else {
        state = .idle
        return nil
      }
      state = .running
      return isLast
    }
  }
}
