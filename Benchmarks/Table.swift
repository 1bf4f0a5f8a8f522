/// One budget beside its measurement.
struct Row {
  let path: String
  let budget: String
  let measured: String
  let verdict: String

  /// A budget that is a lower bound.
  static func atLeast(_ bound: Double, _ path: String, _ budget: String, _ value: Double, _ measured: String) -> Row {
    let shortfall = (1 - value / bound) * 100
    return Row(path: path, budget: budget, measured: measured, verdict: verdict(shortfall))
  }

  /// A budget that is an upper bound.
  static func atMost(_ bound: Double, _ path: String, _ budget: String, _ value: Double, _ measured: String) -> Row {
    Row(path: path, budget: budget, measured: measured, verdict: verdict((value / bound - 1) * 100))
  }

  private static func verdict(_ shortfall: Double) -> String {
    guard shortfall.isFinite else { return "not measured" }
    return shortfall <= 0 ? "met" : "missed by \(number(shortfall, shortfall < 10 ? 1 : 0)) %"
  }

  /// `path` could not be measured, and why.
  static func missing(_ path: String, _ budget: String, _ reason: String) -> Row {
    Row(path: path, budget: budget, measured: reason, verdict: "not measured")
  }
}

/// Rows as a table that is aligned in a terminal and a table in Markdown.
func table(_ rows: [Row]) -> String {
  let cells = [["path", "budget", "measured", "verdict"]] + rows.map { [$0.path, $0.budget, $0.measured, $0.verdict] }
  let widths = (0..<4).map { column in cells.map { $0[column].count }.max() ?? 0 }
  func line(_ row: [String]) -> String {
    "| " + zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: " | ") + " |"
  }
  let rule = "|" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "|") + "|"
  return ([line(cells[0]), rule] + cells.dropFirst().map(line)).joined(separator: "\n")
}

/// `value` with so many digits after the point.
func number(_ value: Double, _ digits: Int) -> String {
  guard value.isFinite else { return "?" }
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  let rounded = Int64((value.magnitude * scale).rounded())
  let sign = value < 0 && rounded != 0 ? "-" : ""
  guard digits > 0 else { return "\(sign)\(rounded)" }
  let fraction = String(rounded % Int64(scale))
  return "\(sign)\(rounded / Int64(scale)).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
}
