import Dispatch
import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// SIGINT and SIGTERM: the first asks to finish the commit under way and leave, the second leaves at once. SIGHUP, where it is
/// taken, asks to read files again.
final class Interrupts: Sendable {
  private let asked = Atomic<Bool>(false)
  private let handlers = Mutex<[@Sendable () -> Void]>([])
  private let reloads = Mutex<[@Sendable () -> Void]>([])

  /// Call it before any thread is started: they inherit that these signals are held for the one that waits for them. So none
  /// is lost, however early it comes.
  ///
  /// - Parameter takesHangups: otherwise SIGHUP ends the process, as it does any other.
  init(takesHangups: Bool = false) {
    signal(SIGPIPE, SIG_IGN)
    var held = Self.signals(takesHangups)
    pthread_sigmask(SIG_BLOCK, &held, nil)
    Thread.detachNewThread { [self] in
      var held = Self.signals(takesHangups)
      var number: Int32 = 0
      while true {
        guard sigwait(&held, &number) == 0 else { continue }
        if number == SIGHUP { reload() } else { interrupted() }
      }
    }
  }

  private static func signals(_ takesHangups: Bool) -> sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM] + (takesHangups ? [SIGHUP] : []) { sigaddset(&signals, number) }
    return signals
  }

  /// Whether to leave.
  var isAsked: Bool { asked.load(ordering: .relaxed) }

  /// Calls `handler` when asked to leave, at once if that has happened already.
  func onInterrupt(_ handler: @escaping @Sendable () -> Void) {
    handlers.withLock { $0.append(handler) }
    if isAsked { handler() }
  }

  /// Calls `handler` at each SIGHUP, on the thread that waits for signals.
  func onHangup(_ handler: @escaping @Sendable () -> Void) { reloads.withLock { $0.append(handler) } }

  private func reload() { for handler in reloads.withLock({ $0 }) { handler() } }

  /// Blocks the calling thread until asked to leave.
  func wait() {
    let gate = DispatchSemaphore(value: 0)
    onInterrupt { gate.signal() }
    gate.wait()
  }

  private func interrupted() {
    if asked.exchange(true, ordering: .relaxed) {
      LastWords.say("It was interrupted twice, and left at once.")
      _exit(130)
    }
    Terminal.complain("finishing the commit under way; interrupt again to leave at once")
    for handler in handlers.withLock({ $0 }) { handler() }
  }
}
