/// A JSON value as text has it: members keep their order and numbers their digits, so that what is not understood survives a
/// rewrite.
public enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  /// The literal as it stands in the text.
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([Member])

  /// One name and value of an object.
  public struct Member: Hashable, Sendable {
    public var name: String
    public var value: JSONValue

    public init(_ name: String, _ value: JSONValue) {
      self.name = name
      self.value = value
    }
  }

  /// A whole number.
  public static func integer(_ value: some BinaryInteger) -> JSONValue { .number(String(value)) }

  /// An object of strings, in the order of its names.
  public static func strings(_ map: [String: String]) -> JSONValue {
    .object(map.sorted { $0.key < $1.key }.map { Member($0.key, .string($0.value)) })
  }

  /// The member of that name; nil where there is none, where it is `null` or where this is no object.
  public subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self, let member = members.first(where: { $0.name == name }) else { return nil }
    return member.value == .null ? nil : member.value
  }

  /// The text of a string.
  public var text: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// The value of a whole number.
  public var int64: Int64? {
    if case .number(let digits) = self { Int64(digits) } else { nil }
  }

  /// The value of a whole number.
  public var int: Int? { int64.flatMap { Int(exactly: $0) } }

  /// The elements of an array.
  public var elements: [JSONValue]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  /// The members of an object, in their order.
  public var members: [Member]? {
    if case .object(let members) = self { members } else { nil }
  }

  /// The value of `true` or `false`.
  public var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }
}
