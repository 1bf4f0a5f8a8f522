import Columns
import Contracts
import TestSupport

/// Random flat record schemas with matching data, and what their columns have to hold.
struct RandomRecords {
  var random: SeededGenerator
  private var names = 0

  init(_ random: SeededGenerator) { self.random = random }

  enum Cell: Equatable {
    case null, bool(Bool), number(Int128), double(Double), text(String), bytes([UInt8])
  }

  struct Field {
    var name: String
    var json: String
    /// Nil for types that no column holds.
    var column: ColumnType?
    var make: (inout SeededGenerator) -> (AvroValue, Cell)
  }

  mutating func fields(_ count: Int, nested: Bool) -> [Field] {
    (0..<count).map { _ in nullable(nested && random.next() % 4 == 0 ? nestedField() : scalarField()) }
  }

  private mutating func name(_ prefix: String) -> String {
    names += 1
    return "\(prefix)\(names)"
  }

  private mutating func nullable(_ field: Field) -> Field {
    let order = random.next() % 3
    guard order > 0 else { return field }
    var wrapped = field
    wrapped.json = order == 1 ? "[\"null\",\(field.json)]" : "[\(field.json),\"null\"]"
    let nullBranch = order == 1 ? 0 : 1
    wrapped.make = { random in
      if random.next() % 3 == 0 { return (.union(nullBranch, .null), .null) }
      let (value, cell) = field.make(&random)
      return (.union(1 - nullBranch, value), cell)
    }
    return wrapped
  }

  private mutating func scalarField() -> Field {
    let name = name("f")
    switch random.next() % 14 {
    case 0:
      return Field(name: name, json: "\"boolean\"", column: .boolean) {
        let v = Bool.random(using: &$0); return (.boolean(v), .bool(v))
      }
    case 1: return integer(name, "\"int\"", .int32)
    case 2: return integer(name, #"{"type":"int","logicalType":"date"}"#, .date)
    case 3: return integer(name, "\"int\"", .int64)
    case 4: return long(name, "\"long\"", .int64)
    case 5: return long(name, #"{"type":"long","logicalType":"timestamp-micros"}"#, .timestampMicros)
    case 6:
      return Field(name: name, json: #"{"type":"long","logicalType":"timestamp-millis"}"#, column: .timestampMicros) {
        let v = Int64.random(in: -1_000_000_000_000...4_000_000_000_000, using: &$0)
        return (.long(v), .number(Int128(v) * 1000))
      }
    case 7:
      return Field(name: name, json: "\"float\"", column: .double) {
        let v = Float.random(in: -1e6...1e6, using: &$0); return (.float(v), .double(Double(v)))
      }
    case 8:
      return Field(name: name, json: "\"double\"", column: .double) {
        let v = Double.random(in: -1e9...1e9, using: &$0); return (.double(v), .double(v))
      }
    case 9, 10:
      return Field(name: name, json: "\"string\"", column: .string) {
        let v = Self.text(&$0); return (.string(v), .text(v))
      }
    case 11:
      return Field(name: name, json: "\"bytes\"", column: .bytes) {
        let v = Array(Self.text(&$0).utf8); return (.bytes(v), .bytes(v))
      }
    case 12:
      let symbols = ["A", "BUY", "C_3", "Z"]
      let json =
        "{\"type\":\"enum\",\"name\":\"\(self.name("E"))\",\"symbols\":[\(symbols.map { "\"\($0)\"" }.joined(separator: ","))]}"
      return Field(name: name, json: json, column: .string) {
        let index = Int($0.next() % 4)
        return (.enumeration(index), .text(symbols[index]))
      }
    default: return decimal(name)
    }
  }

  private func integer(_ name: String, _ json: String, _ column: ColumnType) -> Field {
    Field(name: name, json: json, column: column) {
      let v = Int32(truncatingIfNeeded: Int64(bitPattern: $0.next()) >> Int64(32 + $0.next() % 32))
      return (.int(v), .number(Int128(v)))
    }
  }

  private func long(_ name: String, _ json: String, _ column: ColumnType) -> Field {
    Field(name: name, json: json, column: column) {
      let v = Int64(bitPattern: $0.next()) >> Int64($0.next() % 64)
      return (.long(v), .number(Int128(v)))
    }
  }

  private mutating func decimal(_ name: String) -> Field {
    let precision = 1 + Int(random.next() % 38)
    let scale = Int(random.next() % UInt64(precision + 1))
    let isFixed = random.next() % 3 == 0
    let column = ColumnType.decimal(precision: precision, scale: scale)
    let arguments = "\"logicalType\":\"decimal\",\"precision\":\(precision),\"scale\":\(scale)"
    let json =
      isFixed
      ? "{\"type\":\"fixed\",\"size\":18,\"name\":\"\(self.name("F"))\",\(arguments)}" : "{\"type\":\"bytes\",\(arguments)}"
    return Field(name: name, json: json, column: column) { random in
      let value = Self.decimal(precision, &random)
      let bytes = TestSchemas.bigEndian(value)
      guard isFixed else { return (.bytes(bytes), .number(value)) }
      let sign = [UInt8](repeating: value < 0 ? 255 : 0, count: 18 - bytes.count)
      return (.fixed(sign + bytes), .number(value))
    }
  }

  private static func decimal(_ precision: Int, _ random: inout SeededGenerator) -> Int128 {
    let digits = Int(random.next() % UInt64(precision + 1))
    let value = (0..<digits).reduce(Int128(0)) { v, _ in v * 10 + Int128(random.next() % 10) }
    return random.next() % 2 == 0 ? value : -value
  }

  static func text(_ random: inout SeededGenerator) -> String {
    let alphabet = Array("abcXYZ-019 é漢🚀")
    let length = [0, 3, 8, 9, 16, 17, 40][Int(random.next() % 7)]
    return String((0..<length).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] })
  }

  private mutating func nestedField() -> Field {
    let name = name("n")
    let record = self.name("N")
    let json = """
      {"type":"record","name":"\(record)","fields":[
        {"name":"list","type":{"type":"array","items":["null","long",{"type":"map","values":"string"}]}},
        {"name":"next","type":["null","\(record)"]}, {"name":"x","type":"double"}]}
      """
    return Field(name: name, json: json, column: nil) { (Self.nested(depth: Int($0.next() % 4), &$0), .null) }
  }

  private static func nested(depth: Int, _ random: inout SeededGenerator) -> AvroValue {
    let list: [AvroValue] = (0..<Int(random.next() % 4)).map { _ in
      switch random.next() % 3 {
      case 0: .union(0, .null)
      case 1: .union(1, .long(Int64(bitPattern: random.next())))
      default: .union(2, .map([.init("k", .string("v")), .init("key2", .string(text(&random)))]))
      }
    }
    let next: AvroValue = depth == 0 ? .union(0, .null) : .union(1, nested(depth: depth - 1, &random))
    return .record([.array(list), next, .double(0.5)])
  }

  static func cell(_ column: Column, _ row: Int) -> Cell {
    if column.isNull(row) { return .null }
    switch column.values {
    case .bool(let v): return .bool(v[row])
    case .int64(let v): return .number(Int128(v[row]))
    case .int128(let v): return .number(v[row])
    case .double(let v): return .double(v[row])
    case .codes(let v, let dictionary): return .text(dictionary.string(v[row]))
    case .bytes(let v): return .bytes(Array(v[row]))
    }
  }
}
