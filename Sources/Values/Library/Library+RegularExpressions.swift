import Foundation

extension Library {
  static let regularExpressions: [String: Library] = [
    "REGEXP_EXTRACT": Library { arguments, call throws(ValueError) in
      guard let groups = try groups(arguments, call, isFirstOnly: true) else { return .null }
      return groups.first ?? .null
    },
    "REGEXP_EXTRACT_ALL": Library { arguments, call throws(ValueError) in
      try groups(arguments, call, isFirstOnly: false).map { .array($0) } ?? .null
    },
    "REGEXP_REPLACE": Library { arguments, call throws(ValueError) in
      let expression = try call.expression(try arguments.text(1))
      return .string(try expression.replacingMatches(in: try arguments.text(0), with: try arguments.text(2)))
    },
    "REGEXP_SPLIT_TO_ARRAY": Library { arguments, call throws(ValueError) in try splitByPattern(arguments, call) },
  ]

  /// The wanted group of every match, NULL where it took no part; nil when the pattern has no such group.
  private static func groups(_ arguments: [Value], _ call: LibraryCall, isFirstOnly: Bool) throws(ValueError) -> [Value]? {
    let expression = try call.expression(try arguments.text(0))
    let text = try arguments.text(1)
    let group = arguments.count > 2 ? try arguments.whole(2) : 0
    guard group <= expression.groupCount else { return nil }
    guard group >= 0 else { throw .invalid("a group with a negative number") }
    return try expression.matches(in: text, isFirstOnly: isFirstOnly).map { match in
      .optional(Range(match.range(at: group), in: text).map { String(text[$0]) })
    }
  }

  /// A pattern that can match nothing splits between all characters, and leaves no empty parts at the ends.
  private static func splitByPattern(_ arguments: [Value], _ call: LibraryCall) throws(ValueError) -> Value {
    let text = try arguments.text(0)
    let expression = try call.expression(try arguments.text(1))
    let matchesNothing = try !expression.matches(in: "", isFirstOnly: true).isEmpty
    var parts: [String] = []
    var start = text.startIndex
    for match in try expression.matches(in: text) {
      guard let range = Range(match.range, in: text) else { continue }
      if matchesNothing, range.upperBound == text.startIndex { continue }
      parts.append(String(text[start..<range.lowerBound]))
      start = range.upperBound
    }
    parts.append(String(text[start...]))
    if matchesNothing { while parts.count > 1, parts.last == "" { parts.removeLast() } }
    return .array(parts.map { .string($0) })
  }
}
