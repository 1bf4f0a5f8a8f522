import Dispatch
import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// SIGINT and SIGTERM: the first asks to finish the commit under way and leave, the second leaves at once.
final class Interrupts: Sendable {
  private let asked = Atomic<Bool>(false)
  private let handlers = Mutex<[@Sendable () -> Void]>([])
  // Written once, in `init`; held so that the sources live as long as this.
  nonisolated(unsafe) private var sources: [any DispatchSourceSignal] = []

  init() {
    signal(SIGPIPE, SIG_IGN)
    for number in [SIGINT, SIGTERM] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [unowned self] in interrupted() }
      source.resume()
      sources.append(source)
    }
  }

  /// Whether to leave.
  var isAsked: Bool { asked.load(ordering: .relaxed) }

  /// Calls `handler` when asked to leave, at once if that has happened already.
  func onInterrupt(_ handler: @escaping @Sendable () -> Void) {
    handlers.withLock { $0.append(handler) }
    if isAsked { handler() }
  }

  /// Blocks the calling thread until asked to leave.
  func wait() {
    let gate = DispatchSemaphore(value: 0)
    onInterrupt { gate.signal() }
    gate.wait()
  }

  private func interrupted() {
    if asked.exchange(true, ordering: .relaxed) { _exit(130) }
    Terminal.complain("finishing the commit under way; interrupt again to leave at once")
    for handler in handlers.withLock({ $0 }) { handler() }
  }
}
