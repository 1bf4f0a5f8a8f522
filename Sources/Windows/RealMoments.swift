import SQL
import Values

/// SUM, AVG, VAR_SAMP, CORRELATION and SUM_LIST of doubles over a table. Sums have twice the digits of a double, so that what
/// is taken back leaves no trace that could be seen.
final class RealMoments: TableAggregate {
  enum Output: Equatable {
    case sum
    case average
    case variance(isRoot: Bool)
    case correlation
  }

  private let output: Output
  private let isList: Bool
  private var count: Int64 = 0
  private var x = LongDouble()
  private var y = LongDouble()
  private var xx = LongDouble()
  private var yy = LongDouble()
  private var xy = LongDouble()
  /// How many values were NaN, infinity and minus infinity, which no sum could let go of.
  private var strange: [Int64] = [0, 0, 0]

  init(_ output: Output, isList: Bool = false) {
    self.output = output
    self.isList = isList
  }

  func add(_ values: [Value], sequence: Int64) { take(values, sign: 1) }
  func undo(_ values: [Value], sequence: Int64) { take(values, sign: -1) }

  private func take(_ values: [Value], sign: Int64) {
    if output == .correlation {
      guard let a = ExactNumber.double(values[0]), let b = ExactNumber.double(values[1]) else { return }
      take(a, b, sign)
    } else if isList {
      guard case .array(let elements) = values[0] else { return }
      for element in elements { if let value = ExactNumber.double(element) { take(value, 0, sign) } }
    } else if let value = ExactNumber.double(values[0]) {
      take(value, 0, sign)
    }
    if count == 0 { (x, y, xx, yy, xy) = (LongDouble(), LongDouble(), LongDouble(), LongDouble(), LongDouble()) }
  }

  private func take(_ a: Double, _ b: Double, _ sign: Int64) {
    count = max(0, count &+ sign)
    guard a.isFinite, b.isFinite else {
      let kind = a.isNaN || b.isNaN || output == .correlation ? 0 : a > 0 ? 1 : 2
      strange[kind] = max(0, strange[kind] &+ sign)
      return
    }
    let factor = Double(sign)
    x.add(a * factor)
    xx.add(product: a * factor, a)
    guard output == .correlation else { return }
    y.add(b * factor)
    yy.add(product: b * factor, b)
    xy.add(product: a * factor, b)
  }

  func result() -> Value {
    if output == .correlation { return .double(correlation()) }
    if count == 0 { return .null }
    switch output {
    case .sum: return .double(total)
    case .average: return .double(total / Double(count))
    case .variance(let isRoot):
      guard count > 1 else { return .null }
      if strange.contains(where: { $0 > 0 }) { return .double(.nan) }
      let value = max(0, spread(xx, x, x)) / (Double(count) * Double(count - 1))
      return .double(isRoot ? value.squareRoot() : value)
    case .correlation: return .null
    }
  }

  private var total: Double {
    if strange[0] > 0 || (strange[1] > 0 && strange[2] > 0) { return .nan }
    return strange[1] > 0 ? .infinity : strange[2] > 0 ? -.infinity : x.value
  }

  /// `n·Σab − Σa·Σb`.
  private func spread(_ products: LongDouble, _ a: LongDouble, _ b: LongDouble) -> Double {
    var spread = products.times(LongDouble(Double(count)))
    spread.add(a.times(b).negated)
    return spread.value
  }

  private func correlation() -> Double {
    guard count > 0, strange[0] == 0 else { return .nan }
    let divisor = max(0, spread(xx, x, x)).squareRoot() * max(0, spread(yy, y, y)).squareRoot()
    let value = spread(xy, x, y) / divisor
    return divisor == 0 || value.isNaN ? .nan : max(-1, min(1, value))
  }

  func encode(_ writer: inout StateWriter) {
    for value in [count] + strange { writer.signed(value) }
    for sum in [x, y, xx, yy, xy] {
      writer.double(sum.high)
      writer.double(sum.low)
    }
  }

  func decode(_ reader: inout StateReader) throws(WindowsError) {
    func sum() throws(WindowsError) -> LongDouble {
      let high = try reader.double()
      return LongDouble(high: high, low: try reader.double())
    }
    count = try reader.signed()
    for kind in strange.indices { strange[kind] = try reader.signed() }
    guard count >= 0, strange.allSatisfy({ (0...count).contains($0) }) else { throw .corruptState("a negative count") }
    x = try sum()
    y = try sum()
    xx = try sum()
    yy = try sum()
    xy = try sum()
  }
}

/// A sum of two doubles that do not overlap: about 106 bits (Dekker, Knuth).
struct LongDouble: Equatable {
  private(set) var high = 0.0
  private(set) var low = 0.0

  init() {}

  init(_ value: Double) { high = value }

  init(high: Double, low: Double) {
    self.high = high
    self.low = low
  }

  var value: Double { high + low }
  var negated: LongDouble { LongDouble(high: -high, low: -low) }

  mutating func add(_ value: Double) {
    let sum = high + value
    let part = sum - high
    let error = (high - (sum - part)) + (value - part)
    settle(sum, error + low)
  }

  /// Adds `a × b`, which is not rounded.
  mutating func add(product a: Double, _ b: Double) {
    let product = a * b
    let error = (-product).addingProduct(a, b)
    add(product)
    add(error)
  }

  mutating func add(_ other: LongDouble) {
    add(other.high)
    add(other.low)
  }

  func times(_ other: LongDouble) -> LongDouble {
    var result = LongDouble()
    result.add(product: high, other.high)
    result.add(high * other.low + low * other.high)
    return result
  }

  private mutating func settle(_ sum: Double, _ error: Double) {
    high = sum + error
    // Past the largest double there is nothing left to keep.
    low = high.isFinite ? error - (high - sum) : 0
  }
}
