import Columns
import SQL
import Values

/// One accumulator: a few 64-bit words in the record of each open window. Aggregates are put together from these, and
/// aggregates that need the same one share it (VWAP, SUM(price * quantity) and SUM(quantity) need two between them).
struct Accumulator: Hashable {
  enum Kind: Hashable {
    /// An exact sum in 128 bits. `limit` is the magnitude it must stay below.
    case sum(limit: UInt128)
    case sumDouble
    case minimum
    case maximum
    /// The value with the smallest or largest order columns; on a tie the one that arrived first.
    case first
    case last
    /// By arrival.
    case earliest
    case latest
    /// An exact sum of squares in 256 bits.
    case squares
    /// Running count, mean and squared deviations (Welford) of doubles, in arrival order.
    case welford
  }

  /// The form in which values are held: one word, two words, a double's bits, or a code of the engine's own dictionary.
  enum Form: Hashable { case narrow, wide, real, text }

  /// Instead of a graph node: the event time of the record.
  static let eventTime = -1

  var kind: Kind
  /// Graph node of the value.
  var argument: Int
  /// Graph nodes of the order columns.
  var orders: [Int] = []
  var form: Form

  /// Words of order columns: two for a 128-bit decimal, one for all else.
  var orderWords = 0

  /// Words of the value: sums of any width are kept in 128 bits.
  var valueWords: Int {
    if case .sum = kind { 2 } else { form == .wide ? 2 : 1 }
  }

  var words: Int {
    let value = form == .wide ? 2 : 1
    switch kind {
    case .sum: return 2
    case .sumDouble: return 1
    case .minimum, .maximum, .latest: return value
    case .first, .last: return value + orderWords
    case .earliest: return value + (form == .wide ? 2 : 1)
    case .squares: return 4
    case .welford: return 3
    }
  }

  /// Whether the words must start at an even offset, so that 128-bit loads are aligned.
  var isWide: Bool {
    switch kind {
    case .sum, .squares: true
    case .sumDouble, .welford: false
    default: form == .wide
    }
  }
}

/// Where the accumulators of a plan lie in a window's record, and how aggregates are read from them.
///
/// Word 0 counts the rows. Word 1 holds one bit per accumulator, used only where a value equals the initial sentinel.
struct AggregateLayout {
  /// How one aggregate is computed from accumulators. `present` is the index of the argument's NULL counter.
  enum Output {
    case countAll
    case count(present: Int)
    case sum(Int, present: Int)
    case value(Int, present: Int)
    case average(Int, present: Int, scale: Int)
    case averageDouble(Int, present: Int)
    case vwap(Int, Int, priceScale: Int, present: Int)
    case variance(Int, Int, present: Int, scale: Int, root: Bool)
    case varianceDouble(Int, root: Bool)
    /// The result of a collector.
    case collected(Int)
  }

  private(set) var accumulators: [Accumulator] = []
  private(set) var offsets: [Int] = []
  /// For each accumulator, the index of its NULL counter in `nullGroups`.
  private(set) var nullIndex: [Int] = []
  /// Sets of nodes; a row with a NULL in any of them does not count for the accumulators that use the set.
  private(set) var nullGroups: [[Int]] = []
  /// Aggregates whose state is more than words.
  private(set) var collectors: [CollectorPlan] = []
  /// Whether windows can be brought together: orders then end with the offset, which decides ties as arrival would.
  let isMergeable: Bool
  /// The accumulator that holds the newest event time, where that is kept.
  private(set) var newestTime: Int?
  private(set) var outputs: [(output: Output, type: SQLType)] = []
  private(set) var stride = 2
  /// Every node that an aggregate reads; a failure in any of them fails the row.
  private(set) var nodes: Set<Int> = []

  init(
    _ calls: [AggregateCall], _ graph: ExpressionGraph, needsTime: Bool = false, isMergeable: Bool = false
  ) throws(WindowsError) {
    self.isMergeable = isMergeable
    for call in calls { try add(call, graph) }
    if needsTime {
      newestTime = accumulator(.init(kind: .maximum, argument: Accumulator.eventTime, form: .narrow), [])
    }
    guard accumulators.count <= 64 else { throw .unsupported("more than 64 different accumulators in one query") }
    place()
  }

  /// Wide accumulators first, so that alignment costs at most one word per record.
  private mutating func place() {
    offsets = [Int](repeating: 0, count: accumulators.count)
    var next = 2
    for wide in [true, false] {
      for (i, accumulator) in accumulators.enumerated() where accumulator.isWide == wide {
        offsets[i] = next
        next += accumulator.words
        if wide { next += next & 1 }
      }
    }
    stride = next + (next & 1)
  }

  private mutating func add(_ call: AggregateCall, _ graph: ExpressionGraph) throws(WindowsError) {
    let types = call.arguments.map(\.type)
    var nodes: [Int] = []
    for argument in call.arguments { nodes.append(try graph.register(argument)) }
    self.nodes.formUnion(nodes)
    if let plan = try CollectorPlan.of(call, nodes) {
      outputs.append((.collected(collector(plan)), call.type))
      return
    }
    let name = call.function.rawValue
    func require(_ condition: Bool) throws(WindowsError) {
      if !condition { throw .unsupported("\(name) over these types") }
    }
    let output: Output
    switch call.function {
    case .countAll: output = .countAll
    case .count:
      try require(nodes.count == 1)
      output = .count(present: nullGroup(nodes))
    case .sum, .average, .varianceSample, .standardDeviationSample:
      try require(types.count == 1 && types[0].isNumeric)
      output = try sumOutput(call, types[0], nodes[0], graph)
    case .min, .max:
      try require(types.count == 1 && types[0].scale == call.type.scale)
      output = single(call.function == .min ? .minimum : .maximum, nodes, types[0])
    case .earliestByOffset, .latestByOffset:
      try require(types.count == 1)
      let isFirst = call.function == .earliestByOffset
      output =
        isMergeable
        ? try byOrder(isFirst ? .first : .last, nodes, types, graph)
        : single(isFirst ? .earliest : .latest, nodes, types[0])
    case .firstBy, .lastBy:
      try require(types.count >= 2)
      output = try byOrder(call.function == .firstBy ? .first : .last, nodes, types, graph)
    case .vwap:
      try require(types.count == 2 && call.type == .decimal(precision: 38, scale: 16))
      output = try vwap(call, nodes, graph)
    default: throw .unsupported("\(name) of these arguments")
    }
    outputs.append((output, call.type))
  }

  private mutating func collector(_ plan: CollectorPlan) -> Int {
    if let known = collectors.firstIndex(of: plan) { return known }
    collectors.append(plan)
    return collectors.count - 1
  }

  private mutating func byOrder(
    _ kind: Accumulator.Kind, _ nodes: [Int], _ types: [SQLType], _ graph: ExpressionGraph
  ) throws(WindowsError) -> Output {
    var (nodes, orders) = (nodes, Array(types.dropFirst()))
    if isMergeable {
      // The earlier of two that are alike stays, be it for the smallest or the largest; without other orders the later is
      // what is wanted as the last.
      let offset = Expression.system(.rowOffset)
      let isReversed = kind == .last && !orders.isEmpty
      nodes.append(try graph.register(isReversed ? .call(.negate, [offset], .bigint) : offset))
      orders.append(.bigint)
    }
    return single(kind, nodes, types[0], orders: orders)
  }

  private mutating func sumOutput(
    _ call: AggregateCall, _ type: SQLType, _ node: Int, _ graph: ExpressionGraph
  ) throws(WindowsError) -> Output {
    let present = nullGroup([node])
    if type == .double { return doubleOutput(call.function, node, present) }
    switch call.function {
    case .sum:
      guard call.type.scale == type.scale, call.type != .double else {
        throw .unsupported("SUM whose scale differs from its argument's")
      }
      let limit: UInt128 = type.isWhole ? 1 << 63 : DecimalLane.power(38).magnitude
      return .sum(accumulator(.init(kind: .sum(limit: limit), argument: node, form: .wide), [node]), present: present)
    case .average: return .average(exactSum(node), present: present, scale: type.scale)
    default:
      let squares = accumulator(.init(kind: .squares, argument: node, form: .wide), [node])
      let root = call.function == .standardDeviationSample
      return .variance(exactSum(node), squares, present: present, scale: type.scale, root: root)
    }
  }

  /// The sum of a node as wide as 128 bits allow. A sum of the same node with a tighter limit serves as well: a row that
  /// breaks that limit takes part in no aggregate.
  private mutating func exactSum(_ node: Int) -> Int {
    let known = accumulators.firstIndex { accumulator in
      if case .sum = accumulator.kind { accumulator.argument == node } else { false }
    }
    let limit = DecimalLane.power(38).magnitude
    return known ?? accumulator(.init(kind: .sum(limit: limit), argument: node, form: .wide), [node])
  }

  private mutating func doubleOutput(_ function: AggregateFunction, _ node: Int, _ present: Int) -> Output {
    switch function {
    case .sum: return .value(accumulator(.init(kind: .sumDouble, argument: node, form: .real), [node]), present: present)
    case .average:
      return .averageDouble(accumulator(.init(kind: .sumDouble, argument: node, form: .real), [node]), present: present)
    default:
      let welford = accumulator(.init(kind: .welford, argument: node, form: .real), [node])
      return .varianceDouble(welford, root: function == .standardDeviationSample)
    }
  }

  private mutating func single(
    _ kind: Accumulator.Kind, _ nodes: [Int], _ type: SQLType, orders: [SQLType] = []
  ) -> Output {
    let form: Accumulator.Form
    switch type.columnType.lane {
    case .int128: form = .wide
    case .double: form = .real
    case .codes: form = .text
    default: form = .narrow
    }
    let orderWords = orders.map { $0.columnType.lane == .int128 ? 2 : 1 }.reduce(0, +)
    let wanted = Accumulator(
      kind: kind, argument: nodes[0], orders: Array(nodes.dropFirst()), form: form, orderWords: orderWords)
    return .value(accumulator(wanted, nodes), present: nullGroup(nodes))
  }

  private mutating func vwap(
    _ call: AggregateCall, _ nodes: [Int], _ graph: ExpressionGraph
  ) throws(WindowsError) -> Output {
    let (price, quantity) = (call.arguments[0].type, call.arguments[1].type)
    guard price.isNumeric, quantity.isNumeric, price != .double, quantity != .double,
      price.scale + quantity.scale <= 38
    else { throw .unsupported("VWAP of these types: exact numbers with at most 38 digits after the point together") }
    // Typed as the planner types price * quantity, so that SUM(price * quantity) finds the same accumulator.
    let precision = Swift.min(38, price.precision + quantity.precision + 1)
    let type = SQLType.decimal(precision: precision, scale: price.scale + quantity.scale)
    let product = try graph.register(.call(.multiply, call.arguments, type))
    self.nodes.insert(product)
    // Both sums skip a row where either is NULL: a price without a quantity has no weight.
    let weighted = exactSum(product)
    let limit = DecimalLane.power(38).magnitude
    let weight = accumulator(.init(kind: .sum(limit: limit), argument: nodes[1], form: .wide), [product])
    return .vwap(weighted, weight, priceScale: price.scale, present: nullGroup([product]))
  }

  private mutating func accumulator(_ wanted: Accumulator, _ nullNodes: [Int]) -> Int {
    let group = nullGroup(nullNodes)
    if let known = accumulators.indices.first(where: { accumulators[$0] == wanted && nullIndex[$0] == group }) {
      return known
    }
    accumulators.append(wanted)
    nullIndex.append(group)
    return accumulators.count - 1
  }

  private mutating func nullGroup(_ nodes: [Int]) -> Int {
    let sorted = Set(nodes).sorted()
    if let known = nullGroups.firstIndex(of: sorted) { return known }
    nullGroups.append(sorted)
    return nullGroups.count - 1
  }
}
