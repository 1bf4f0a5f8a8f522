import SQL
import Values

/// The state of an aggregate that is more than a few words: a list, a set, a map, a path of prices. One per window and
/// aggregate, fed row by row.
///
/// The order of arrival is the records' offsets, not the order of calls, so that parts of a window can be brought together
/// in any way: merging the collectors of any split of the rows gives the collector of all of them.
protocol Collector: AnyObject {
  /// About how many bytes the stored state takes.
  var size: Int { get }
  /// Whether the row can be added exactly.
  func canAdd(_ values: [Value]) -> Bool
  func add(_ values: [Value], sequence: Int64)
  /// Whether both together stay exact.
  func canMerge(_ other: any Collector) -> Bool
  /// Takes over all that `other` holds, which is a collector of the same aggregate.
  func merge(_ other: any Collector)
  func result() -> Value
  func encode(_ writer: inout StateWriter)
  /// Fills a new collector; throws, and never traps, on bytes that are not its own.
  func decode(_ reader: inout StateReader) throws(WindowsError)
}

extension Collector {
  func canAdd(_ values: [Value]) -> Bool { true }
  func canMerge(_ other: any Collector) -> Bool { true }
}

/// Which collector an aggregate needs, and what it reads.
struct CollectorPlan: Hashable {
  enum Kind: Hashable {
    case arrivals(ArrivalCollector.Rule)
    case top(count: Int, isDistinct: Bool)
    case histogram
    case distinctCount
    case attribute
    case listSum(isReal: Bool, isWhole: Bool, scale: Int)
    case correlation(isExact: Bool)
    case ordered(isLast: Bool)
    /// REALIZED_VOL; `scale` is nil when prices are doubles.
    case path(orders: Int, scale: Int?)
  }

  /// No state grows beyond this: it is one record of a changelog. A row that would need more fails.
  static let largestState = 900 << 10
  /// HISTOGRAM counts this many different values, and ignores further ones, as ksqlDB does.
  static let histogramLimit = 1000
  /// COLLECT_LIST and COLLECT_SET hold this many values, and ignore further ones, as ksqlDB does in its cloud.
  static let collectLimit = 1000

  var kind: Kind
  /// Graph nodes of the arguments.
  var arguments: [Int]

  func make() -> any Collector {
    switch kind {
    case .arrivals(let rule): ArrivalCollector(rule)
    case .top(let count, let isDistinct): TopCollector(count: count, isDistinct: isDistinct)
    case .histogram: CountCollector(limit: Self.histogramLimit)
    case .distinctCount: CountCollector(limit: nil)
    case .attribute: AttributeCollector()
    case .listSum(let isReal, let isWhole, let scale): ListSumCollector(isReal: isReal, isWhole: isWhole, scale: scale)
    case .correlation(true): ExactCorrelationCollector()
    case .correlation(false): RealCorrelationCollector()
    case .ordered(let isLast): OrderedCollector(isLast: isLast)
    case .path(let orders, let scale): PathCollector(orders: orders, scale: scale)
    }
  }
}

extension StateWriter {
  mutating func value(_ value: Value) { value.encoded().withUnsafeBytes { counted($0) } }

  mutating func wide(_ value: Int128) {
    signed(Int64(truncatingIfNeeded: value >> 64))
    unsigned(UInt64(truncatingIfNeeded: value))
  }

  mutating func double(_ value: Double) { KeyCodec.appendBigEndian(value.bitPattern, to: &bytes) }
}

extension StateReader {
  mutating func value() throws(WindowsError) -> Value {
    let bytes = try counted()
    do throws(ValueError) { return try Value(decoding: bytes) } catch { throw .corruptState("a broken value") }
  }

  mutating func wide() throws(WindowsError) -> Int128 {
    let high = try signed()
    return Int128(high) << 64 | Int128(try unsigned())
  }

  mutating func double() throws(WindowsError) -> Double { Double(bitPattern: try bigEndian()) }

  /// A number of things to follow, each of at least one byte, so that nothing is allocated on the word of broken bytes.
  mutating func count() throws(WindowsError) -> Int {
    let count = try unsigned()
    guard count <= UInt64(left) else { throw .corruptState("it ends early") }
    return Int(count)
  }
}
