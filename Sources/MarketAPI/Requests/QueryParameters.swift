/// The parameters of a URL, checked one by one: what is not known, or is there twice, is refused. Pure.
struct QueryParameters {
  private var values: [String: String] = [:]

  /// - Parameter query: what stands behind the question mark.
  init(_ query: String?, allowed: [String]) throws(Problem) {
    for part in (query ?? "").utf8.split(separator: UInt8(ascii: "&")) {
      let halves = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      let name = try Self.decoded(halves[0])
      guard allowed.contains(name) else {
        let known = allowed.isEmpty ? "it takes none" : "there are \(allowed.joined(separator: ", "))"
        throw Problem(400, "There is no parameter \(name.prefix(40)) here; \(known).")
      }
      guard values[name] == nil else { throw Problem(400, "The parameter \(name) is there twice.") }
      values[name] = halves.count > 1 ? try Self.decoded(halves[1]) : ""
    }
  }

  private static func decoded(_ part: Substring.UTF8View) throws(Problem) -> String {
    var bytes: [UInt8] = []
    var rest = part[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "+"): bytes.append(0x20)
      case UInt8(ascii: "%"):
        guard let high = rest.popFirst().flatMap(hex), let low = rest.popFirst().flatMap(hex) else {
          throw Problem(400, "A percent sign in the URL is not followed by two hexadecimal digits.")
        }
        bytes.append(high << 4 | low)
      default: bytes.append(byte)
      }
    }
    guard let text = String(validating: bytes, as: UTF8.self), !text.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
      throw Problem(400, "A parameter of the URL is not a text in UTF-8.")
    }
    return text
  }

  private static func hex(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  /// Nil where it is absent or empty.
  func text(_ name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

  /// The parts of a list with commas.
  func list(_ name: String) throws(Problem) -> Set<String> {
    let parts = (text(name) ?? "").split(separator: ",").map(String.init)
    guard parts.count <= 100 else { throw Problem(400, "\(name) names more than 100.") }
    return Set(parts)
  }

  func required(_ name: String, _ example: String) throws(Problem) -> String {
    guard let text = text(name) else { throw Problem(400, "The parameter \(name) is needed, such as \(name)=\(example).") }
    return text
  }

  func integer(_ name: String, default other: Int, in range: ClosedRange<Int>) throws(Problem) -> Int {
    guard let text = text(name) else { return other }
    guard text.utf8.count <= 18, let value = Int(text), range.contains(value) else {
      throw Problem(400, "\(name) is a whole number from \(range.lowerBound) to \(range.upperBound).")
    }
    return value
  }

  func flag(_ name: String) throws(Problem) -> Bool {
    switch text(name) {
    case nil, "0", "false": return false
    case "1", "true": return true
    default: throw Problem(400, "\(name) is 0 or 1.")
    }
  }

  /// Milliseconds since the epoch, given as such or as ISO-8601.
  func time(_ name: String) throws(Problem) -> Int64? {
    guard let text = text(name) else { return nil }
    guard let time = TimeText.milliseconds(text) else {
      throw Problem(
        400,
        "\(name) is a time in milliseconds since 1970, or as ISO-8601 (2024-08-09T00:00:00Z), between the years 1900 and 2200.")
    }
    return time
  }
}
