import SQL

/// One call of a library function in a query, with what it keeps from row to row: compiled patterns and time zones.
///
/// Belongs to one thread.
public final class LibraryCall {
  public let name: String
  /// The types of the arguments and of the result, which the values are of.
  public let arguments: [SQLType]
  public let result: SQLType
  private let library: Library
  private var timePatterns: [String: TimePattern] = [:]
  private var expressions: [String: BoundedExpression] = [:]
  private var zones: [String: Zone] = [:]

  /// Nil when nothing computes a function of that name, or it cannot have as many arguments.
  public init?(_ name: String, arguments: [SQLType], result: SQLType) {
    guard let library = Library.functions[name] ?? Library.operators[name] else { return nil }
    if let known = FunctionLibrary.function(named: name), known.match(arguments) == nil { return nil }
    if Library.operators[name] != nil, !Self.fits(name, arguments, result) { return nil }
    self.name = name
    self.arguments = arguments
    self.result = result
    self.library = library
  }

  private static func fits(_ name: String, _ arguments: [SQLType], _ result: SQLType) -> Bool {
    switch (name, result) {
    case ("[]", _): arguments.count == 2
    case ("->", _): arguments.count == 2 && arguments[1] == .string
    case ("ESCAPED", .string): arguments == [.string, .string]
    case ("CAST", _): arguments.count == 1
    case ("ARRAY", .array): true
    case ("MAP", .map): arguments.count.isMultiple(of: 2)
    case ("STRUCT", .structure(let members)): members.count == arguments.count
    default: false
    }
  }

  /// The result for one row.
  ///
  /// - Throws: when these arguments have no result.
  public func value(_ arguments: [Value]) throws(ValueError) -> Value {
    if !library.seesNulls, arguments.contains(where: \.isNull) { return .null }
    return try library.body(arguments, self)
  }

  /// Patterns mostly stand in the statement; ones from records must not pile up.
  private static let mostKept = 256

  func timePattern(_ text: String) throws(ValueError) -> TimePattern {
    if let known = timePatterns[text] { return known }
    let pattern = try TimePattern(text)
    if timePatterns.count >= Self.mostKept { timePatterns = [:] }
    timePatterns[text] = pattern
    return pattern
  }

  func expression(_ text: String) throws(ValueError) -> BoundedExpression {
    if let known = expressions[text] { return known }
    let expression = try BoundedExpression(text, for: name)
    if expressions.count >= Self.mostKept { expressions = [:] }
    expressions[text] = expression
    return expression
  }

  func zone(_ text: String) throws(ValueError) -> Zone {
    if let known = zones[text] { return known }
    let zone = try Zone(text)
    if zones.count >= Self.mostKept { zones = [:] }
    zones[text] = zone
    return zone
  }
}
