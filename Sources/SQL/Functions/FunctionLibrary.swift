/// A function as people know it: names, ways to call it, what it does.
public struct LibraryFunction: Sendable {
  public enum Category: String, Sendable, CaseIterable {
    case math = "MATHEMATICAL"
    case text = "STRING"
    case regularExpression = "REGULAR EXPRESSION"
    case time = "DATE / TIME"
    case json = "JSON"
    case url = "URL"
    case collection = "ARRAY / MAP"
    case null = "NULL"
    case conversion = "CONVERSION"
    case aggregate = "AGGREGATE"
  }

  /// An expression and what CAST(… AS STRING) makes of its value.
  public struct Example: Sendable {
    public var expression: String
    public var result: String
  }

  public var name: String
  public var category: Category
  /// One sentence.
  public var summary: String
  public var signatures: [FunctionSignature]
  public var examples: [Example]
  /// The ways to call it that are no signatures; none in a library that is right.
  let unreadable: [String]

  init(
    _ name: String, _ category: Category, _ summary: String, _ signatures: [String], _ examples: [(String, String)] = []
  ) {
    self.name = name
    self.category = category
    self.summary = summary
    self.signatures = signatures.compactMap { FunctionSignature($0) }
    unreadable = signatures.filter { FunctionSignature($0) == nil }
    self.examples = examples.map { Example(expression: $0.0, result: $0.1) }
  }

  public var isAggregate: Bool { category == .aggregate }

  /// The signature that takes the least widening; of equals the one without a variable number of arguments, then the first.
  public func match(_ arguments: [SQLType?]) -> FunctionMatch? {
    var best: (match: FunctionMatch, rank: Int)?
    for signature in signatures {
      guard let match = signature.match(arguments) else { continue }
      let rank = match.cost * 2 + (signature.parameters.last?.isVariadic == true ? 1 : 0)
      if rank < best?.rank ?? .max { best = (match, rank) }
    }
    return best?.match
  }
}

/// Every function that a statement can call, with what SHOW FUNCTIONS and DESCRIBE FUNCTION tell of it.
public enum FunctionLibrary {
  /// In the order of their names.
  public static let all: [LibraryFunction] = (math + text + time + json + collections + conversions + aggregates)
    .sorted { $0.name < $1.name }

  /// The function of that name or alias, in capitals.
  public static func function(named name: String) -> LibraryFunction? { byName[aliases[name] ?? name] }

  /// Other names by which functions can be called.
  public static let aliases: [String: String] = ["VAR_SAMPLE": "VAR_SAMP", "STDDEV_SAMPLE": "STDDEV_SAMP"]

  private static let byName = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
}
