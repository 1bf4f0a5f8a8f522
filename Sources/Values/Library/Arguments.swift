/// Arguments as what the signature says they are. The analyzer has seen to it; a plan from elsewhere gets an error.
extension [Value] {
  private func mismatch(_ index: Int, _ kind: String) -> ValueError { .invalid("argument \(index + 1) is no \(kind)") }

  private func at(_ index: Int) -> Value { index < count ? self[index] : .null }

  func text(_ index: Int) throws(ValueError) -> String {
    guard case .string(let text) = at(index) else { throw mismatch(index, "STRING") }
    return text
  }

  func bytes(_ index: Int) throws(ValueError) -> [UInt8] {
    guard case .bytes(let bytes) = at(index) else { throw mismatch(index, "BYTES") }
    return bytes
  }

  func real(_ index: Int) throws(ValueError) -> Double {
    guard let real = at(index).real else { throw mismatch(index, "number") }
    return real
  }

  /// INT or BIGINT.
  func whole(_ index: Int) throws(ValueError) -> Int {
    switch at(index) {
    case .integer(let value): return Int(value)
    case .bigint(let value): return Int(value)
    default: throw mismatch(index, "whole number")
    }
  }

  func flag(_ index: Int) throws(ValueError) -> Bool {
    guard case .boolean(let flag) = at(index) else { throw mismatch(index, "BOOLEAN") }
    return flag
  }

  func list(_ index: Int) throws(ValueError) -> [Value] {
    guard case .array(let values) = at(index) else { throw mismatch(index, "ARRAY") }
    return values
  }

  func entries(_ index: Int) throws(ValueError) -> [Value.Entry] {
    guard case .map(let entries) = at(index) else { throw mismatch(index, "MAP") }
    return entries
  }

  func timestamp(_ index: Int) throws(ValueError) -> Int64 {
    guard case .timestamp(let micros) = at(index) else { throw mismatch(index, "TIMESTAMP") }
    return micros
  }

  func date(_ index: Int) throws(ValueError) -> Int {
    guard case .date(let days) = at(index) else { throw mismatch(index, "DATE") }
    return Int(days)
  }

  func time(_ index: Int) throws(ValueError) -> Int64 {
    guard case .time(let micros) = at(index) else { throw mismatch(index, "TIME") }
    return micros
  }
}

extension Value {
  /// A whole number as INT; an error when it is too large.
  static func int(_ value: Int) throws(ValueError) -> Value {
    guard let narrow = Int32(exactly: value) else { throw .overflow("a number too large for INT") }
    return .integer(narrow)
  }

  static func optional(_ text: String?) -> Value { text.map { .string($0) } ?? .null }
}
