/// How a call fits a signature: the type each argument is brought to, and that of the result.
public struct FunctionMatch: Hashable, Sendable {
  public var arguments: [SQLType]
  public var result: SQLType
  /// How much widening it takes: 0 when every argument has its type already.
  public var cost: Int
}

extension FunctionSignature {
  /// Nil when arguments of these types do not fit; a nil type is an untyped NULL, which fits anywhere. Numbers widen from INT
  /// over BIGINT and DECIMAL to DOUBLE; nothing else is converted.
  public func match(_ arguments: [SQLType?]) -> FunctionMatch? {
    guard let parameters = parameters(for: arguments.count) else { return nil }
    var bindings: [String: SQLType] = [:]
    for (parameter, argument) in zip(parameters, arguments) {
      guard let argument else { continue }
      guard parameter.bind(argument, isNested: false, &bindings) else { return nil }
    }
    var match = FunctionMatch(arguments: [], result: .boolean, cost: 0)
    for (parameter, argument) in zip(parameters, arguments) {
      guard let type = parameter.instance(argument, bindings), let cost = (argument ?? type).cost(ofWideningTo: type) else {
        return nil
      }
      match.arguments.append(type)
      match.cost += cost
    }
    guard let result = result.result(match.arguments, bindings) else { return nil }
    match.result = result
    return match
  }

  /// The parameters of a call with `count` arguments, the variadic one repeated.
  private func parameters(for count: Int) -> [ParameterType]? {
    guard let last = parameters.last, last.isVariadic else {
      return count == parameters.count ? parameters.map(\.type) : nil
    }
    guard count >= parameters.count - 1 else { return nil }
    let fixed = parameters.dropLast().map(\.type)
    return fixed + [ParameterType](repeating: last.type, count: count - fixed.count)
  }
}

extension ParameterType {
  /// Finds out what the letters stand for. At the top level a letter becomes the widest of its arguments' types, inside of
  /// ARRAY and MAP it must be the same everywhere.
  fileprivate func bind(_ type: SQLType, isNested: Bool, _ bindings: inout [String: SQLType]) -> Bool {
    switch (self, type) {
    case (.generic(let letter), _):
      guard let known = bindings[letter], known != type else {
        bindings[letter] = type
        return true
      }
      guard let common = known.common(with: type) else { return false }
      bindings[letter] = common
      return true
    case (.array(let element), .array(let actual)): return element.bind(actual, isNested: true, &bindings)
    case (.map(let key, let value), .map(let actualKey, let actualValue)):
      return key.bind(actualKey, isNested: true, &bindings) && value.bind(actualValue, isNested: true, &bindings)
    case (.array, _), (.map, _): return false
    default: return true
    }
  }

  /// The type an argument is brought to.
  fileprivate func instance(_ argument: SQLType?, _ bindings: [String: SQLType]) -> SQLType? {
    switch self {
    case .exact(let type): return type
    case .decimal:
      guard let argument else { return .decimal(precision: 38, scale: 0) }
      return argument.asDecimal.map { .decimal(precision: $0.precision, scale: $0.scale) }
    case .generic(let letter): return bindings[letter] ?? .string
    case .array(let element):
      guard case .array(let inner)? = argument else { return element.instance(nil, bindings).map { .array($0) } }
      return element.instance(inner, bindings).map { .array($0) }
    case .map(let key, let value):
      guard let key = key.instance(nil, bindings), let value = value.instance(nil, bindings) else { return nil }
      return .map(key, value)
    case .wholeDecimal, .structure: return nil
    }
  }

  fileprivate func result(_ arguments: [SQLType], _ bindings: [String: SQLType]) -> SQLType? {
    switch self {
    case .exact(let type): return type
    case .generic(let letter): return bindings[letter] ?? .string
    case .decimal, .wholeDecimal:
      for case .decimal(let precision, let scale) in arguments {
        return self == .decimal
          ? .decimal(precision: precision, scale: scale) : .decimal(precision: max(1, precision - scale), scale: 0)
      }
      return nil
    case .array(let element): return element.result(arguments, bindings).map { .array($0) }
    case .map(let key, let value):
      guard let key = key.result(arguments, bindings), let value = value.result(arguments, bindings) else { return nil }
      return .map(key, value)
    case .structure(let members):
      var typed: [SQLType.Member] = []
      for member in members {
        guard let type = member.type.result(arguments, bindings) else { return nil }
        typed.append(.init(name: member.name, type: type))
      }
      return .structure(typed)
    }
  }
}

extension SQLType {
  /// Steps of widening to `target`; nil when it is not a wider number.
  fileprivate func cost(ofWideningTo target: SQLType) -> Int? {
    if self == target { return 0 }
    guard let from = numericRank, let to = target.numericRank, from < to || (from == to && from == 2) else { return nil }
    return max(1, to - from)
  }
}
