import Columns
import Foundation
import SQL

extension ExpressionGraph {
  /// Functions of strings. Characters are Unicode scalars.
  func text(_ function: ScalarFunction, _ arguments: [Vector], _ type: SQLType, _ count: Int, node: Int) -> Vector {
    switch function {
    case .like: return like(arguments[0], arguments[1], count)
    case .length: return Vector(type, .int64(perText(arguments[0]) { Int64($0.unicodeScalars.count) }))
    case .upper: return mapped(arguments[0], node) { $0.uppercased() }
    case .lower: return mapped(arguments[0], node) { $0.lowercased() }
    case .trim: return mapped(arguments[0], node) { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
    case .substring: return substring(arguments, count, node)
    default: return concatenated(arguments, count, node)
    }
  }

  /// Computes once per distinct string of the batch.
  func perText<R>(_ a: Vector, _ body: (String) -> R) -> [R] {
    guard case .codes(let codes, let dictionary) = a.values else { return [] }
    var known: [Int32: R] = [:]
    return codes.map { code in
      if let value = known[code] { return value }
      let value = body(dictionary.string(code))
      known[code] = value
      return value
    }
  }

  private func mapped(_ a: Vector, _ node: Int, _ body: (String) -> String) -> Vector {
    let dictionary = dictionary(for: node)
    return Vector(.string, .codes(perText(a) { dictionary.code(of: body($0)) }, dictionary))
  }

  func string(_ a: Vector, _ row: Int) -> String {
    a.withBytes(row) { String(decoding: $0, as: UTF8.self) }
  }

  private func concatenated(_ arguments: [Vector], _ count: Int, _ node: Int) -> Vector {
    let dictionary = dictionary(for: node)
    var buffer: [UInt8] = []
    let codes = (0..<count).map { row -> Int32 in
      buffer.removeAll(keepingCapacity: true)
      for argument in arguments { argument.withBytes(row) { buffer.append(contentsOf: $0) } }
      return buffer.withUnsafeBytes { dictionary.code(of: $0) }
    }
    return Vector(.string, .codes(codes, dictionary))
  }

  /// SUBSTRING(text, position [, length]): positions from 1, negative ones from the end, as in ksqlDB.
  private func substring(_ arguments: [Vector], _ count: Int, _ node: Int) -> Vector {
    let dictionary = dictionary(for: node)
    let position = arguments[1].narrowed
    let length = arguments.count > 2 ? arguments[2].narrowed : [Int64.max]
    let lengthMask = arguments.count > 2 ? arguments[2].mask : 0
    let codes = (0..<count).map { row -> Int32 in
      let scalars = Array(string(arguments[0], row).unicodeScalars)
      let at = position[row & arguments[1].mask]
      let start = at > 0 ? at - 1 : (at < 0 ? Swift.max(0, Int64(scalars.count) &+ at) : 0)
      guard start < Int64(scalars.count) else { return dictionary.code(of: "") }
      let size = Swift.min(Swift.max(0, length[row & lengthMask]), Int64(scalars.count) - start)
      var out = String.UnicodeScalarView()
      out.append(contentsOf: scalars[Int(start)..<Int(start + size)])
      return dictionary.code(of: String(out))
    }
    return Vector(.string, .codes(codes, dictionary))
  }

  private func like(_ a: Vector, _ pattern: Vector, _ count: Int) -> Vector {
    guard pattern.isConstant else {
      let flags = (0..<count).map { row in
        LikePattern(string(pattern, row)).matches(string(a, row))
      }
      return Vector(.boolean, .bool(flags))
    }
    let compiled = LikePattern(string(pattern, 0))
    return Vector(.boolean, .bool(perText(a) { compiled.matches($0) }))
  }
}

/// A LIKE pattern: `%` any run of characters, `_` any one, `\` takes the next character as it is.
struct LikePattern {
  private enum Part: Equatable { case any, one, exact(Unicode.Scalar) }
  private var parts: [Part] = []

  init(_ pattern: String) {
    var escaped = false
    for scalar in pattern.unicodeScalars {
      if escaped {
        parts.append(.exact(scalar))
        escaped = false
        continue
      }
      switch scalar {
      case "\\": escaped = true
      case "%": if parts.last != .any { parts.append(.any) }
      case "_": parts.append(.one)
      default: parts.append(.exact(scalar))
      }
    }
    if escaped { parts.append(.exact("\\")) }
  }

  /// Linear apart from going back to the last `%`, the usual wildcard walk.
  func matches(_ text: String) -> Bool {
    let scalars = Array(text.unicodeScalars)
    var (t, p, star, mark) = (0, 0, -1, 0)
    while t < scalars.count {
      if p < parts.count, parts[p] == .any {
        star = p
        mark = t
        p += 1
      } else if p < parts.count, parts[p] == .one || parts[p] == .exact(scalars[t]) {
        t += 1
        p += 1
      } else if star >= 0 {
        p = star + 1
        mark += 1
        t = mark
      } else {
        return false
      }
    }
    return parts[p...].allSatisfy { $0 == .any }
  }
}
