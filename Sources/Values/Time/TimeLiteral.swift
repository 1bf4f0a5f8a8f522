import SQL

/// Texts in ISO-8601 as CAST takes them, also in part.
enum TimeLiteral {
  static func timestamp(_ text: String) -> Int64? { ISO8601.timestamp(text) }

  static func date(_ text: String) -> Int64? { ISO8601.date(text) }

  /// Microseconds since midnight.
  static func time(_ text: String) -> Int64? {
    guard !text.contains(where: { "Z+-T ".contains($0) }) else { return nil }
    return ISO8601.timestamp("1970-01-01T" + text)
  }
}
