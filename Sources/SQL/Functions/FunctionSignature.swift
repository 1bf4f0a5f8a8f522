/// What a parameter of a library function takes, or what the function gives back.
public indirect enum ParameterType: Hashable, Sendable {
  case exact(SQLType)
  /// DECIMAL of any digits; as a result that of the first DECIMAL argument.
  case decimal
  /// As a result only: the first DECIMAL argument without its places.
  case wholeDecimal
  /// Any type, the same wherever the letter stands in one signature.
  case generic(String)
  case array(ParameterType)
  case map(ParameterType, ParameterType)
  /// As a result only.
  case structure([Member])

  public struct Member: Hashable, Sendable {
    public var name: String
    public var type: ParameterType
  }
}

/// One way to call a function.
public struct FunctionSignature: Hashable, Sendable {
  public var parameters: [Parameter]
  public var result: ParameterType
  /// As people read it: `(text STRING, length INT) STRING`.
  public var text: String

  public struct Parameter: Hashable, Sendable {
    public var name: String
    public var type: ParameterType
    /// The last parameter may stand any number of times, also not at all.
    public var isVariadic: Bool
  }
}

extension FunctionSignature {
  /// Reads `(name TYPE, …) TYPE`; `TYPE...` makes the last parameter variadic. Nil when `text` is no signature.
  init?(_ text: String) {
    var reader = SignatureReader(text)
    guard let parameters = reader.parameters(), let result = reader.type(), reader.isAtEnd else { return nil }
    self.init(parameters: parameters, result: result, text: text)
  }
}

private struct SignatureReader {
  private var tokens: [String] = []
  private var at = 0

  init(_ text: String) {
    var word = ""
    for character in text {
      if character.isLetter || character.isNumber || character == "_" || character == "." {
        word.append(character)
        continue
      }
      if !word.isEmpty { tokens.append(word) }
      word = ""
      if character != " " { tokens.append(String(character)) }
    }
    if !word.isEmpty { tokens.append(word) }
  }

  var isAtEnd: Bool { at == tokens.count }

  private mutating func next() -> String? {
    guard at < tokens.count else { return nil }
    at += 1
    return tokens[at - 1]
  }

  private mutating func accept(_ token: String) -> Bool {
    guard at < tokens.count, tokens[at] == token else { return false }
    at += 1
    return true
  }

  mutating func parameters() -> [FunctionSignature.Parameter]? {
    guard accept("(") else { return nil }
    var parameters: [FunctionSignature.Parameter] = []
    if accept(")") { return parameters }
    repeat {
      guard let name = next(), let type = type() else { return nil }
      parameters.append(.init(name: name, type: type, isVariadic: accept("...")))
    } while accept(",")
    return accept(")") ? parameters : nil
  }

  mutating func type() -> ParameterType? {
    guard var word = next() else { return nil }
    if word.hasSuffix("...") {
      word.removeLast(3)
      // The dots are read again as a token of their own.
      at -= 1
      tokens[at] = "..."
    }
    switch word {
    case "ARRAY":
      guard accept("<"), let element = type(), accept(">") else { return nil }
      return .array(element)
    case "MAP":
      guard accept("<"), let key = type(), accept(","), let value = type(), accept(">") else { return nil }
      return .map(key, value)
    case "STRUCT": return structure()
    case "DECIMAL": return .decimal
    case "WHOLE": return .wholeDecimal
    case _ where word.count == 1: return .generic(word)
    default: return Self.plain[word].map { .exact($0) }
    }
  }

  private mutating func structure() -> ParameterType? {
    guard accept("<") else { return nil }
    var members: [ParameterType.Member] = []
    repeat {
      guard let name = next(), let type = type() else { return nil }
      members.append(.init(name: name, type: type))
    } while accept(",")
    return accept(">") ? .structure(members) : nil
  }

  private static let plain: [String: SQLType] = [
    "BOOLEAN": .boolean, "INT": .integer, "BIGINT": .bigint, "DOUBLE": .double, "STRING": .string, "BYTES": .bytes,
    "TIMESTAMP": .timestamp, "DATE": .date, "TIME": .time,
  ]
}
