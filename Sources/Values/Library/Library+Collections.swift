import SQL

extension Library {
  static let arrays: [String: Library] = [
    "ARRAY_LENGTH": Library { arguments, _ throws(ValueError) in try .int(try arguments.list(0).count) },
    "ARRAY_CONTAINS": Library(seesNulls: true) { arguments, _ throws(ValueError) in
      .boolean(arguments[0].isNull ? false : try arguments.list(0).contains(arguments[1]))
    },
    "ARRAY_CONCAT": Library(seesNulls: true) { arguments, _ throws(ValueError) in
      if arguments.allSatisfy(\.isNull) { return .null }
      return .array(try optional(arguments, 0) + optional(arguments, 1))
    },
    "ARRAY_DISTINCT": Library { arguments, _ throws(ValueError) in .array(distinct(try arguments.list(0))) },
    "ARRAY_EXCEPT": Library { arguments, _ throws(ValueError) in
      let other = Set(try arguments.list(1))
      return .array(distinct(try arguments.list(0)).filter { !other.contains($0) })
    },
    "ARRAY_INTERSECT": Library { arguments, _ throws(ValueError) in
      let other = Set(try arguments.list(1))
      return .array(distinct(try arguments.list(0)).filter { other.contains($0) })
    },
    "ARRAY_UNION": Library { arguments, _ throws(ValueError) in
      .array(distinct(try arguments.list(0) + arguments.list(1)))
    },
    "ARRAY_REMOVE": Library(seesNulls: true) { arguments, _ throws(ValueError) in
      if arguments[0].isNull { return .null }
      return .array(try arguments.list(0).filter { $0 != arguments[1] })
    },
    "ARRAY_MIN": Library { arguments, _ throws(ValueError) in extreme(try arguments.list(0), -1) },
    "ARRAY_MAX": Library { arguments, _ throws(ValueError) in extreme(try arguments.list(0), 1) },
    "ARRAY_SORT": Library { arguments, _ throws(ValueError) in try sorted(arguments) },
    "ARRAY_JOIN": Library(seesNulls: true) { arguments, call throws(ValueError) in try joined(arguments, call) },
    "SLICE": Library(seesNulls: true) { arguments, _ throws(ValueError) in
      if arguments[0].isNull { return .null }
      let list = try arguments.list(0)
      let from = arguments[1].isNull ? 1 : try arguments.whole(1)
      let to = arguments[2].isNull ? list.count : try arguments.whole(2)
      return from >= 1 && from <= to + 1 && to <= list.count ? .array(Array(list[(from - 1)..<to])) : .null
    },
    "GENERATE_SERIES": Library { arguments, call throws(ValueError) in try series(arguments, call) },
  ]

  private static func optional(_ arguments: [Value], _ index: Int) throws(ValueError) -> [Value] {
    arguments[index].isNull ? [] : try arguments.list(index)
  }

  private static func distinct(_ values: [Value]) -> [Value] {
    var known: Set<Value> = []
    return values.filter { known.insert($0).inserted }
  }

  private static func extreme(_ values: [Value], _ sign: Int) -> Value {
    var best = Value.null
    for value in values where !value.isNull {
      if best.isNull || (value.compared(to: best) ?? 0) * sign > 0 { best = value }
    }
    return best
  }

  private static func sorted(_ arguments: [Value]) throws(ValueError) -> Value {
    let list = try arguments.list(0)
    let sign: Int
    switch arguments.count > 1 ? try arguments.text(1).uppercased() : "ASC" {
    case "ASC", "ASCENDING": sign = 1
    case "DESC", "DESCENDING": sign = -1
    default: throw .invalid("ARRAY_SORT in an unknown direction; use ASC or DESC")
    }
    let present = list.filter { !$0.isNull }
    let nulls = [Value](repeating: .null, count: list.count - present.count)
    return .array(present.sorted { ($0.compared(to: $1) ?? 0) * sign < 0 } + nulls)
  }

  private static func joined(_ arguments: [Value], _ call: LibraryCall) throws(ValueError) -> Value {
    guard !arguments[0].isNull, case .array(let element) = call.arguments[0] else { return .null }
    guard !element.isNested, element != .bytes else { throw .invalid("ARRAY_JOIN of an ARRAY<\(element)>") }
    let delimiter = arguments.count < 2 ? "," : arguments[1].isNull ? "" : try arguments.text(1)
    return .string(try arguments.list(0).map { $0.text(as: element) ?? "null" }.joined(separator: delimiter))
  }

  private static let longestSeries = 100_000

  private static func series(_ arguments: [Value], _ call: LibraryCall) throws(ValueError) -> Value {
    let (from, to) = (try arguments.whole(0), try arguments.whole(1))
    let step = arguments.count > 2 ? try arguments.whole(2) : from <= to ? 1 : -1
    guard step != 0, from == to || (step > 0) == (from < to) else {
      throw .invalid("GENERATE_SERIES with a step that does not lead to the end")
    }
    let (span, isTooWide) = to.subtractingReportingOverflow(from)
    let (steps, overflow) = span.dividedReportingOverflow(by: step)
    guard !isTooWide, !overflow, steps < longestSeries else {
      throw .overflow("GENERATE_SERIES of more than \(longestSeries) numbers")
    }
    let isNarrow = call.result == .array(.integer)
    return .array((0...steps).map { isNarrow ? .integer(Int32(from + $0 * step)) : .bigint(Int64(from + $0 * step)) })
  }

  static let maps: [String: Library] = [
    "ENTRIES": Library { arguments, _ throws(ValueError) in
      .array(try arguments.entries(0).sorted(by: precedes).map { .structure([$0.key, $0.value]) })
    },
    "AS_MAP": Library { arguments, _ throws(ValueError) in
      let (keys, values) = (try arguments.list(0), try arguments.list(1))
      guard !keys.contains(where: \.isNull) else { throw .invalid("AS_MAP with a key that is NULL") }
      return .map(of: keys.enumerated().map { (key: $1, value: values.indices.contains($0) ? values[$0] : .null) })
    },
    "MAP_KEYS": Library { arguments, _ throws(ValueError) in
      .array(try arguments.entries(0).sorted(by: precedes).map(\.key))
    },
    "MAP_VALUES": Library { arguments, _ throws(ValueError) in
      .array(try arguments.entries(0).sorted(by: precedes).map(\.value))
    },
    "MAP_UNION": Library(seesNulls: true) { arguments, _ throws(ValueError) in
      if arguments.allSatisfy(\.isNull) { return .null }
      var pairs: [(key: Value, value: Value)] = []
      for index in 0...1 where !arguments[index].isNull {
        pairs += try arguments.entries(index).map { (key: $0.key, value: $0.value) }
      }
      return .map(of: pairs)
    },
  ]

  /// By the keys' own order; that of their encodings has shorter texts first.
  private static func precedes(_ a: Value.Entry, _ b: Value.Entry) -> Bool { (a.key.compared(to: b.key) ?? 0) < 0 }

  static let nulls: [String: Library] = [
    "COALESCE": Library(seesNulls: true) { arguments, _ in arguments.first { !$0.isNull } ?? .null },
    "IFNULL": Library(seesNulls: true) { arguments, _ in arguments.first { !$0.isNull } ?? .null },
    "NULLIF": Library(seesNulls: true) { arguments, _ in arguments[0] == arguments[1] ? .null : arguments[0] },
    "AS_VALUE": Library(seesNulls: true) { arguments, _ in arguments[0] },
  ]
}
