import Foundation
import SQL

/// Characters are Unicode scalars.
extension Library {
  static let text: [String: Library] = [
    "UCASE": Library { arguments, _ throws(ValueError) in .string(try arguments.text(0).uppercased()) },
    "LCASE": Library { arguments, _ throws(ValueError) in .string(try arguments.text(0).lowercased()) },
    "TRIM": Library { arguments, _ throws(ValueError) in
      .string(try arguments.text(0).trimmingCharacters(in: .whitespacesAndNewlines))
    },
    "LEN": Library { arguments, _ throws(ValueError) in
      if case .bytes(let bytes) = arguments[0] { return try .int(bytes.count) }
      return try .int(try arguments.text(0).unicodeScalars.count)
    },
    "SUBSTRING": Library { arguments, _ throws(ValueError) in
      if case .bytes(let bytes) = arguments[0] { return .bytes(Array(try part(bytes, arguments))) }
      return .string(String(scalars: try part(Array(try arguments.text(0).unicodeScalars), arguments)))
    },
    "CONCAT": Library(seesNulls: true) { arguments, call throws(ValueError) in
      try joined(arguments, nil, isBytes: call.result == .bytes)
    },
    "CONCAT_WS": Library(seesNulls: true) { arguments, call throws(ValueError) in
      if arguments[0].isNull { return .null }
      return try joined(Array(arguments.dropFirst()), arguments[0], isBytes: call.result == .bytes)
    },
    "REPLACE": Library { arguments, _ throws(ValueError) in
      let (text, old) = (Array(try arguments.text(0).utf8), Array(try arguments.text(1).utf8))
      let parts = old.isEmpty ? [text] : split(text, old)
      return .string(String(decoding: Array(parts.joined(separator: Array(try arguments.text(2).utf8))), as: UTF8.self))
    },
    "SPLIT": Library { arguments, _ throws(ValueError) in try split(arguments) },
    "SPLIT_TO_MAP": Library { arguments, _ throws(ValueError) in try splitToMap(arguments) },
    "INSTR": Library(seesNulls: true) { arguments, _ throws(ValueError) in try position(arguments) },
    "LPAD": Library { arguments, _ throws(ValueError) in try padded(arguments, isLeft: true) },
    "RPAD": Library { arguments, _ throws(ValueError) in try padded(arguments, isLeft: false) },
    "INITCAP": Library { arguments, _ throws(ValueError) in .string(capitalized(try arguments.text(0))) },
    "CHR": Library { arguments, _ throws(ValueError) in try character(arguments[0]) },
    "ELT": Library(seesNulls: true) { arguments, _ throws(ValueError) in
      if arguments[0].isNull { return .null }
      let n = try arguments.whole(0)
      return n >= 1 && n < arguments.count ? arguments[n] : .null
    },
    "FIELD": Library(seesNulls: true) { arguments, _ throws(ValueError) in
      guard !arguments[0].isNull, let index = arguments.dropFirst().firstIndex(of: arguments[0]) else { return .integer(0) }
      return try .int(index)
    },
  ]

  /// From a position, counted from 1 or from the end, over a length.
  private static func part<T>(_ items: [T], _ arguments: [Value]) throws(ValueError) -> ArraySlice<T> {
    let position = try arguments.whole(1)
    let start = position < 0 ? max(items.count + position, 0) : max(min(position - 1, items.count), 0)
    let length = arguments.count > 2 ? max(0, try arguments.whole(2)) : items.count
    return items[start..<start + min(length, items.count - start)]
  }

  private static func joined(_ values: [Value], _ separator: Value?, isBytes: Bool) throws(ValueError) -> Value {
    let parts = values.filter { !$0.isNull }
    var out: [UInt8] = []
    for (index, part) in parts.enumerated() {
      if index > 0, let separator { out += content(separator) }
      out += content(part)
    }
    return isBytes ? .bytes(out) : .string(String(decoding: out, as: UTF8.self))
  }

  private static func content(_ value: Value) -> [UInt8] {
    switch value {
    case .string(let text): Array(text.utf8)
    case .bytes(let bytes): bytes
    default: []
    }
  }

  private static func split(_ arguments: [Value]) throws(ValueError) -> Value {
    if case .bytes(let bytes) = arguments[0] {
      let delimiter = try arguments.bytes(1)
      if delimiter.isEmpty { return .array(bytes.isEmpty ? [.bytes([])] : bytes.map { .bytes([$0]) }) }
      return .array(split(bytes, delimiter).map { .bytes($0) })
    }
    let (text, delimiter) = (try arguments.text(0), try arguments.text(1))
    if delimiter.isEmpty {
      return .array(text.isEmpty ? [.string("")] : text.unicodeScalars.map { .string(String($0)) })
    }
    return .array(parts(of: text, delimiter).map { .string($0) })
  }

  private static func parts(of text: String, _ delimiter: String) -> [String] {
    split(Array(text.utf8), Array(delimiter.utf8)).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The parts between delimiters, which are not empty. UTF-8 is found within UTF-8 only at whole characters.
  private static func split(_ bytes: [UInt8], _ delimiter: [UInt8]) -> [[UInt8]] {
    var parts: [[UInt8]] = []
    var (start, at) = (0, 0)
    while at + delimiter.count <= bytes.count {
      if bytes[at] == delimiter[0], bytes[at..<at + delimiter.count].elementsEqual(delimiter) {
        parts.append(Array(bytes[start..<at]))
        at += delimiter.count
        start = at
      } else {
        at += 1
      }
    }
    return parts + [Array(bytes[start...])]
  }

  private static func splitToMap(_ arguments: [Value]) throws(ValueError) -> Value {
    let (text, between, within) = (try arguments.text(0), try arguments.text(1), try arguments.text(2))
    guard !between.isEmpty, !within.isEmpty, between != within else { return .null }
    var pairs: [(key: Value, value: Value)] = []
    for entry in parts(of: text, between) {
      let sides = parts(of: entry, within)
      if sides.count >= 2 { pairs.append((.string(sides[0]), .string(sides[1]))) }
    }
    return .map(of: pairs)
  }

  private static func position(_ arguments: [Value]) throws(ValueError) -> Value {
    if arguments[0].isNull || arguments[1].isNull { return .integer(0) }
    if arguments.dropFirst(2).contains(where: \.isNull) { return .null }
    let text = Array(try arguments.text(0).unicodeScalars)
    let part = Array(try arguments.text(1).unicodeScalars)
    let position = arguments.count > 2 ? try arguments.whole(2) : 1
    var left = arguments.count > 3 ? try arguments.whole(3) : 1
    guard position != 0, abs(position) <= text.count, left > 0, part.count <= text.count else { return .integer(0) }
    let last = text.count - part.count
    let starts =
      position > 0
      ? Array(stride(from: position - 1, through: last, by: 1))
      : Array(stride(from: min(last, text.count + position - part.count + 1), through: 0, by: -1))
    for start in starts where text[start..<start + part.count].elementsEqual(part) {
      left -= 1
      if left == 0 { return try .int(start + 1) }
    }
    return .integer(0)
  }

  /// The longest text that padding makes.
  private static let longestPadded = 1 << 20

  private static func padded(_ arguments: [Value], isLeft: Bool) throws(ValueError) -> Value {
    let length = try arguments.whole(1)
    guard length >= 0 else { return .null }
    guard length <= longestPadded else { throw .overflow("padding to more than \(longestPadded) characters") }
    if case .bytes(let bytes) = arguments[0] {
      return padded(bytes, try arguments.bytes(2), length, isLeft).map { .bytes($0) } ?? .null
    }
    let scalars = Array(try arguments.text(0).unicodeScalars)
    let padding = Array(try arguments.text(2).unicodeScalars)
    return .optional(padded(scalars, padding, length, isLeft).map { String(scalars: $0[...]) })
  }

  private static func padded<T>(_ items: [T], _ padding: [T], _ length: Int, _ isLeft: Bool) -> [T]? {
    guard !padding.isEmpty else { return nil }
    guard items.count < length else { return Array(items.prefix(length)) }
    let fill = (0..<length - items.count).map { padding[$0 % padding.count] }
    return isLeft ? fill + items : items + fill
  }

  private static func capitalized(_ text: String) -> String {
    var (out, isStart) = ("", true)
    for character in text.lowercased() {
      out += isStart ? character.uppercased() : String(character)
      isStart = character.isWhitespace
    }
    return out
  }

  private static func character(_ value: Value) throws(ValueError) -> Value {
    if case .integer(let code) = value {
      return .optional(UInt32(exactly: code).flatMap { Unicode.Scalar($0) }.map { String($0) })
    }
    // One or two escapes of four hexadecimal digits: two make a surrogate pair.
    let text = try [value].text(0)
    let units = text.components(separatedBy: "\\u").dropFirst().map { $0.count == 4 ? UInt16($0, radix: 16) : nil }
    guard text.hasPrefix("\\u"), !units.isEmpty, !units.contains(nil) else { return .null }
    return .optional(String(validating: units.compactMap(\.self), as: UTF16.self))
  }
}

extension String {
  init(scalars: ArraySlice<Unicode.Scalar>) {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    self.init(view)
  }
}
