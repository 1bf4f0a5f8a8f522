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

  /// Call it before any thread is started: they inherit that these signals are held for the one that waits for them. So none
  /// is lost, however early it comes.
  init() {
    signal(SIGPIPE, SIG_IGN)
    var held = sigset_t()
    sigemptyset(&held)
    sigaddset(&held, SIGINT)
    sigaddset(&held, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &held, nil)
    Thread.detachNewThread { [self] in
      var held = sigset_t()
      sigemptyset(&held)
      sigaddset(&held, SIGINT)
      sigaddset(&held, SIGTERM)
      var number: Int32 = 0
      while true {
        if sigwait(&held, &number) == 0 { interrupted() }
      }
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
    if asked.exchange(true, ordering: .relaxed) {
      LastWords.say("It was interrupted twice, and left at once.")
      _exit(130)
    }
    Terminal.complain("finishing the commit under way; interrupt again to leave at once")
    for handler in handlers.withLock({ $0 }) { handler() }
  }
}
