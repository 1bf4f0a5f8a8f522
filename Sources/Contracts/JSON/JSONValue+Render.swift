extension JSONValue {
  /// The value as compact JSON: no white space, members in order, numbers as they were written.
  public var text: String {
    var out = ""
    render(into: &out)
    return out
  }

  /// The compact JSON as UTF-8.
  public var utf8: [UInt8] { Array(text.utf8) }

  private func render(into out: inout String) {
    switch self {
    case .null: out += "null"
    case .bool(let value): out += value ? "true" : "false"
    case .number(let text): out += text
    case .string(let text): Self.quote(text, into: &out)
    case .array(let elements): Self.list(elements, "[", "]", into: &out) { $0.render(into: &$1) }
    case .object(let members):
      Self.list(members, "{", "}", into: &out) { member, out in
        Self.quote(member.name, into: &out)
        out += ":"
        member.value.render(into: &out)
      }
    }
  }

  private static func list<T>(
    _ items: [T], _ open: String, _ close: String, into out: inout String, _ each: (T, inout String) -> Void
  ) {
    out += open
    for (index, item) in items.enumerated() {
      if index > 0 { out += "," }
      each(item, &out)
    }
    out += close
  }

  private static func quote(_ text: String, into out: inout String) {
    out += "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case "\u{8}": out += "\\b"
      case "\u{c}": out += "\\f"
      case _ where scalar.value < 0x20:
        let hex = String(scalar.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: out.unicodeScalars.append(scalar)
      }
    }
    out += "\""
  }
}
