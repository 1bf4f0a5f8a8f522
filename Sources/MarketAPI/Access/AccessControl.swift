import Synchronization

/// Who may ask what. Safe from any thread.
public final class AccessControl: Sendable {
  public struct Rules: Sendable {
    /// Nil where everybody is let in as an operator.
    public var keys: KeyRing?
    /// Requests a second of each key and each address; 0 for as many as come.
    public var rate: Double
    /// Requests at once.
    public var burst: Double
    /// Origins of other sites whose pages may ask.
    public var origins: Set<String>

    public init(keys: KeyRing? = nil, rate: Double = 0, burst: Double = 0, origins: Set<String> = []) {
      self.keys = keys
      self.rate = rate
      self.burst = burst
      self.origins = origins
    }
  }

  public let rules: Rules
  private let limiter: Mutex<RateLimiter>
  private let now: @Sendable () -> Int64

  /// - Parameter now: milliseconds of a clock that does not go back.
  public init(_ rules: Rules, now: @escaping @Sendable () -> Int64) {
    self.rules = rules
    self.now = now
    limiter = Mutex(RateLimiter(rate: rules.rate, burst: max(rules.burst, rules.rate, 1)))
  }

  /// What a request says about who sends it.
  public struct Credentials: Sendable {
    /// `Authorization`.
    public var authorization: String?
    /// `X-API-Key`.
    public var key: String?
    /// The sender's address without its port.
    public var address: String?

    public init(authorization: String?, key: String?, address: String?) {
      self.authorization = authorization
      self.key = key
      self.address = address
    }

    var given: String? {
      guard let authorization else { return key }
      let parts = authorization.split(separator: " ", maxSplits: 1)
      guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
      return parts[1].trimmingPrefix { $0 == " " }.description
    }
  }

  /// Lets a request pass, or says why not.
  ///
  /// - Parameter isOpen: whether it needs no key: health checks and the page, which hold nothing that is anybody's.
  public func check(_ credentials: Credentials, needs role: Role, isOpen: Bool = false) throws(Problem) {
    // An address is counted before its key is looked at, so that keys cannot be tried without end.
    try count("address \(credentials.address ?? "unknown")")
    guard let keys = rules.keys, !isOpen else { return }
    guard let given = credentials.given else {
      throw Problem(401, "A key is needed: send it as Authorization: Bearer, or as X-API-Key.")
    }
    guard let holder = keys.holder(of: given) else { throw Problem(401, "The key is none of this server's.") }
    try count("key \(holder.name)")
    guard holder.role == .operator || role == .reader else {
      throw Problem(403, "The key \(holder.name) may read; this takes one with the role operator.")
    }
  }

  private func count(_ id: String) throws(Problem) {
    guard rules.rate > 0 else { return }
    let now = now()
    let wait = limiter.withLock { $0.take(id, now: now) }
    if let wait { throw Problem(429, "Too many requests; ask again in \(wait) s.", retryAfter: wait) }
  }
}
