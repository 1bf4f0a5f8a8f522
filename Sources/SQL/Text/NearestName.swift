/// Finds what a person probably meant.
enum NearestName {
  /// The candidate closest to `name`, letter case aside, when it is close enough to be a slip of the fingers:
  /// at most a third of the letters wrong. The first in order wins among equals.
  static func of(_ name: String, in candidates: some Sequence<String>) -> String? {
    let wanted = Array(name.uppercased().utf8)
    guard (1...64).contains(wanted.count) else { return nil }
    var best: (name: String, distance: Int)?
    for candidate in candidates {
      let letters = Array(candidate.uppercased().utf8)
      let limit = max(1, max(wanted.count, letters.count) / 3)
      guard letters.count <= 64, abs(letters.count - wanted.count) <= limit else { continue }
      let distance = distance(wanted, letters)
      guard distance <= limit, distance < min(wanted.count, letters.count), distance < best?.distance ?? Int.max else {
        continue
      }
      best = (candidate, distance)
    }
    return best?.name
  }

  /// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours, one each.
  static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var beforePrevious = [Int](repeating: 0, count: b.count + 1)
    var previous = Array(0...b.count)
    for i in 0..<a.count {
      var row = [i + 1]
      row.reserveCapacity(b.count + 1)
      for j in 0..<b.count {
        var cost = min(previous[j + 1] + 1, row[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforePrevious[j - 1] + 1) }
        row.append(cost)
      }
      beforePrevious = previous
      previous = row
    }
    return previous[b.count]
  }
}
