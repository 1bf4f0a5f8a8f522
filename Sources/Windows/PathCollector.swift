import Foundation
import Values

/// REALIZED_VOL: the square root of the sum of squared logarithmic returns between neighbours, in the order of the order
/// columns and then of offsets. Prices can come late and in any order, so all of them are held until the window closes.
final class PathCollector: Collector {
  /// A point is its order words, the offset, and the price: unscaled, or the bits of a double.
  private let orders: Int
  /// Nil when prices are doubles.
  private let scale: Int?
  private var words: [Int64] = []

  private var stride: Int { orders + 2 }
  private var count: Int { words.count / stride }

  init(orders: Int, scale: Int?) {
    self.orders = orders
    self.scale = scale
  }

  /// Stored as differences, of which most are small.
  var size: Int { count * (scale == nil ? 3 * stride + 6 : 3 * stride) + 8 }

  /// The point of a row; nil when something in it is NULL.
  private func point(_ values: [Value], _ sequence: Int64) -> [Int64]? {
    guard values.count == orders + 1 else { return nil }
    var point: [Int64] = []
    for value in values.dropFirst() {
      guard let word = ExactNumber.word(value) else { return nil }
      point.append(word)
    }
    point.append(sequence)
    if scale == nil {
      guard let price = ExactNumber.double(values[0]) else { return nil }
      point.append(Int64(bitPattern: price.bitPattern))
    } else {
      guard let price = ExactNumber.unscaled(values[0]) else { return nil }
      point.append(Int64(truncatingIfNeeded: price))
    }
    return point
  }

  /// A price that is not positive has no logarithm.
  func canAdd(_ values: [Value]) -> Bool {
    guard let first = values.first, !first.isNull else { return true }
    return ExactNumber.double(first).map { $0 > 0 && $0.isFinite } ?? false
  }

  func add(_ values: [Value], sequence: Int64) {
    guard let point = point(values, sequence) else { return }
    insert(point[...])
  }

  private func insert(_ point: ArraySlice<Int64>) {
    var at = count
    while at > 0, isBefore(point, words[((at - 1) * stride)..<(at * stride)]) { at -= 1 }
    words.insert(contentsOf: point, at: at * stride)
  }

  private func isBefore(_ a: ArraySlice<Int64>, _ b: ArraySlice<Int64>) -> Bool {
    a.dropLast().lexicographicallyPrecedes(b.dropLast())
  }

  func merge(_ other: any Collector) {
    guard let other = other as? PathCollector else { return }
    for i in 0..<other.count { insert(other.words[(i * stride)..<((i + 1) * stride)]) }
  }

  func result() -> Value {
    guard count > 1 else { return .null }
    var (sum, previous) = (0.0, price(0))
    for i in 1..<count {
      let next = price(i)
      let step = log(next / previous)
      sum += step * step
      previous = next
    }
    return .double(sum.squareRoot())
  }

  private func price(_ index: Int) -> Double {
    let word = words[index * stride + stride - 1]
    return scale.map { DoubleConversion.double(Int128(word), scale: $0) } ?? Double(bitPattern: UInt64(bitPattern: word))
  }

  func encode(_ writer: inout StateWriter) {
    writer.unsigned(UInt64(count))
    for i in words.indices {
      if scale == nil, i % stride == stride - 1 {
        writer.double(Double(bitPattern: UInt64(bitPattern: words[i])))
      } else {
        writer.signed(i < stride ? words[i] : words[i] &- words[i - stride])
      }
    }
  }

  func decode(_ reader: inout StateReader) throws(WindowsError) {
    for _ in 0..<(try reader.count()) {
      for k in 0..<stride {
        if scale == nil, k == stride - 1 {
          words.append(Int64(bitPattern: try reader.double().bitPattern))
        } else {
          let step = try reader.signed()
          words.append(words.count < stride ? step : words[words.count - stride] &+ step)
        }
      }
    }
    for i in 0..<count where i > 0 {
      let (last, this) = (words[((i - 1) * stride)..<(i * stride)], words[(i * stride)..<((i + 1) * stride)])
      if isBefore(this, last) { throw .corruptState("prices out of order") }
    }
  }
}
