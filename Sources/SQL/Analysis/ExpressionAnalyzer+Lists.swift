/// Lists that people write: of IN, ARRAY and MAP. Literals in them are read as what stands beside them, as in ksqlDB.
extension ExpressionAnalyzer {
  /// `values` with text literals beside numbers, times or truth values read as one of them, also inside of ARRAY, MAP and
  /// STRUCT; beside texts all literals are texts.
  func withReadTexts(_ values: [Typed]) throws(SQLError) -> [Typed] {
    let known = values.filter { !$0.isUntypedNull }
    if known.first?.type == .string, known.allSatisfy({ $0.type == .string || $0.literal?.written != nil }) {
      return known.allSatisfy { $0.type == .string } ? values : values.map(Self.asText)
    }
    guard let type = known.first(where: { $0.type != .string })?.type else { return values }
    if type.isNested { return try values.map { value throws(SQLError) in try read(value, beside: type) } }
    guard let common = try? commonType(known.filter { $0.type != .string }, "values") else { return values }
    return try values.map { value throws(SQLError) in try read(value, beside: common) }
  }

  private static func asText(_ value: Typed) -> Typed {
    guard value.type != .string, let text = value.literal?.written else { return value }
    return Typed(expression: .literal(.string(text), .string), range: value.range)
  }

  /// `value` with its text literals as values of `type` where they spell one.
  private func read(_ value: Typed, beside type: SQLType) throws(SQLError) -> Typed {
    guard !value.isUntypedNull else { return value }
    if case .string(let string)? = value.literal {
      guard let expression = try constant(string, beside: type, value.range) else { return value }
      return Typed(expression: expression, range: value.range)
    }
    guard case .function(let name, let parts, let own) = value.expression else { return value }
    switch (name, own, type) {
    case ("ARRAY", .array, .array(let element)): return try readArray(parts, element, value)
    case ("MAP", .map(let key, _), .map(_, let element)): return try readMap(parts, key, element, value)
    case ("STRUCT", .structure(let members), .structure(let others)): return try readStructure(parts, members, others, value)
    default: return value
    }
  }

  private func readArray(_ parts: [Expression], _ element: SQLType, _ value: Typed) throws(SQLError) -> Typed {
    let read = try read(parts, beside: element, value.range)
    guard let type = try commonType(read, "the elements of an ARRAY", unitesFields: true) else { return value }
    return Typed(expression: .function("ARRAY", read.map { coerce($0, to: type) }, .array(type)), range: value.range)
  }

  private func readMap(
    _ parts: [Expression], _ key: SQLType, _ element: SQLType, _ value: Typed
  ) throws(SQLError) -> Typed {
    let places = stride(from: 1, to: parts.count, by: 2)
    let read = try read(places.map { parts[$0] }, beside: element, value.range)
    guard let type = try commonType(read, "the values of a MAP", unitesFields: true) else { return value }
    let pairs = zip(places, read).flatMap { [parts[$0 - 1], coerce($1, to: type)] }
    return Typed(expression: .function("MAP", pairs, .map(key, type)), range: value.range)
  }

  private func readStructure(
    _ parts: [Expression], _ members: [SQLType.Member], _ others: [SQLType.Member], _ value: Typed
  ) throws(SQLError) -> Typed {
    var (members, parts) = (members, parts)
    for (index, member) in members.enumerated() {
      guard let other = others.first(where: { $0.name == member.name }) else { continue }
      parts[index] = try read(Typed(expression: parts[index], range: value.range), beside: other.type).expression
      members[index].type = parts[index].type
    }
    return Typed(expression: .function("STRUCT", parts, .structure(members)), range: value.range)
  }

  /// NULLs that took the type of the texts beside them give it up again.
  private func read(_ parts: [Expression], beside type: SQLType, _ range: SourceRange) throws(SQLError) -> [Typed] {
    try parts.map { part throws(SQLError) in
      if case .literal(.null, _) = part { return Typed(expression: part, range: range, isUntypedNull: true) }
      return try read(Typed(expression: part, range: range), beside: type)
    }
  }

  private func constant(_ string: String, beside type: SQLType, _ range: SourceRange) throws(SQLError) -> Expression? {
    if type.isTime { return try time(string, as: type, range) }
    let string = string.trimmedOfBlanks
    if type == .boolean { return Self.truth(string).map { .literal(.boolean($0), .boolean) } }
    guard type.isNumeric else { return nil }
    if let whole = Int64(string) { return .literal(.integer(whole), Int32(exactly: whole) == nil ? .bigint : .integer) }
    let digits = string.hasPrefix("-") ? string.dropFirst() : string[...]
    guard digits.contains(where: \.isNumber), digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }),
      digits.count(where: { $0 == "." }) <= 1
    else {
      let isDecimal = string.utf8.allSatisfy { (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }
      return isDecimal ? Double(string).flatMap { $0.isFinite ? .literal(.double($0), .double) : nil } : nil
    }
    return Literal.decimal(String(digits), negative: string.hasPrefix("-")).map { .literal($0.literal, $0.type) }
  }

  /// Beginnings of `true` and `yes`, `false` and `no`, in any case.
  private static func truth(_ string: String) -> Bool? {
    let small = string.lowercased()
    guard !small.isEmpty else { return nil }
    if "true".hasPrefix(small) || "yes".hasPrefix(small) { return true }
    return "false".hasPrefix(small) || "no".hasPrefix(small) ? false : nil
  }
}

extension Literal {
  /// A number or truth value as it was written; nil for anything else.
  fileprivate var written: String? {
    switch self {
    case .boolean(let value): "\(value)"
    case .integer(let value): String(value)
    case .decimal: description.hasSuffix(".") ? String(description.dropLast()) : description
    default: nil
    }
  }
}

extension String {
  fileprivate var trimmedOfBlanks: String {
    let blanks: Set<Character> = [" ", "\t", "\n", "\r"]
    return String(drop { blanks.contains($0) }.reversed().drop { blanks.contains($0) }.reversed())
  }
}
