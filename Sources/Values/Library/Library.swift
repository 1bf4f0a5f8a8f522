/// What computes a function of the library, by name.
struct Library: Sendable {
  typealias Body = @Sendable (_ arguments: [Value], _ call: LibraryCall) throws(ValueError) -> Value

  /// Whether the body sees NULLs; otherwise a NULL argument gives NULL.
  let seesNulls: Bool
  let body: Body

  init(seesNulls: Bool = false, _ body: @escaping Body) {
    self.seesNulls = seesNulls
    self.body = body
  }

  /// Functions that statements call by name.
  static let functions: [String: Library] = merged([
    math, trigonometry, text, masks, regularExpressions, bytes, urls, time, json, arrays, maps, nulls,
  ])

  /// What statements write with signs: `[]`, `->`, constructors, casts.
  static let operators: [String: Library] = [
    "[]": Library { arguments, _ throws(ValueError) in try element(arguments) },
    "->": Library { arguments, call throws(ValueError) in try member(arguments, call) },
    "ARRAY": Library(seesNulls: true) { arguments, call throws(ValueError) in try array(arguments, call) },
    "MAP": Library(seesNulls: true) { arguments, call throws(ValueError) in try map(arguments, call) },
    "STRUCT": Library(seesNulls: true) { arguments, call throws(ValueError) in try structure(arguments, call) },
    "ESCAPED": Library { arguments, _ throws(ValueError) in try escaped(arguments) },
    "CAST": Library { arguments, call throws(ValueError) in
      try arguments[0].cast(from: call.arguments[0], to: call.result)
    },
  ]

  private static func merged(_ tables: [[String: Library]]) -> [String: Library] {
    var merged: [String: Library] = [:]
    for table in tables { merged.merge(table) { first, _ in first } }
    return merged
  }
}
