import Dispatch
import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// SIGINT ends the query that is shown and nothing else; where none is, the program.
final class PromptInterrupts: Sendable {
  private let handler = Mutex<(@Sendable () -> Void)?>(nil)

  /// Call it before any thread is started: they inherit that the signal is held for the one that waits for it.
  init() {
    signal(SIGPIPE, SIG_IGN)
    var held = sigset_t()
    sigemptyset(&held)
    sigaddset(&held, SIGINT)
    pthread_sigmask(SIG_BLOCK, &held, nil)
    Thread.detachNewThread { [self] in
      var held = sigset_t()
      sigemptyset(&held)
      sigaddset(&held, SIGINT)
      var number: Int32 = 0
      while true {
        guard sigwait(&held, &number) == 0 else { continue }
        guard let handler = handler.withLock({ $0 }) else { _exit(130) }
        handler()
      }
    }
  }

  /// Runs `body`; meanwhile an interrupt calls `onInterrupt`.
  func during<R>(_ onInterrupt: @escaping @Sendable () -> Void, _ body: () throws -> R) rethrows -> R {
    handler.withLock { $0 = onInterrupt }
    defer { handler.withLock { $0 = nil } }
    return try body()
  }
}
