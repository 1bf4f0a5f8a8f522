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
      let text = try arguments.text(0)
      return .string(
        try call.expression(try arguments.text(1)).stringByReplacingMatches(
          in: text, range: whole(text), withTemplate: try arguments.text(2)))
    },
    "REGEXP_SPLIT_TO_ARRAY": Library { arguments, call throws(ValueError) in try splitByPattern(arguments, call) },
  ]

  private static func whole(_ text: String) -> NSRange { NSRange(location: 0, length: text.utf16.count) }

  /// The wanted group of every match, NULL where it took no part; nil when the pattern has no such group.
  private static func groups(_ arguments: [Value], _ call: LibraryCall, isFirstOnly: Bool) throws(ValueError) -> [Value]? {
    let expression = try call.expression(try arguments.text(0))
    let text = try arguments.text(1)
    let group = arguments.count > 2 ? try arguments.whole(2) : 0
    guard group <= expression.numberOfCaptureGroups else { return nil }
    guard group >= 0 else { throw .invalid("a group with a negative number") }
    let all =
      isFirstOnly
      ? [expression.firstMatch(in: text, range: whole(text))].compactMap(\.self)
      : expression.matches(in: text, range: whole(text))
    return all.map { match in .optional(Range(match.range(at: group), in: text).map { String(text[$0]) }) }
  }

  /// A pattern that can match nothing splits between all characters, and leaves no empty parts at the ends.
  private static func splitByPattern(_ arguments: [Value], _ call: LibraryCall) throws(ValueError) -> Value {
    let text = try arguments.text(0)
    let expression = try call.expression(try arguments.text(1))
    let matchesNothing = expression.firstMatch(in: "", range: whole("")) != nil
    var parts: [String] = []
    var start = text.startIndex
    for match in expression.matches(in: text, range: whole(text)) {
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
