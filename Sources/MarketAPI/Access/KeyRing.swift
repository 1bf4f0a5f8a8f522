import JSON
import Tokens

/// What a key lets its holder do.
public enum Role: String, Hashable, Sendable, CaseIterable {
  /// Look: `/v1`, pull and push queries.
  case reader
  /// That, and statements that change something.
  case `operator`
}

/// The keys that are let in, of which only salted SHA-256 hashes are kept. Pure.
///
/// A key holds 256 random bits, so that nothing is won by trying keys against a hash, however fast it is.
public struct KeyRing: Hashable, Sendable {
  public struct Entry: Hashable, Sendable {
    public var name: String
    public var role: Role
    var salt: [UInt8]
    var hash: [UInt8]
  }

  public private(set) var entries: [Entry] = []

  public init() {}

  /// Reads a file of keys.
  ///
  /// - Throws: `KeyRingError`, with the place that is wrong.
  public init(_ text: String) throws(KeyRingError) {
    guard let json = try? JSONValue(parsing: text), let list = json["keys"]?.arrayValue else {
      throw KeyRingError("it is not a JSON object with a list named keys")
    }
    for (index, one) in list.enumerated() {
      guard let name = one["name"]?.stringValue, !name.isEmpty, let role = one["role"]?.stringValue.flatMap(Role.init(rawValue:)),
        let salt = one["salt"]?.stringValue.flatMap(Base64URL.bytes), salt.count >= 16,
        let hash = one["sha256"]?.stringValue.flatMap(Base64URL.bytes), hash.count == 32
      else { throw KeyRingError("key \(index + 1) does not have a name, a role (reader, operator), a salt and a sha256") }
      entries.append(Entry(name: name, role: role, salt: salt, hash: hash))
    }
    guard Set(entries.map(\.name)).count == entries.count else { throw KeyRingError("two keys have the same name") }
  }

  public var text: String {
    let keys = entries.map { entry -> JSONValue in
      [
        "name": .string(entry.name), "role": .string(entry.role.rawValue), "salt": .string(Base64URL.text(entry.salt)),
        "sha256": .string(Base64URL.text(entry.hash)),
      ]
    }
    return JSONValue.object([.init("keys", .array(keys))]).text + "\n"
  }

  /// Adds a key and returns it: the only time that it is seen.
  public mutating func add(_ name: String, _ role: Role, using random: inout some RandomNumberGenerator) throws(KeyRingError)
    -> String
  {
    guard !name.isEmpty, name.utf8.count <= 64, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
      throw KeyRingError("a name has 1 to 64 printable ASCII characters without spaces")
    }
    guard !entries.contains(where: { $0.name == name }) else { throw KeyRingError("there is a key \(name) already") }
    let key = "wick_" + Base64URL.text((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) })
    let salt = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    entries.append(Entry(name: name, role: role, salt: salt, hash: Digest.sha256(salt + Array(key.utf8))))
    return key
  }

  /// Whose key it is; nil for nobody's. Takes as long for a wrong key as for a right one.
  public func holder(of key: String) -> Entry? {
    guard key.utf8.count <= 256 else { return nil }
    var found: Entry?
    for entry in entries where Digest.isSame(Digest.sha256(entry.salt + Array(key.utf8)), entry.hash) { found = entry }
    return found
  }
}

/// What is wrong with a file of keys, or with a new key.
public struct KeyRingError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}
