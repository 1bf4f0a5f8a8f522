extension MetricRegistry {
  /// The content type of `exposition()`.
  public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  /// Every series in Prometheus' text format 0.0.4: metrics by name, series by the values of their labels.
  public func exposition() -> String {
    var writer = ExpositionWriter()
    for entry in snapshot() { writer.write(entry) }
    return writer.text
  }
}

/// Writes the text format (prometheus.io, "Exposition formats").
struct ExpositionWriter {
  private(set) var text = ""

  mutating func write(_ entry: MetricRegistry.Entry) {
    let family = entry.family
    if !family.help.isEmpty { text += "# HELP \(family.name) \(Self.escapedHelp(family.help))\n" }
    text += "# TYPE \(family.name) \(family.kind.word)\n"
    for (values, series) in entry.series.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      let labels = Array(zip(family.labels, values))
      switch series {
      case .counter(let counter): line(family.name, labels, counter.value)
      case .gauge(let gauge): line(family.name, labels, gauge.value)
      case .histogram(let histogram): write(histogram, family.name, labels)
      }
    }
  }

  private mutating func write(_ histogram: Histogram, _ name: String, _ labels: [(String, String)]) {
    let snapshot = histogram.snapshot
    var seen: UInt64 = 0
    for (bound, count) in zip(histogram.bounds + [.infinity], snapshot.counts) {
      seen += count
      line("\(name)_bucket", labels + [("le", Self.number(bound))], Double(seen))
    }
    line("\(name)_sum", labels, snapshot.sum)
    line("\(name)_count", labels, Double(seen))
  }

  private mutating func line(_ name: String, _ labels: [(String, String)], _ value: Double) {
    text += name
    if !labels.isEmpty {
      text += "{" + labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",") + "}"
    }
    text += " \(Self.number(value))\n"
  }

  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    // Whole numbers that a double holds exactly need no fraction.
    if value == value.rounded(), abs(value) < 9_007_199_254_740_992 { return String(Int64(value)) }
    return "\(value)"
  }

  static func escaped(_ value: String) -> String { escape(value, quote: true) }
  static func escapedHelp(_ text: String) -> String { escape(text, quote: false) }

  private static func escape(_ text: String, quote: Bool) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\"" where quote: out += "\\\""
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}
