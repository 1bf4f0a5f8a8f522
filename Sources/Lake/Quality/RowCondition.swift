import Columns

/// What must hold for each row of a table: comparisons of columns and whole numbers, joined by `and`.
///
///     low <= open and volume > 0
///
/// A comparison with NULL holds, as in SQL's CHECK.
public struct RowCondition: Hashable, Sendable, Decodable {
  enum Operand: Hashable {
    case column(String)
    case number(Int64)
  }

  enum Comparison: String, Hashable, CaseIterable {
    // The longer ones first: `<=` begins as `<` does.
    case atMost = "<="
    case atLeast = ">="
    case unequal = "!="
    case less = "<"
    case greater = ">"
    case equal = "="

    func holds(_ order: Int) -> Bool {
      switch self {
      case .atMost: order <= 0
      case .atLeast: order >= 0
      case .unequal: order != 0
      case .less: order < 0
      case .greater: order > 0
      case .equal: order == 0
      }
    }
  }

  struct Term: Hashable {
    var left: Operand
    var comparison: Comparison
    var right: Operand
  }

  let terms: [Term]
  /// As it was written.
  public let text: String

  /// - Throws: `LakeError.badInput` for anything else.
  public init(_ text: String) throws(LakeError) {
    var terms: [Term] = []
    var words = text.split(separator: " ").map(String.init)[...]
    while !words.isEmpty {
      guard words.count >= 3, let comparison = Comparison(rawValue: words[words.startIndex + 1]),
        let left = Self.operand(words[words.startIndex]), let right = Self.operand(words[words.startIndex + 2])
      else { throw Self.unreadable(text) }
      terms.append(Term(left: left, comparison: comparison, right: right))
      words = words.dropFirst(3)
      guard let joint = words.popFirst() else { break }
      guard joint.lowercased() == "and", !words.isEmpty else { throw Self.unreadable(text) }
    }
    guard !terms.isEmpty else { throw Self.unreadable(text) }
    self.terms = terms
    self.text = text
  }

  public init(from decoder: any Decoder) throws { try self.init(try decoder.singleValueContainer().decode(String.self)) }

  private static func unreadable(_ text: String) -> LakeError {
    LakeError(.badInput, "The rule '\(text)' cannot be read", advice: "Write comparisons such as 'low <= high and volume > 0'")
  }

  private static func operand(_ word: String) -> Operand? {
    if let number = Int64(word) { return .number(number) }
    guard word.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }) else { return nil }
    return .column(word.lowercased())
  }

  /// The columns it reads.
  var columns: Set<String> {
    var names: Set<String> = []
    for term in terms {
      for case .column(let name) in [term.left, term.right] { names.insert(name) }
    }
    return names
  }

  /// The rows of a batch for which it does not hold.
  func failures(_ batch: ColumnBatch) throws -> [Int] {
    let sides = try terms.map { (try lane($0.left, batch), $0.comparison, try lane($0.right, batch)) }
    return (0..<batch.rowCount).filter { row in
      !sides.allSatisfy { left, comparison, right in
        guard let a = left.value(row), let b = right.value(row) else { return true }
        return comparison.holds(DecimalOrder.compare(a, left.scale, b, right.scale))
      }
    }
  }

  private func lane(_ operand: Operand, _ batch: ColumnBatch) throws -> NumberLane {
    switch operand {
    case .number(let number): return NumberLane(scale: 0) { _ in Int128(number) }
    case .column(let name):
      guard let index = batch.index(of: name) else {
        throw LakeError(.badInput, "The rule '\(text)' names \(name), which the table lacks", advice: "Correct the rule")
      }
      return try batch.numbers(index)
    }
  }
}

/// Numbers of a column, NULL as nil.
struct NumberLane {
  var scale: Int
  var value: (Int) -> Int128?
}

extension ColumnBatch {
  /// The numbers of a column, with the digits behind their point.
  func numbers(_ index: Int) throws -> NumberLane {
    let column = columns[index]
    let values = try wide(index)
    var scale = 0
    if case .decimal(_, let digits) = column.type { scale = digits }
    return NumberLane(scale: scale) { column.isNull($0) ? nil : values[$0] }
  }
}

/// The order of decimals with different numbers of digits behind the point, exactly.
enum DecimalOrder {
  /// Below, equal to or above zero as `a` is less than, equal to or more than `b`.
  static func compare(_ a: Int128, _ scaleA: Int, _ b: Int128, _ scaleB: Int) -> Int {
    let (x, overflowsX) = widened(a, by: scaleB - scaleA)
    let (y, overflowsY) = widened(b, by: scaleA - scaleB)
    // Only one side is widened, and what is too wide for 128 bits is larger than all that is not.
    if overflowsX { return a < 0 ? -1 : 1 }
    if overflowsY { return b < 0 ? 1 : -1 }
    return x < y ? -1 : x == y ? 0 : 1
  }

  private static func widened(_ value: Int128, by digits: Int) -> (Int128, Bool) {
    var (value, overflows) = (value, false)
    for _ in 0..<max(0, digits) where !overflows {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      (value, overflows) = (product, overflow)
    }
    return (value, overflows)
  }
}
