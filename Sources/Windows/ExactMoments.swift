import SQL
import Values

/// SUM, AVG, VAR_SAMP, VWAP and SUM_LIST of exact numbers over a table: sums in which nothing is rounded, so that what is
/// taken back leaves no trace.
final class ExactMoments: TableAggregate {
  enum Output: Equatable {
    case sum
    case average
    case variance(isRoot: Bool)
    case vwap(priceScale: Int)
  }

  private let output: Output
  private let scale: Int
  private let limit: UInt128
  private let isWhole: Bool
  private let isList: Bool
  private var count: Int64 = 0
  private var sum: Int128 = 0
  private var weight: Int128 = 0
  private var squares = UInt256.zero

  /// - Parameters:
  ///   - scale: of the sum.
  ///   - limit: magnitude that the sum stays below; of 2^63 the negative one is reached.
  ///   - isList: whether the argument is an ARRAY whose elements are meant.
  init(_ output: Output, scale: Int, limit: UInt128, isWhole: Bool = false, isList: Bool = false) {
    self.output = output
    self.scale = scale
    self.limit = limit
    self.isWhole = isWhole
    self.isList = isList
  }

  private struct Part {
    var count: Int64 = 0
    var sum: Int128 = 0
    var weight: Int128 = 0
    var squares = UInt256.zero
  }

  /// What a row adds; nil when it cannot be held.
  private func part(_ values: [Value]) -> Part? {
    var part = Part()
    if case .vwap = output {
      guard let price = ExactNumber.unscaled(values[0]), let quantity = ExactNumber.unscaled(values[1]) else { return part }
      let (product, overflow) = price.multipliedReportingOverflow(by: quantity)
      return overflow ? nil : Part(count: 1, sum: product, weight: quantity)
    }
    var numbers = values
    if isList { if case .array(let elements) = values[0] { numbers = elements } else { numbers = [] } }
    for number in numbers {
      guard let value = ExactNumber.unscaled(number) else { continue }
      let (next, overflow) = part.sum.addingReportingOverflow(value)
      if overflow { return nil }
      part.count += 1
      part.sum = next
      part.squares = part.squares.adding(UInt256(product: value.magnitude, value.magnitude)).sum
    }
    return part
  }

  func canAdd(_ values: [Value]) -> Bool {
    guard let part = part(values), !squares.adding(part.squares).overflow else { return false }
    return fits(sum, part.sum) && fits(weight, part.weight)
  }

  private func fits(_ held: Int128, _ more: Int128) -> Bool {
    let (total, overflow) = held.addingReportingOverflow(more)
    return !overflow && (total.magnitude < limit || (total < 0 && total.magnitude == limit && limit == 1 << 63))
  }

  func add(_ values: [Value], sequence: Int64) {
    guard let part = part(values) else { return }
    count &+= part.count
    sum &+= part.sum
    weight &+= part.weight
    squares = squares.adding(part.squares).sum
  }

  func undo(_ values: [Value], sequence: Int64) {
    guard let part = part(values) else { return }
    count = max(0, count &- part.count)
    sum &-= part.sum
    weight &-= part.weight
    squares = squares.subtracting(part.squares)
  }

  func result() -> Value {
    if count == 0 { return .null }
    switch output {
    case .sum: return isWhole ? .bigint(Int64(truncatingIfNeeded: sum)) : .decimal(unscaled: sum, scale: scale)
    case .average: return .double(ExactStatistics.mean(sum, count, scale: scale))
    case .variance(let isRoot):
      guard let value = ExactStatistics.variance(sum, squares, count, scale: scale) else { return .null }
      return .double(isRoot ? value.squareRoot() : value)
    case .vwap(let priceScale):
      let value = ExactQuotient.roundedHalfEven(sum, shiftedBy: 16 - priceScale, by: weight)
      return value.map { .decimal(unscaled: $0, scale: 16) } ?? .null
    }
  }

  func encode(_ writer: inout StateWriter) {
    writer.signed(count)
    for value in [sum, weight, Int128(bitPattern: squares.high), Int128(bitPattern: squares.low)] { writer.wide(value) }
  }

  func decode(_ reader: inout StateReader) throws(WindowsError) {
    count = try reader.signed()
    sum = try reader.wide()
    weight = try reader.wide()
    squares.high = UInt128(bitPattern: try reader.wide())
    squares.low = UInt128(bitPattern: try reader.wide())
    guard count >= 0, fits(0, sum), fits(0, weight) else { throw .corruptState("sums that no rows have") }
  }
}
