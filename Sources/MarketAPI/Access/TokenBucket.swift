/// Lets through so many requests a second, and a burst of them at once. Pure.
struct TokenBucket: Sendable {
  private let rate: Double
  private let burst: Double
  private var tokens: Double
  /// Milliseconds.
  private var filled: Int64

  /// - Parameters:
  ///   - rate: requests a second.
  ///   - now: milliseconds of a clock that does not go back.
  init(rate: Double, burst: Double, now: Int64) {
    self.rate = rate
    self.burst = burst
    tokens = burst
    filled = now
  }

  /// Nil where a request may pass; otherwise after how many seconds the next one may, at least 1.
  mutating func take(now: Int64) -> Int? {
    tokens = min(burst, tokens + Double(max(0, now - filled)) / 1000 * rate)
    filled = max(filled, now)
    guard tokens < 1 else {
      tokens -= 1
      return nil
    }
    return max(1, Int(((1 - tokens) / rate).rounded(.up)))
  }

  /// Whether it says no more than a new one would.
  func isFull(now: Int64) -> Bool { tokens + Double(max(0, now - filled)) / 1000 * rate >= burst }
}

/// A bucket for each key and each address. Pure.
struct RateLimiter: Sendable {
  let rate: Double
  let burst: Double
  private var buckets: [String: TokenBucket] = [:]
  private let limit: Int

  /// - Parameter limit: the most buckets; beyond them strangers share one.
  init(rate: Double, burst: Double, limit: Int = 10_000) {
    self.rate = rate
    self.burst = burst
    self.limit = limit
  }

  var count: Int { buckets.count }

  /// As `TokenBucket.take`.
  mutating func take(_ id: String, now: Int64) -> Int? {
    var id = id
    if buckets[id] == nil, buckets.count >= limit {
      buckets = buckets.filter { !$0.value.isFull(now: now) }
      if buckets.count >= limit { id = "" }
    }
    return buckets[id, default: TokenBucket(rate: rate, burst: burst, now: now)].take(now: now)
  }
}
