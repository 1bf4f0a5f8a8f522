import JSON

/// Why a request is not answered, as RFC 9457 tells it. Holds no secrets and no record values.
public struct Problem: Error, Hashable, Sendable {
  public var status: Int
  /// What is wrong, and what to do about it.
  public var detail: String
  /// Seconds after which to ask again.
  public var retryAfter: Int?
  /// The methods that the resource takes, where another was used.
  public var allow: String?
  /// How to say who one is (`WWW-Authenticate`), where that is what is missing.
  public var challenge: String?

  public init(_ status: Int, _ detail: String, retryAfter: Int? = nil, allow: String? = nil, challenge: String? = nil) {
    self.status = status
    self.detail = detail
    self.retryAfter = retryAfter
    self.allow = allow
    self.challenge = challenge
  }

  public static let contentType = "application/problem+json"

  private static let titles: [Int: String] = [
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    406: "Not Acceptable", 408: "Request Timeout", 409: "Conflict", 413: "Content Too Large", 414: "URI Too Long",
    426: "Upgrade Required", 429: "Too Many Requests",
    431: "Request Header Fields Too Large", 500: "Internal Server Error", 503: "Service Unavailable",
  ]

  public var json: JSONValue {
    [
      "type": "about:blank", "title": .string(Self.titles[status] ?? "Error"), "status": .int(status), "detail": .string(detail),
    ]
  }
}
