/// Which versions of a subject a new one has to get along with, and how (Confluent Schema Registry).
public enum CompatibilityLevel: String, Sendable, Hashable, CaseIterable {
  case none = "NONE"
  /// The new schema reads data of the latest version.
  case backward = "BACKWARD"
  case backwardTransitive = "BACKWARD_TRANSITIVE"
  /// The latest version reads data of the new schema.
  case forward = "FORWARD"
  case forwardTransitive = "FORWARD_TRANSITIVE"
  /// Both.
  case full = "FULL"
  case fullTransitive = "FULL_TRANSITIVE"

  /// Whether the new schema has to read old data.
  public var isBackward: Bool { [.backward, .backwardTransitive, .full, .fullTransitive].contains(self) }
  /// Whether the old schemas have to read new data.
  public var isForward: Bool { [.forward, .forwardTransitive, .full, .fullTransitive].contains(self) }
  /// Whether all earlier versions count, rather than the latest alone.
  public var isTransitive: Bool { [.backwardTransitive, .forwardTransitive, .fullTransitive].contains(self) }
}
