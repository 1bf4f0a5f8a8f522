/// One metric as its page and its exposition tell of it: a name, a kind, a sentence, a unit, and the names of its labels.
public struct MetricFamily: Hashable, Sendable {
  /// What a metric's values are.
  public enum Kind: Hashable, Sendable {
    /// Only grows, and begins at 0 with the process.
    case counter
    /// Goes up and down.
    case gauge
    /// Observations counted in fixed buckets; the upper bounds ascend, and +Inf is implied.
    case histogram([Double])

    /// The word of the text format.
    public var word: String {
      switch self {
      case .counter: "counter"
      case .gauge: "gauge"
      case .histogram: "histogram"
      }
    }
  }

  public var name: String
  public var kind: Kind
  public var help: String
  /// In the words of the page; nil for a mere number of things.
  public var unit: String
  /// Names of labels, in the order in which they are shown.
  public var labels: [String]

  public init(_ name: String, _ kind: Kind, unit: String, _ help: String, labels: [String] = []) {
    self.name = name
    self.kind = kind
    self.help = help
    self.unit = unit
    self.labels = labels
  }

  /// Seconds that a commit or an answer may take: 1 ms to 10 s, in steps that tell 1 s, 2 s and 5 s apart.
  public static let secondsBuckets: [Double] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10]
}

/// Names as Prometheus takes them.
public enum MetricName {
  /// `name` with an underscore for every byte that no metric name may hold, and before a digit in front.
  public static func sanitised(_ name: String) -> String {
    var bytes = name.utf8.map { isLegal($0) ? $0 : UInt8(ascii: "_") }
    if let first = bytes.first, isDigit(first) { bytes.insert(UInt8(ascii: "_"), at: 0) }
    return bytes.isEmpty ? "_" : String(decoding: bytes, as: UTF8.self)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  private static func isLegal(_ byte: UInt8) -> Bool {
    let lower = byte | 0x20
    return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lower) || isDigit(byte) || byte == UInt8(ascii: "_")
      || byte == UInt8(ascii: ":")
  }
}
