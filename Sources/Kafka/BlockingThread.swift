import Dispatch
import Foundation
import Synchronization

/// A closure running on a named thread of its own, for calls that block: they must never sit on the concurrency pool.
///
/// The thread starts at once. Its result can be joined by a thread (`join`) and awaited by a task (`value`), any number of times.
public final class BlockingThread<Success: Sendable>: Sendable {
  private struct State {
    var result: Result<Success, any Error>?
    var waiters: [CheckedContinuation<Success, any Error>] = []
  }

  private let state = Mutex(State())
  private let done = DispatchGroup()

  /// Starts `body` on a new thread.
  ///
  /// - Parameters:
  ///   - name: shown by debuggers and `top -H`; Linux keeps 15 bytes.
  ///   - stackSize: bytes.
  public init(
    name: String, stackSize: Int = 1 << 20, _ body: @escaping @Sendable () throws -> Success
  ) {
    done.enter()
    let thread = Thread { [self] in
      // Only a running thread passes its name on to the system.
      Thread.current.name = name
      finish(Result { try body() })
    }
    thread.stackSize = stackSize
    thread.start()
  }

  private func finish(_ result: Result<Success, any Error>) {
    let waiters = state.withLock { state in
      state.result = result
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume(with: result) }
    done.leave()
  }

  /// Blocks the calling thread until the closure has ended. Not for the concurrency pool: await `value` there.
  public func join() throws -> Success {
    done.wait()
    guard let result = state.withLock({ $0.result }) else {
      preconditionFailure("the group is left only after the result is stored")
    }
    return try result.get()
  }

  /// The closure's result, without blocking a thread of the pool.
  public var value: Success {
    get async throws {
      try await withCheckedThrowingContinuation { continuation in
        let result = state.withLock { state in
          if state.result == nil { state.waiters.append(continuation) }
          return state.result
        }
        if let result { continuation.resume(with: result) }
      }
    }
  }
}
