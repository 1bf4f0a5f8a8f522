import Values

/// The collecting aggregates from their definitions, over all rows of a group in the order of offsets.
enum NaiveAggregates {
  static func list(_ values: [String]) -> String { "[" + values.joined(separator: ",") + "]" }
  static func text<T>(_ value: T?) -> String { value.map { "\($0)" } ?? "NULL" }

  static func distinct<T: Hashable>(_ values: [T]) -> [T] {
    var seen: Set<T> = []
    return values.filter { seen.insert($0).inserted }
  }

  static func top(_ values: [Int64?], _ count: Int) -> String {
    list(values.compactMap { $0 }.sorted(by: >).prefix(count).map(String.init))
  }

  static func histogram(_ values: [String?]) -> String {
    // Entries are in the order of the keys' encodings: shorter keys first.
    let counts = Dictionary(values.compactMap { $0 }.map { ($0, 1) }, uniquingKeysWith: +)
    let keys = counts.keys.sorted { $0.utf8.count == $1.utf8.count ? $0 < $1 : $0.utf8.count < $1.utf8.count }
    return "{" + keys.map { "\($0):\(counts[$0] ?? 0)" }.joined(separator: ",") + "}"
  }

  /// By two passes over doubles.
  static func correlation(_ pairs: [(x: Double, y: Double)]) -> Double {
    let n = Double(pairs.count)
    let (mx, my) = (pairs.map(\.x).reduce(0, +) / n, pairs.map(\.y).reduce(0, +) / n)
    let cross = pairs.map { ($0.x - mx) * ($0.y - my) }.reduce(0, +)
    let (a, b) = (pairs.map { ($0.x - mx) * ($0.x - mx) }.reduce(0, +), pairs.map { ($0.y - my) * ($0.y - my) }.reduce(0, +))
    return cross / (a.squareRoot() * b.squareRoot())
  }

  /// Rows by time, id, then arrival.
  static func path(_ rows: [Row]) -> [Row] {
    rows.enumerated().filter { $0.1.price != nil && $0.1.id != nil }.sorted { a, b in
      (a.1.time ?? 0, a.1.id ?? 0, a.0) < (b.1.time ?? 0, b.1.id ?? 0, b.0)
    }.map(\.1)
  }
}
