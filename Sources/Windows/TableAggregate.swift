import SQL
import Values

/// An aggregate that can let go of what it has taken: what a GROUP BY over a table needs, whose rows change.
protocol TableAggregate: AnyObject {
  /// Whether the values can be added exactly.
  func canAdd(_ values: [Value]) -> Bool
  func add(_ values: [Value], sequence: Int64)
  /// Takes back what was added with the same values and sequence.
  func undo(_ values: [Value], sequence: Int64)
  func result() -> Value
  func encode(_ writer: inout StateWriter)
  /// Fills a new aggregate; throws, and never traps, on bytes that are not its own.
  func decode(_ reader: inout StateReader) throws(WindowsError)
}

extension TableAggregate {
  func canAdd(_ values: [Value]) -> Bool { true }
}

/// Which aggregate over a table a call needs, and what it reads.
struct TableAggregatePlan {
  let call: AggregateCall
  /// Places of the arguments among the values that are kept of a row.
  let places: [Int]

  init(_ call: AggregateCall, places: [Int]) throws(WindowsError) {
    self.call = call
    self.places = places
    guard make() != nil else {
      throw .unsupported("\(call.function.rawValue) of these arguments over a table, whose rows change")
    }
  }

  func values(_ row: [Value]) -> [Value] { places.map { row[$0] } }

  /// Nil where rows cannot be taken back.
  func make() -> (any TableAggregate)? {
    let types = call.arguments.map(\.type)
    switch call.function {
    case .countAll: return TableCount(ignoresNulls: false)
    case .count where types.count == 1: return TableCount(ignoresNulls: true)
    case .sum where types.count == 1: return moments(of: types[0], isList: false, .sum, .sum)
    case .average where types.count == 1: return moments(of: types[0], isList: false, .average, .average)
    case .varianceSample where types.count == 1:
      return moments(of: types[0], isList: false, .variance(isRoot: false), .variance(isRoot: false))
    case .standardDeviationSample where types.count == 1:
      return moments(of: types[0], isList: false, .variance(isRoot: true), .variance(isRoot: true))
    case .vwap where types.count == 2 && !types.contains(.double) && types.allSatisfy(\.isNumeric):
      let limit = DecimalLane.power(38).magnitude
      return ExactMoments(.vwap(priceScale: types[0].scale), scale: types[0].scale + types[1].scale, limit: limit)
    case .correlation where types.count == 2 && types.allSatisfy(\.isNumeric): return RealMoments(.correlation)
    case .sumList:
      guard case .array(let element)? = types.first else { return nil }
      return moments(of: element, isList: true, .sum, .sum)
    case .collectList where types.count == 1: return TableList()
    case .histogram where types == [.string]: return ValueCounts(.histogram)
    case .attribute where types.count == 1: return ValueCounts(.attribute)
    default: return nil
    }
  }

  private func moments(
    of type: SQLType, isList: Bool, _ exact: ExactMoments.Output, _ real: RealMoments.Output
  ) -> (any TableAggregate)? {
    guard type.isNumeric else { return nil }
    if type == .double { return RealMoments(real, isList: isList) }
    let isBound = exact == .sum && type.isWhole
    return ExactMoments(
      exact, scale: type.scale, limit: isBound ? 1 << 63 : DecimalLane.power(38).magnitude, isWhole: type.isWhole,
      isList: isList)
  }
}

/// COUNT.
final class TableCount: TableAggregate {
  private let ignoresNulls: Bool
  private var count: Int64 = 0

  init(ignoresNulls: Bool) { self.ignoresNulls = ignoresNulls }

  private func counts(_ values: [Value]) -> Int64 { ignoresNulls && values.contains(where: \.isNull) ? 0 : 1 }

  func add(_ values: [Value], sequence: Int64) { count &+= counts(values) }
  func undo(_ values: [Value], sequence: Int64) { count = max(0, count &- counts(values)) }
  func result() -> Value { .bigint(count) }
  func encode(_ writer: inout StateWriter) { writer.signed(count) }

  func decode(_ reader: inout StateReader) throws(WindowsError) {
    count = try reader.signed()
    guard count >= 0 else { throw .corruptState("a negative count") }
  }
}
