import Columns
import SQL
import Values

/// Every expression that the queries of one partition need, each computed once per batch however many use it.
///
/// Expressions are registered when a query starts (equal ones share a node) and evaluated on demand, a column at a time
/// over all rows of the batch. Not thread-safe: one partition's graph belongs to one thread.
final class ExpressionGraph {
  struct Node {
    var expression: Expression
    var children: [Int]
  }

  /// What the leaves of a graph read.
  struct Leaves {
    var columns: [Column] = []
    var groupKeys: [Column] = []
    var aggregates: [Column] = []
    /// Milliseconds since the epoch.
    var windowStarts: [Int64] = []
    var windowEnds: [Int64] = []
    /// Of the records: microseconds since the epoch, NULL where the mask says so, and offsets.
    var eventTimes: [Int64] = []
    var eventTimeValidity: [Bool]?
    var offsets: [Int64] = []
    var partition: Int32 = 0
    var rowCount = 0
  }

  private(set) var nodes: [Node] = []
  private var index: [Expression: Int] = [:]
  private var results: [Vector?] = []
  private var magnitudes: [Double?] = []
  private(set) var leaves = Leaves()
  /// Dictionaries of computed strings, one per node, so that codes stay the same from batch to batch.
  var dictionaries: [Int: StringDictionary] = [:]
  /// Calls that are computed row by row, by node.
  private var libraryCalls: [Int: LibraryCall] = [:]

  var rowCount: Int { leaves.rowCount }

  /// The node of `expression`, added with all it consists of if it is new.
  func register(_ expression: Expression) throws(WindowsError) -> Int {
    if let known = index[expression] { return known }
    try ExpressionCheck.check(expression)
    var children: [Int] = []
    for child in expression.children { children.append(try register(child)) }
    nodes.append(Node(expression: expression, children: children))
    results.append(nil)
    magnitudes.append(nil)
    index[expression] = nodes.count - 1
    libraryCalls[nodes.count - 1] = expression.libraryCall
    return nodes.count - 1
  }

  /// Starts a batch: what was computed for the one before is dropped.
  func begin(_ leaves: Leaves) {
    self.leaves = leaves
    for i in results.indices {
      results[i] = nil
      magnitudes[i] = nil
    }
  }

  /// Drops what was computed, so that the batch's memory can be reused.
  func end() { begin(Leaves()) }

  /// The value of a node for the current batch.
  func value(_ node: Int) -> Vector {
    if let known = results[node] { return known }
    let vector = evaluate(node)
    results[node] = vector
    return vector
  }

  /// An upper bound of the magnitude of a node's unscaled values in the current batch.
  func magnitude(_ node: Int) -> Double {
    if let known = magnitudes[node] { return known }
    let bound = Self.bound(value(node))
    magnitudes[node] = bound
    return bound
  }

  private static func bound(_ vector: Vector) -> Double {
    switch vector.values {
    case .int64(let values):
      if case .decimal = vector.type { return 1e18 }
      var bits: UInt64 = 0
      for value in values { bits |= value.magnitude }
      return bits == 0 ? 0 : Double(sign: .plus, exponent: 64 - bits.leadingZeroBitCount, significand: 1)
    case .int128(let values):
      if case .decimal(let precision, _) = vector.type, precision <= 28 { return 1e28 }
      var bits: UInt128 = 0
      for value in values { bits |= UInt128(bitPattern: value ^ (value >> 127)) }
      return Double(sign: .plus, exponent: 128 - bits.leadingZeroBitCount, significand: 1)
    default: return 1
    }
  }

  private func evaluate(_ node: Int) -> Vector {
    let expression = nodes[node].expression
    switch expression {
    case .column(let i, let type): return leaf(leaves.columns[i], type)
    case .groupKey(let i, let type): return leaf(leaves.groupKeys[i], type)
    case .aggregate(let i, let type): return leaf(leaves.aggregates[i], type)
    case .windowStart: return Vector(.bigint, .int64(leaves.windowStarts))
    case .windowEnd: return Vector(.bigint, .int64(leaves.windowEnds))
    case .literal(let literal, let type): return constant(literal, type, node)
    case .cast(_, let type) where libraryCalls[node] == nil: return cast(value(nodes[node].children[0]), to: type, node: node)
    case .conditional(_, _, let type): return conditional(nodes[node].children.map { value($0) }, type)
    case .system(let column): return system(column)
    case .function(_, _, let type), .cast(_, let type):
      guard let call = libraryCalls[node] else { return absent(type) }
      return library(call, nodes[node].children.map { value($0) }, type, node: node)
    case .call(let function, _, let type):
      return call(function, nodes[node].children.map { value($0) }, type, node: node)
    }
  }

  private func system(_ column: SystemColumn) -> Vector {
    switch column {
    case .rowTime:
      let times = leaves.eventTimes.map { $0.flooredQuotient(1000) }
      return Vector(.bigint, .int64(times), validity: leaves.eventTimeValidity)
    case .rowOffset: return Vector(.bigint, .int64(leaves.offsets))
    case .rowPartition:
      var vector = Vector(.integer, .int64([Int64(leaves.partition)]))
      vector.isConstant = true
      return vector
    }
  }

  /// What was refused when it was registered.
  private func absent(_ type: SQLType) -> Vector {
    Vector(
      type, ColumnValues.filler(type.columnType.lane, rowCount), validity: [Bool](repeating: false, count: rowCount))
  }

  private func leaf(_ column: Column, _ type: SQLType) -> Vector {
    guard let valid = column.validity, case .codes(var codes, let dictionary) = column.values else {
      return Vector(type, column.values, validity: column.validity)
    }
    // A NULL row may hold any code, also one that the dictionary does not have.
    if dictionary.count == 0 { _ = dictionary.code(of: "") }
    for i in codes.indices where !valid[i] { codes[i] = 0 }
    return Vector(type, .codes(codes, dictionary), validity: valid)
  }

  private func constant(_ literal: Literal, _ type: SQLType, _ node: Int) -> Vector {
    var vector: Vector
    switch literal {
    case .null where type == .string:
      let dictionary = dictionary(for: node)
      vector = Vector(type, .codes([dictionary.code(of: "")], dictionary), validity: [false])
    case .null: vector = Vector(type, ColumnValues.filler(type.columnType.lane, 1), validity: [false])
    case .boolean(let v): vector = Vector(type, .bool([v]))
    case .integer(let v): vector = Self.wholeConstant(v, type)
    case .double(let v): vector = Vector(type, .double([v]))
    case .decimal(let unscaled, let scale):
      let exact = SQLType.decimal(precision: 38, scale: scale)
      vector = Vector(exact, .int128([unscaled]))
      vector.isConstant = true
      return exact == type ? vector : cast(vector, to: type, node: node)
    case .string(let v):
      let dictionary = dictionary(for: node)
      vector = Vector(type, .codes([dictionary.code(of: v)], dictionary))
    case .bytes(let v):
      var bytes = BytesVector()
      bytes.append(contentsOf: v)
      vector = Vector(type, .bytes(bytes))
    }
    vector.isConstant = true
    return vector
  }

  private static func wholeConstant(_ value: Int64, _ type: SQLType) -> Vector {
    switch type {
    case .double: return Vector(type, .double([Double(value)]))
    case .decimal(_, let scale):
      let (unscaled, overflow) = Int128(value).multipliedReportingOverflow(by: DecimalLane.power(scale))
      var vector = DecimalLane.pack([unscaled], type)
      if overflow { vector.failures = [true] }
      return vector
    default: return Vector(type, .int64([value]))
    }
  }

  /// The dictionary of a node's computed strings. One that has grown large is replaced, so that a query whose strings are
  /// all different does not keep them for ever.
  func dictionary(for node: Int) -> StringDictionary {
    if let known = dictionaries[node], known.count < 1 << 20 { return known }
    let new = StringDictionary()
    dictionaries[node] = new
    return new
  }
}

extension ColumnValues {
  /// `count` arbitrary values of a lane: what NULL rows hold.
  static func filler(_ lane: ColumnType.Lane, _ count: Int) -> ColumnValues {
    switch lane {
    case .bool: return .bool([Bool](repeating: false, count: count))
    case .int64: return .int64([Int64](repeating: 0, count: count))
    case .int128: return .int128([Int128](repeating: 0, count: count))
    case .double: return .double([Double](repeating: 0, count: count))
    case .codes:
      let dictionary = StringDictionary()
      return .codes([Int32](repeating: dictionary.code(of: ""), count: count), dictionary)
    case .bytes:
      var bytes = BytesVector()
      for _ in 0..<count { bytes.append(contentsOf: []) }
      return .bytes(bytes)
    }
  }
}
