/// A duration as Prometheus writes it: `90s`, `5m`, `6h`, `3d`.
struct PromDuration: Hashable {
  var seconds: Double

  private static let units: [(Character, Double)] = [("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)]

  init(seconds: Double) { self.seconds = seconds }

  init?(_ text: some StringProtocol) {
    guard let last = text.last, let unit = Self.units.first(where: { $0.0 == last }), let count = Double(text.dropLast()),
      count > 0
    else { return nil }
    seconds = count * unit.1
  }

  /// In whole seconds, or in the largest unit that holds it exactly.
  var text: String {
    for (letter, size) in Self.units.reversed() where seconds >= size && (seconds / size) == (seconds / size).rounded() {
      return "\(Int(seconds / size))\(letter)"
    }
    return "\(Int(max(1, seconds.rounded(.up))))s"
  }

  /// Shortened for tests; never below `least` seconds, since a rate needs several scrapes.
  func scaled(_ factor: Double, least: Double) -> PromDuration {
    factor == 1 ? self : PromDuration(seconds: max(least, (seconds * factor).rounded(.up)))
  }
}
