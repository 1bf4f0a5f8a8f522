import SQL
import TestSupport
import Testing
import Values

/// Whatever the arguments are, a function gives a value of its type or an error.
@Suite struct LibraryRobustnessTests {
  @Test func `no function traps on any values of its types`() throws {
    var samples = Samples("library calls")
    for function in FunctionLibrary.all where !function.isAggregate {
      for signature in function.signatures {
        for _ in 0..<80 {
          let types = parameters(signature, &samples)
          guard let match = signature.match(types) else { continue }
          guard let call = LibraryCall(function.name, arguments: match.arguments, result: match.result) else { continue }
          let arguments = match.arguments.map { argument(of: $0, &samples) }
          guard let value = try? call.value(arguments) else { continue }
          #expect(value.isNull || value.fits(match.result), "\(function.name)\(signature.text)")
        }
      }
    }
  }

  @Test func `no cast traps, and one that works gives a value of its type`() {
    var samples = Samples("casts")
    for _ in 0..<10_000 {
      let (from, to) = (samples.type(), samples.type())
      let value = argument(of: from, &samples)
      guard let cast = try? value.cast(from: from, to: to), Value.canBeCast(from, to: to) else { continue }
      #expect(cast.isNull || cast.fits(to), "\(from) to \(to)")
    }
  }

  @Test func `no text and no pattern of time traps`() {
    var samples = Samples("time patterns")
    let pieces = [
      "yyyy", "yy", "u", "MM", "MMM", "L", "dd", "D", "EEEE", "a", "HH", "h", "kk", "K", "mm", "ss", "SSS", "n", "A", "XXX", "Z",
      "O",
      "VV", "z", "[", "]", "'", "''", "-", ":", "T", "2026", "13", "PM", "+01:00", "Europe/London", "99999999999999999999", "é",
      "Jan",
    ]
    for _ in 0..<6_000 {
      let text = { (samples: inout Samples) in
        (0..<Int.random(in: 0...6, using: &samples.random)).map { _ in samples.pick(pieces) }.joined()
      }
      guard let pattern = try? TimePattern(text(&samples)) else { continue }
      _ = try? pattern.timestamp(text(&samples))
      _ = try? pattern.text(timestamp: samples.word())
    }
  }

  private func parameters(_ signature: FunctionSignature, _ samples: inout Samples) -> [SQLType?] {
    var letters: [String: SQLType] = [:]
    var types: [SQLType?] = []
    for parameter in signature.parameters {
      for _ in 0..<(parameter.isVariadic ? Int.random(in: 0...3, using: &samples.random) : 1) {
        types.append(type(parameter.type, &letters, &samples))
      }
    }
    return types
  }

  private func type(_ parameter: ParameterType, _ letters: inout [String: SQLType], _ samples: inout Samples) -> SQLType {
    switch parameter {
    case .exact(let type): return type
    case .decimal, .wholeDecimal: return .decimal(precision: 20, scale: Int.random(in: 0...20, using: &samples.random))
    case .generic(let letter):
      let type = letters[letter] ?? samples.type(depth: 2)
      letters[letter] = type
      return type
    case .array(let element): return .array(type(element, &letters, &samples))
    case .map(let key, let value): return .map(type(key, &letters, &samples), type(value, &letters, &samples))
    case .structure: return .structure([])
    }
  }

  /// Texts that functions look into, beside random ones.
  private func argument(of type: SQLType, _ samples: inout Samples) -> Value {
    guard type == .string, Bool.random(using: &samples.random) else { return samples.value(of: type) }
    return .string(
      samples.pick([
        "hex", "utf8", "base64", "ascii", "0x4", "yyyy-MM-dd HH:mm", "2026-01-31 09:30", "-0.5e3", "NaN", "1e400", "true", "DAYS",
        "(a+)+$", "[", "\\", "$1", "Europe/London", "+19:00", "UTC", "https://u:p@h:99999/p?q=%41&r#f", "%", "$.a[0]", "$['",
        #"{"a":[1,null,{"b":"x"}]}"#, "[1,2.5,\"x\"]", "\\u004b", "ASC", "KM", "BIG_ENDIAN", "aaaaaaaaaaaaaaaaaaaaaaaa", ",",
        "2026", "09:30",
      ]))
  }
}

extension Value {
  /// Whether this can stand in a column of the type.
  fileprivate func fits(_ type: SQLType) -> Bool {
    switch (self, type) {
    case (.null, _), (.boolean, .boolean), (.integer, .integer), (.bigint, .bigint), (.double, .double), (.string, .string),
      (.bytes, .bytes), (.timestamp, .timestamp), (.date, .date):
      true
    case (.time(let micros), .time): (0..<86_400_000_000).contains(micros)
    case (.decimal(let unscaled, let scale), .decimal(let precision, let wanted)):
      scale == wanted && String(unscaled.magnitude).count <= max(precision, 1)
    case (.array(let values), .array(let element)): values.allSatisfy { $0.fits(element) }
    case (.map(let entries), .map(let key, let value)): entries.allSatisfy { $0.key.fits(key) && $0.value.fits(value) }
    case (.structure(let values), .structure(let members)):
      values.count == members.count && zip(values, members).allSatisfy { $0.fits($1.type) }
    default: false
    }
  }
}
