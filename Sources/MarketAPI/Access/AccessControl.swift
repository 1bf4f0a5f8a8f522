import Synchronization
import Tokens

/// Who may ask what. Safe from any thread.
public final class AccessControl: Sendable {
  public struct Rules: Sendable {
    /// API keys. Where there are neither these nor tokens, everybody is let in as an operator.
    public var keys: KeyRing?
    /// Who checks bearer tokens (JWT); nil where none are taken.
    public var tokens: TokenVerifier?
    /// Requests a second of each key, each token's subject and each address; 0 for as many as come.
    public var rate: Double
    /// Requests at once.
    public var burst: Double
    /// Origins of other sites whose pages may ask.
    public var origins: Set<String>
    /// How long an answer without an end may go on before its key or token is looked at again, milliseconds.
    public var recheck: Int64 = 10_000

    public init(
      keys: KeyRing? = nil, tokens: TokenVerifier? = nil, rate: Double = 0, burst: Double = 0, origins: Set<String> = []
    ) {
      self.keys = keys
      self.tokens = tokens
      self.rate = rate
      self.burst = burst
      self.origins = origins
    }

    /// Whether strangers are kept out.
    public var isClosed: Bool { keys != nil || tokens != nil }
  }

  private let current: Mutex<Rules>
  private let limiter: Mutex<RateLimiter>
  private let date: @Sendable () -> Int64
  private let now: @Sendable () -> Int64

  /// - Parameters:
  ///   - date: wall time, milliseconds since the epoch: what tokens expire by.
  ///   - now: milliseconds of a clock that does not go back.
  public init(_ rules: Rules, date: @escaping @Sendable () -> Int64, now: @escaping @Sendable () -> Int64) {
    current = Mutex(rules)
    self.date = date
    self.now = now
    limiter = Mutex(RateLimiter(rate: rules.rate, burst: max(rules.burst, rules.rate, 1)))
  }

  /// What is in force.
  public var rules: Rules { current.withLock { $0 } }

  /// Lets in by other keys, tokens and origins from now on. How many requests are let through stays as it was.
  public func replace(_ rules: Rules) { current.withLock { $0 = rules } }

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
    // An address is counted before its key is looked at, so that keys cannot be tried, nor signatures be computed, without end.
    try count("address \(credentials.address ?? "unknown")")
    let rules = rules
    guard rules.isClosed, !isOpen else { return }
    let visitor = try visitor(credentials, rules)
    try count(visitor.id)
    try Self.demand(role, of: visitor)
  }

  /// Looks now and then whether somebody who was let in still is: tokens expire, and keys are taken back. Counts nothing.
  ///
  /// - Returns: what to call before more is told; it throws where no more may be.
  public func watch(_ credentials: Credentials, needs role: Role) -> @Sendable () throws -> Void {
    let next = NextLook(now() + rules.recheck)
    return { [self] in
      let (rules, now) = (rules, now())
      guard next.isDue(now, every: rules.recheck), rules.isClosed else { return }
      try Self.demand(role, of: visitor(credentials, rules))
    }
  }

  private final class NextLook: Sendable {
    private let time: Mutex<Int64>

    init(_ time: Int64) { self.time = Mutex(time) }

    func isDue(_ now: Int64, every interval: Int64) -> Bool {
      time.withLock { time in
        guard now >= time else { return false }
        time = now + interval
        return true
      }
    }
  }

  /// Somebody who is known.
  private struct Visitor {
    /// What requests are counted by.
    var id: String
    /// In an answer.
    var name: String
    var role: Role
  }

  private static func demand(_ role: Role, of visitor: Visitor) throws(Problem) {
    guard visitor.role == .operator || role == .reader else {
      throw Problem(
        403, "\(visitor.name) may read; this takes the role operator.", challenge: #"Bearer error="insufficient_scope""#)
    }
  }

  private func visitor(_ credentials: Credentials, _ rules: Rules) throws(Problem) -> Visitor {
    guard let given = credentials.given else {
      throw Problem(401, "A key is needed: send it as Authorization: Bearer, or as X-API-Key.", challenge: "Bearer")
    }
    if credentials.authorization != nil, let tokens = rules.tokens, TokenVerifier.looksLikeToken(given) {
      do throws(TokenRefusal) {
        let holder = try tokens.holder(of: given, now: date())
        // Of several roles the one that may most.
        guard let role = [Role.operator, .reader].first(where: { holder.roles.contains($0.rawValue) }) else { throw .role }
        return Visitor(id: "subject \(holder.subject)", name: "The token", role: role)
      } catch { throw Problem(401, error.description, challenge: Self.invalid) }
    }
    guard let holder = rules.keys?.holder(of: given) else {
      throw Problem(401, "The key is none of this server's.", challenge: Self.invalid)
    }
    return Visitor(id: "key \(holder.name)", name: "The key \(holder.name)", role: holder.role)
  }

  /// RFC 6750, section 3.1.
  private static let invalid = #"Bearer error="invalid_token""#

  private func count(_ id: String) throws(Problem) {
    let now = now()
    let wait = limiter.withLock { $0.rate > 0 ? $0.take(id, now: now) : nil }
    if let wait { throw Problem(429, "Too many requests; ask again in \(wait) s.", retryAfter: wait) }
  }
}
