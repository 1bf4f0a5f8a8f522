import Values

/// CORRELATION of exact numbers: Pearson's coefficient from exact sums, so the same in any order of arrival. Scales cancel
/// out, so unscaled values do. NaN when a column has fewer than two different values, as in ksqlDB.
final class ExactCorrelationCollector: Collector {
  private var count: Int64 = 0
  private var sums: (x: Int128, y: Int128) = (0, 0)
  private var squares: (x: UInt256, y: UInt256) = (.zero, .zero)
  /// Products of equal and of different signs.
  private var products: (positive: UInt256, negative: UInt256) = (.zero, .zero)

  var size: Int { 160 }

  private static func pair(_ values: [Value]) -> (x: Int128, y: Int128)? {
    guard values.count == 2, let x = ExactNumber.unscaled(values[0]), let y = ExactNumber.unscaled(values[1]) else {
      return nil
    }
    return (x, y)
  }

  /// What one pair adds, as a collector of its own.
  private static func of(_ x: Int128, _ y: Int128) -> ExactCorrelationCollector {
    let one = ExactCorrelationCollector()
    one.count = 1
    one.sums = (x, y)
    one.squares = (UInt256(product: x.magnitude, x.magnitude), UInt256(product: y.magnitude, y.magnitude))
    let product = UInt256(product: x.magnitude, y.magnitude)
    one.products = (x < 0) == (y < 0) ? (product, .zero) : (.zero, product)
    return one
  }

  func canAdd(_ values: [Value]) -> Bool { Self.pair(values).map { canMerge(Self.of($0.x, $0.y)) } ?? true }

  func add(_ values: [Value], sequence: Int64) {
    guard let (x, y) = Self.pair(values) else { return }
    merge(Self.of(x, y))
  }

  func canMerge(_ other: any Collector) -> Bool {
    guard let other = other as? ExactCorrelationCollector else { return false }
    return !sums.x.addingReportingOverflow(other.sums.x).overflow
      && !sums.y.addingReportingOverflow(other.sums.y).overflow
      && !squares.x.adding(other.squares.x).overflow && !squares.y.adding(other.squares.y).overflow
      && !products.positive.adding(other.products.positive).overflow
      && !products.negative.adding(other.products.negative).overflow
  }

  func merge(_ other: any Collector) {
    guard let other = other as? ExactCorrelationCollector else { return }
    count &+= other.count
    sums = (sums.x &+ other.sums.x, sums.y &+ other.sums.y)
    squares = (squares.x.adding(other.squares.x).sum, squares.y.adding(other.squares.y).sum)
    products = (
      products.positive.adding(other.products.positive).sum, products.negative.adding(other.products.negative).sum
    )
  }

  func result() -> Value {
    let n = BigMagnitude(count.magnitude.wide)
    let (a, b) = (deviations(n, squares.x, sums.x), deviations(n, squares.y, sums.y))
    guard !a.isZero, !b.isZero else { return .double(.nan) }
    let (covariance, isNegative) = covariance(n)
    let sign: Double = isNegative ? -1 : 1
    // A perfect line gives exactly 1, which the roundings below would not.
    if covariance.times(covariance) == a.times(b) { return .double(sign) }
    let one = BigMagnitude(1)
    let divisor = a.quotient(by: one).squareRoot() * b.quotient(by: one).squareRoot()
    return .double(sign * min(1, covariance.quotient(by: one) / divisor))
  }

  /// `n·Σx² − (Σx)²`, never negative.
  private func deviations(_ n: BigMagnitude, _ squares: UInt256, _ sum: Int128) -> BigMagnitude {
    let (all, square) = (n.times(BigMagnitude(squares)), BigMagnitude(UInt256(product: sum.magnitude, sum.magnitude)))
    // Only broken state could make it negative.
    return all < square ? BigMagnitude([]) : all.minus(square)
  }

  /// `n·Σxy − Σx·Σy` as magnitude and sign.
  private func covariance(_ n: BigMagnitude) -> (BigMagnitude, isNegative: Bool) {
    let cross = BigMagnitude(UInt256(product: sums.x.magnitude, sums.y.magnitude))
    let isCrossNegative = (sums.x < 0) != (sums.y < 0)
    var (positive, negative) = (n.times(BigMagnitude(products.positive)), n.times(BigMagnitude(products.negative)))
    if isCrossNegative { positive = positive.plus(cross) } else { negative = negative.plus(cross) }
    return positive < negative ? (negative.minus(positive), true) : (positive.minus(negative), false)
  }

  func encode(_ writer: inout StateWriter) {
    writer.signed(count)
    for sum in [sums.x, sums.y] { writer.wide(sum) }
    for sum in [squares.x, squares.y, products.positive, products.negative] {
      writer.wide(Int128(bitPattern: sum.high))
      writer.wide(Int128(bitPattern: sum.low))
    }
  }

  func decode(_ reader: inout StateReader) throws(WindowsError) {
    func big() throws(WindowsError) -> UInt256 {
      let high = UInt128(bitPattern: try reader.wide())
      return UInt256(high: high, low: UInt128(bitPattern: try reader.wide()))
    }
    count = try reader.signed()
    guard count >= 0 else { throw .corruptState("a negative count") }
    sums.x = try reader.wide()
    sums.y = try reader.wide()
    squares.x = try big()
    squares.y = try big()
    products.positive = try big()
    products.negative = try big()
  }
}

/// CORRELATION of doubles: running means and co-moments (Welford, Chan), which do not cancel as sums of squares would.
final class RealCorrelationCollector: Collector {
  private var count: Int64 = 0
  private var meanX = 0.0
  private var meanY = 0.0
  private var squaresX = 0.0
  private var squaresY = 0.0
  private var products = 0.0

  var size: Int { 64 }

  func add(_ values: [Value], sequence: Int64) {
    guard values.count == 2, let x = ExactNumber.double(values[0]), let y = ExactNumber.double(values[1]) else { return }
    count &+= 1
    let (dx, dy) = (x - meanX, y - meanY)
    meanX += dx / Double(count)
    meanY += dy / Double(count)
    squaresX += dx * (x - meanX)
    squaresY += dy * (y - meanY)
    products += dx * (y - meanY)
  }

  func merge(_ other: any Collector) {
    guard let other = other as? RealCorrelationCollector, other.count > 0 else { return }
    let (n, m) = (Double(count), Double(other.count))
    let (dx, dy) = (other.meanX - meanX, other.meanY - meanY)
    let weight = n * m / (n + m)
    squaresX += other.squaresX + dx * dx * weight
    squaresY += other.squaresY + dy * dy * weight
    products += other.products + dx * dy * weight
    meanX += dx * m / (n + m)
    meanY += dy * m / (n + m)
    count &+= other.count
  }

  func result() -> Value {
    let value = products / (squaresX.squareRoot() * squaresY.squareRoot())
    return .double(value.isNaN ? .nan : max(-1, min(1, value)))
  }

  func encode(_ writer: inout StateWriter) {
    writer.signed(count)
    for value in [meanX, meanY, squaresX, squaresY, products] { writer.double(value) }
  }

  func decode(_ reader: inout StateReader) throws(WindowsError) {
    count = try reader.signed()
    guard count >= 0 else { throw .corruptState("a negative count") }
    meanX = try reader.double()
    meanY = try reader.double()
    squaresX = try reader.double()
    squaresY = try reader.double()
    products = try reader.double()
  }
}

/// Numbers out of values.
enum ExactNumber {
  /// Whole numbers and decimals, unscaled.
  static func unscaled(_ value: Value) -> Int128? {
    switch value {
    case .integer(let value): Int128(value)
    case .bigint(let value): Int128(value)
    case .decimal(let unscaled, _): unscaled
    default: nil
    }
  }

  /// Any number as the nearest double.
  static func double(_ value: Value) -> Double? {
    switch value {
    case .double(let value): value
    case .decimal(let unscaled, let scale): DoubleConversion.double(unscaled, scale: scale)
    default: unscaled(value).map { Double($0) }
    }
  }

  /// Whole numbers and times as one word.
  static func word(_ value: Value) -> Int64? {
    switch value {
    case .integer(let value), .date(let value): Int64(value)
    case .bigint(let value), .timestamp(let value), .time(let value): value
    default: nil
    }
  }
}
