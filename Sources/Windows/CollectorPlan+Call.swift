import SQL
import Values

extension CollectorPlan {
  /// The collector that an aggregate needs over the nodes of its arguments; nil when words do.
  static func of(_ call: AggregateCall, _ nodes: [Int]) throws(WindowsError) -> CollectorPlan? {
    let types = call.arguments.map(\.type)
    let name = call.function.rawValue
    func require(_ condition: Bool) throws(WindowsError) {
      if !condition { throw .unsupported("\(name) over these types") }
    }
    switch call.function {
    case .earliestByOffset, .latestByOffset:
      try require(types.count == 1)
      return try byOffset(call, nodes)
    case .firstBy, .lastBy:
      try require(types.count >= 2)
      guard types.contains(where: { !fitsWords($0) }) || types.dropFirst().contains(.string) else { return nil }
      try require(types.dropFirst().allSatisfy { !$0.isNested })
      return CollectorPlan(kind: .ordered(isLast: call.function == .lastBy), arguments: nodes)
    case .min, .max:
      try require(types.count == 1 && !types[0].isNested)
      if fitsWords(types[0]) { return nil }
      return CollectorPlan(kind: .ordered(isLast: call.function == .max), arguments: [nodes[0], nodes[0]])
    case .topK, .topKDistinct:
      guard case .integer(let count)? = call.parameters.first, count > 0, count <= 1 << 16 else {
        throw .unsupported("\(name) of less than one or over 65,536 values")
      }
      try require(!types.isEmpty && !types[0].isNested)
      return CollectorPlan(
        kind: .top(count: Int(count), isDistinct: call.function == .topKDistinct), arguments: nodes)
    case .collectList, .collectSet:
      try require(types.count == 1)
      let limit = if case .integer(let count)? = call.parameters.first { Int(clamping: count) } else { collectLimit }
      try require((1...100_000).contains(limit))
      let rule = ArrivalCollector.Rule(limit: limit, isDistinct: call.function == .collectSet)
      return CollectorPlan(kind: .arrivals(rule), arguments: nodes)
    default: return try calculation(call, nodes)
    }
  }

  private static func calculation(_ call: AggregateCall, _ nodes: [Int]) throws(WindowsError) -> CollectorPlan? {
    let types = call.arguments.map(\.type)
    let kind: Kind
    let fits: Bool
    switch call.function {
    case .countDistinct: (kind, fits) = (.distinctCount, !types.isEmpty)
    case .histogram: (kind, fits) = (.histogram, types == [.string])
    case .attribute: (kind, fits) = (.attribute, types.count == 1)
    case .correlation:
      (kind, fits) = (
        .correlation(isExact: !types.contains(.double)), types.count == 2 && types.allSatisfy(\.isNumeric)
      )
    case .sumList:
      guard case .array(let element)? = types.first else { throw .unsupported("SUM_LIST of something other than an ARRAY") }
      kind = .listSum(isReal: element == .double, isWhole: element.isWhole, scale: element.scale)
      fits = element.isNumeric
    case .realizedVolatility:
      let isNarrow = types.first.map { $0 != .double && $0.precision <= 18 || $0.isWhole } ?? false
      kind = .path(orders: nodes.count - 1, scale: isNarrow ? types.first?.scale : nil)
      fits =
        types.count >= 2 && types[0].isNumeric
        && types.dropFirst().allSatisfy { $0.isWhole || [.timestamp, .date, .time].contains($0) }
    default: return nil
    }
    guard fits else { throw .unsupported("\(call.function.rawValue) over these types") }
    return CollectorPlan(kind: kind, arguments: nodes)
  }

  private static func byOffset(_ call: AggregateCall, _ nodes: [Int]) throws(WindowsError) -> CollectorPlan? {
    var rule = ArrivalCollector.Rule(
      limit: 1, keepsLast: call.function == .latestByOffset, ignoresNulls: true, isSingle: true)
    for parameter in call.parameters {
      switch parameter {
      case .boolean(let ignoresNulls): rule.ignoresNulls = ignoresNulls
      case .integer(let count) where count > 0 && count <= 1 << 16: (rule.limit, rule.isSingle) = (Int(count), false)
      default: throw .unsupported("\(call.function.rawValue) of less than one or over 65,536 values")
      }
    }
    if rule.isSingle, rule.ignoresNulls, fitsWords(call.arguments[0].type) { return nil }
    return CollectorPlan(kind: .arrivals(rule), arguments: nodes)
  }

  private static func fitsWords(_ type: SQLType) -> Bool { type != .bytes && !type.isNested }
}
