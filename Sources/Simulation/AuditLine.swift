import Streams

/// An audit row as the simulated pipeline writes it.
struct AuditLine: Equatable {
  var partition: Int32
  var query: String
  var from: Int64
  var to: Int64
  /// consumed, aggregated, filtered, late, duplicate, nullKey, badTime, future, undecodable, overflow, emitted, stream time.
  var numbers: [Int64]
  var closesAll: Bool

  init(_ row: AuditRow, streamTime: Int64, closesAll: Bool) {
    partition = row.partition
    query = row.query
    (from, to) = (row.offsets.lowerBound, row.offsets.upperBound)
    numbers = [
      row.consumed, row.aggregated, row.filtered, row.late, row.duplicate, row.nullKey, row.badTime, row.future,
      row.undecodable, row.overflow, row.emitted, streamTime,
    ]
    self.closesAll = closesAll
  }

  var text: String {
    "A|\(partition)|\(query)|\(from)|\(to)|\(numbers.map { "\($0)" }.joined(separator: ","))|\(closesAll)"
  }

  /// Nil for a line of another kind.
  init?(_ bytes: [UInt8]) {
    guard bytes.first == UInt8(ascii: "A") else { return nil }
    let parts = bytes.split(separator: UInt8(ascii: "|"), omittingEmptySubsequences: false)
    guard parts.count == 7, let partition = Self.number(parts[1]), let from = Self.number(parts[3]),
      let to = Self.number(parts[4])
    else { return nil }
    self.partition = Int32(truncatingIfNeeded: partition)
    query = String(decoding: parts[2], as: UTF8.self)
    (self.from, self.to) = (from, to)
    numbers = parts[5].split(separator: UInt8(ascii: ",")).compactMap { Self.number($0) }
    closesAll = parts[6].first == UInt8(ascii: "t")
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
    let isNegative = digits.first == UInt8(ascii: "-")
    let magnitude = isNegative ? digits.dropFirst() : digits
    guard (1...18).contains(magnitude.count), magnitude.allSatisfy({ (48...57).contains($0) }) else { return nil }
    let value = magnitude.reduce(Int64(0)) { $0 * 10 + Int64($1 - 48) }
    return isNegative ? -value : value
  }

  /// I2: every record read went exactly one way.
  var isBalanced: Bool { numbers.count == 12 && numbers[0] == numbers[1..<10].reduce(0, +) }
}
