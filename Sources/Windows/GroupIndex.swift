import Columns
import SQL

/// Numbers the groups of one GROUP BY: a small integer per distinct key, for the life of the partition.
///
/// Shared by the queries that group alike. Where all keys are strings, a row costs one look into a table of codes; other
/// keys are encoded and hashed.
final class GroupIndex {
  /// Instead of a group: a grouping expression is NULL, or could not be computed.
  static let null: Int32 = -1
  static let failed: Int32 = -2

  let nodes: [Int]
  let types: [SQLType]
  /// Encoded keys; the code of a key is its group.
  private(set) var keys = StringDictionary()
  private var memo = CodeMemo()
  private var ids: [Int32] = []
  private var batch = -1

  init(nodes: [Int], types: [SQLType]) {
    self.nodes = nodes
    self.types = types
  }

  var count: Int { keys.count }

  /// The group of an encoded key, which is new if it was never seen.
  func group(of key: [UInt8]) -> Int32 { key.withUnsafeBytes { keys.code(of: $0) } }

  /// The group of every row of the graph's current batch, computed once per batch.
  func groups(_ graph: ExpressionGraph, batch: Int) -> [Int32] {
    if batch == self.batch { return ids }
    self.batch = batch
    let vectors = nodes.map { graph.value($0) }
    let count = graph.rowCount
    let fast = vectors.count <= 2 && !vectors.isEmpty && vectors.allSatisfy { $0.type == .string && !$0.isConstant }
    ids = fast ? memoised(vectors, count) : encoded(vectors, count)
    markFlags(vectors, count)
    return ids
  }

  /// Forgets all groups; the caller renumbers what it kept.
  func reset() {
    keys = StringDictionary()
    memo = CodeMemo()
    batch = -1
  }

  private func markFlags(_ vectors: [Vector], _ count: Int) {
    if let valid = RowFlags.valid(vectors, count) {
      for i in 0..<count where !valid[i] { ids[i] = Self.null }
    }
    if let failed = RowFlags.failed(vectors, count) {
      for i in 0..<count where failed[i] { ids[i] = Self.failed }
    }
  }

  private func encoded(_ vectors: [Vector], _ count: Int) -> [Int32] {
    let valid = RowFlags.valid(vectors, count)
    let failed = RowFlags.failed(vectors, count)
    var key: [UInt8] = []
    return (0..<count).map { row in
      // A flagged row's value is filler, and filler must not become a group.
      if !(valid?[row] ?? true) || (failed?[row] ?? false) { return Self.null }
      key.removeAll(keepingCapacity: true)
      for vector in vectors { KeyCodec.append(vector, row, to: &key) }
      return group(of: key)
    }
  }

  private func memoised(_ vectors: [Vector], _ count: Int) -> [Int32] {
    guard case .codes(let minor, let minorDictionary) = vectors[vectors.count - 1].values,
      case .codes(let major, let majorDictionary) = vectors[0].values
    else { return encoded(vectors, count) }
    let isPair = vectors.count == 2
    guard memo.prepare(isPair ? majorDictionary : nil, minorDictionary) else { return encoded(vectors, count) }
    let valid = RowFlags.valid(vectors, count)
    let failed = RowFlags.failed(vectors, count)
    let shift = memo.shift
    var out = [Int32](repeating: 0, count: count)
    for row in 0..<count {
      let cell = (isPair ? Int(major[row]) << shift : 0) | Int(minor[row])
      let known = memo.table[cell]
      if known >= 0 {
        out[row] = known
        continue
      }
      if !(valid?[row] ?? true) || (failed?[row] ?? false) { continue }
      var key: [UInt8] = []
      for vector in vectors { KeyCodec.append(vector, row, to: &key) }
      out[row] = group(of: key)
      memo.table[cell] = out[row]
    }
    return out
  }
}

/// Groups by dictionary code, or by pair of codes in a dense table. Valid for the very dictionaries it was made for, which
/// it keeps alive so that their identity cannot be taken over by others.
struct CodeMemo {
  private var major: StringDictionary?
  private var minor: StringDictionary?
  private(set) var shift = 0
  var table: [Int32] = []

  /// Dense up to this many cells (16 MB).
  private static let limit = 1 << 22

  /// Makes the table fit the dictionaries; false when it would be too large.
  mutating func prepare(_ major: StringDictionary?, _ minor: StringDictionary) -> Bool {
    let rows = Swift.max(major?.count ?? 1, 1)
    if self.major === major, self.minor === minor, minor.count <= 1 << shift {
      let cells = rows << shift
      guard cells <= Self.limit else { return false }
      if cells > table.count {
        table.append(contentsOf: repeatElement(-1, count: cells - table.count))
      }
      return true
    }
    var bits = 6
    while 1 << bits < minor.count { bits += 1 }
    guard rows << bits <= Self.limit else { return false }
    // Twice the room in the growing dimension, so that new symbols do not empty the table again and again.
    if rows << (bits + 1) <= Self.limit { bits += 1 }
    self.major = major
    self.minor = minor
    shift = bits
    table = [Int32](repeating: -1, count: rows << bits)
    return true
  }
}
