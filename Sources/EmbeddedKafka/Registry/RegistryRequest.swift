import JSON
import Contracts

/// A request, apart from HTTP.
struct RegistryRequest {
  var method: String
  /// The decoded segments of the path.
  var path: [String]
  var query: [String: String]
  var body: [UInt8]

  /// - Parameter target: path and query as they stand in the request line.
  init(method: String, target: String, body: [UInt8] = []) {
    self.method = method
    self.body = body
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    path = parts[0].split(separator: "/").map { Self.decode(String($0), plusIsSpace: false) }
    query = [:]
    guard parts.count == 2 else { return }
    for pair in parts[1].split(separator: "&") {
      let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      query[Self.decode(sides[0], plusIsSpace: true)] = sides.count == 2 ? Self.decode(sides[1], plusIsSpace: true) : ""
    }
  }

  func flag(_ name: String) -> Bool { query[name]?.lowercased() == "true" }

  /// The body as JSON.
  ///
  /// - Throws: 42201 when it is none.
  func json() throws(RegistryError) -> JSONValue {
    do { return try JSONValue(parsing: body) } catch { throw .invalidSchema(error.description) }
  }

  /// Percent-decoding (RFC 3986); a broken escape stays as it is.
  private static func decode(_ text: String, plusIsSpace: Bool) -> String {
    var bytes: [UInt8] = []
    let source = Array(text.utf8)
    var at = 0
    while at < source.count {
      if source[at] == UInt8(ascii: "%"), at + 2 < source.count,
        let byte = UInt8(String(decoding: source[at + 1...at + 2], as: UTF8.self), radix: 16)
      {
        bytes.append(byte)
        at += 3
        continue
      }
      bytes.append(plusIsSpace && source[at] == UInt8(ascii: "+") ? 0x20 : source[at])
      at += 1
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// An answer, apart from HTTP, and the records that have to be in the log before it is given.
struct RegistryAnswer {
  var status = 200
  var json: JSONValue
  var records: [RegistryRecord] = []

  init(_ json: JSONValue, _ records: [RegistryRecord] = []) {
    self.json = json
    self.records = records
  }

  init(_ error: RegistryError) {
    status = error.status
    json = error.json
  }
}
