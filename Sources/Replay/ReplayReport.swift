/// What a replay found.
public struct ReplayReport: Hashable, Sendable {
  /// How a window differs.
  public enum Kind: String, Hashable, Sendable {
    /// Both have it, with other values.
    case differs
    /// The log makes it, and it was never published.
    case missing
    /// It was published, and no record of the log makes it.
    case unfounded
  }

  /// One window of one key that is not what the log makes of it. Holds no values.
  public struct Difference: Hashable, Sendable {
    public var topic: String
    public var kind: Kind
    /// The key's bytes as text, without the window.
    public var key: String
    /// The window's start, milliseconds since the epoch.
    public var windowStart: Int64
    /// The fields that differ; empty where they cannot be told.
    public var fields: [String]
  }

  /// One topic of the live application.
  public struct Topic: Hashable, Sendable {
    public var name: String
    /// Windows that are the same.
    public var equal = 0
    public var differing = 0
    /// Windows that more records may still come into: the log does not say yet what they will be.
    public var open = 0
    /// Of all windows that were judged, in the order of their keys; the same where every one of them is.
    public var liveHash: UInt64 = 0
    public var replayedHash: UInt64 = 0
  }

  public internal(set) var topics: [Topic] = []
  /// At most `limit` of each topic.
  public internal(set) var differences: [Difference] = []
  /// Queries that are not compared, and why.
  public internal(set) var notes: [String] = []
  /// Records of the log that were read again.
  public internal(set) var consumed: Int64 = 0

  public var isClean: Bool { topics.allSatisfy { $0.differing == 0 } }

  static let limit = 20
}
