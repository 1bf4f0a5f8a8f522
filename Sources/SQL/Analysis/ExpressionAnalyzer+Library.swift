extension ExpressionAnalyzer {
  /// A call that the library computes row by row, each argument brought to the type of the signature that fits best.
  func libraryCall(
    _ function: LibraryFunction, _ name: Name, _ arguments: [Typed], _ range: SourceRange
  ) throws(SQLError) -> Expression {
    if function.name == "UNIX_DATE", arguments.isEmpty {
      throw text.error("UNIX_DATE() of the present day is not supported: a replay would differ; give it a DATE column", at: range)
    }
    guard let match = function.match(arguments.map { $0.isUntypedNull ? nil : $0.type }) else {
      throw noMatch(function, name, arguments, range)
    }
    try checkOrder(function, arguments)
    let typed = zip(arguments, match.arguments).map { coerce($0, to: $1) }
    return .function(function.name, typed, match.result)
  }

  private func noMatch(_ function: LibraryFunction, _ name: Name, _ arguments: [Typed], _ range: SourceRange) -> SQLError {
    let given = arguments.map { shown($0) }.joined(separator: ", ")
    let ways = function.signatures.map { name.text + $0.shape }
    return text.error("\(name.text) does not take (\(given))", at: range, expected: ways)
  }

  /// Types whose values have no order cannot be sorted or compared.
  private func checkOrder(_ function: LibraryFunction, _ arguments: [Typed]) throws(SQLError) {
    guard ["ARRAY_MIN", "ARRAY_MAX", "ARRAY_SORT", "GREATEST", "LEAST"].contains(function.name) else { return }
    for argument in arguments where !argument.isUntypedNull {
      var type = argument.type
      if function.name.hasPrefix("ARRAY_"), case .array(let element) = type { type = element }
      guard type.isOrdered || type == .bytes || type == .boolean else {
        throw text.error("\(function.name) has no meaning for \(argument.type)", at: argument.range)
      }
    }
  }
}

extension FunctionSignature {
  /// The parameters alone: `(text STRING, length INT)`.
  var shape: String {
    guard let end = text.lastIndex(of: ")") else { return text }
    return String(text[...end])
  }
}

extension Typed {
  /// BYTES and nested values, for which the engine's own functions have no form.
  var isOnlyForLibrary: Bool { !isUntypedNull && (type == .bytes || type.isNested) }
}
