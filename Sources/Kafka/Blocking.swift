import Foundation

/// Waiting on a thread of one's own.
public enum Blocking {
  /// Suspends the calling thread. Never call it on the concurrency pool.
  public static func pause(milliseconds: Int) {
    Thread.sleep(forTimeInterval: Double(milliseconds) / 1000)
  }
}
