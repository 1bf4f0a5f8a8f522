/// The name of a record, enum or fixed, with its namespace (Avro specification, "Names").
public struct AvroName: Sendable, Hashable {
  /// The name without its namespace.
  public let name: String
  /// The namespace; empty for the null namespace.
  public let namespace: String

  /// `namespace.name`, or just the name in the null namespace.
  public var full: String { namespace.isEmpty ? name : "\(namespace).\(name)" }

  /// A name as a schema writes it: a dotted one is a full name and its namespace wins, a plain one takes `namespace`.
  ///
  /// - Throws: `invalidSchema` when a part is not `[A-Za-z_][A-Za-z0-9_]*`.
  public init(_ text: String, namespace: String) throws(ContractError) {
    var parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    name = parts.removeLast()
    self.namespace = parts.isEmpty ? namespace : parts.joined(separator: ".")
    guard Self.isIdentifier(name) else { throw Self.fault(text) }
    let spaces = self.namespace.isEmpty ? [] : self.namespace.split(separator: ".", omittingEmptySubsequences: false)
    guard spaces.allSatisfy({ Self.isIdentifier($0) }) else { throw Self.fault(text) }
  }

  private static func fault(_ text: String) -> ContractError {
    ContractError(.invalidSchema, "'\(text)' is not a name", advice: "Names are letters, digits and _, not starting with a digit")
  }

  /// Whether `text` is `[A-Za-z_][A-Za-z0-9_]*`.
  static func isIdentifier(_ text: some StringProtocol) -> Bool {
    guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return text.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x5f: true
      default: false
      }
    }
  }
}
