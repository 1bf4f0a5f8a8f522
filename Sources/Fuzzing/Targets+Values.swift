import Formats
import SQL
import Values

extension FuzzTarget {
  static let values: [FuzzTarget] = [
    FuzzTarget("values", .binary, seeds: (row + [.structure(row), .null]).map { $0.encoded() }) {
      { input in
        guard let value = try? Value(decoding: input) else { return .refused }
        // Equal values have equal bytes: grouping relies on it.
        return (try? Value(decoding: value.encoded())) == value ? .accepted : .broken("another value after writing and reading")
      }
    },
    FuzzTarget("windowed-keys", .binary, seeds: windowedKeys) {
      { input in
        var outcome = Outcome.refused
        for window in [KeyWindow.session, .time(size: .max, isHopping: false), .time(size: 60_000_000, isHopping: true)] {
          guard let parts = try? WindowedKey.parts(input, window) else { continue }
          outcome = .accepted
          guard WindowedKey.bytes(parts.key, start: parts.start, end: parts.end, window) == input else {
            return .broken("another key")
          }
        }
        return outcome
      }
    },
  ]

  private static let windowedKeys: [[UInt8]] = [
    WindowedKey.bytes([1, 2, 3], start: 60_000, end: 120_000, .time(size: 60_000_000, isHopping: false)),
    WindowedKey.bytes(Array("key".utf8), start: 5, end: 9, .session), WindowedKey.bytes([], start: 0, end: 0, .session),
  ]

  /// Functions and casts whose arguments are texts of records. An input's first line picks which, the others are the arguments.
  static let texts: [FuzzTarget] = [
    textFunctions(
      "regular-expressions", ["REGEXP_EXTRACT", "REGEXP_EXTRACT_ALL", "REGEXP_SPLIT_TO_ARRAY", "REGEXP_REPLACE"], expressions),
    textFunctions(
      "text-functions",
      [
        "EXTRACTJSONFIELD", "IS_JSON_STRING", "JSON_ARRAY_LENGTH", "JSON_CONCAT", "JSON_ITEMS", "JSON_KEYS", "JSON_RECORDS",
        "URL_DECODE_PARAM",
        "URL_EXTRACT_HOST", "URL_EXTRACT_PORT", "URL_EXTRACT_PATH", "URL_EXTRACT_QUERY", "URL_EXTRACT_FRAGMENT",
        "URL_EXTRACT_PARAMETER",
        "URL_EXTRACT_PROTOCOL", "SPLIT_TO_MAP", "SPLIT", "TO_BYTES", "ENCODE", "CHR", "REPLACE", "INITCAP", "TRANSLATE", "MASK",
        "INSTR",
      ], arguments),
    textFunctions(
      "time-patterns",
      ["PARSE_TIMESTAMP", "PARSE_DATE", "PARSE_TIME", "STRINGTOTIMESTAMP"], times),
    casts,
  ]

  private static let expressions = [
    "0\n(a+)+b\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "1\n[0-9]+(\\.[a-z]*)?\na1b22.x", "2\n(?i)x|y{2,5}\nxyyXa",
    "3\nabc\n(b)(c)?\n[$1]",
    "0\n(?<=a)(b)\\1*\\p{L}[^\\w]\nabé ", "1\n(a|b)*c\nabababababababababab",
  ]
  private static let arguments = [
    "0\n{\"a\":[1,{\"b\":\"x\"}]}\n$.a[1].b", "1\n[1, 2]", "5\n{\"b\":1}", "3\n[1]\n{\"a\":2}", "7\na+b%26c",
    "8\nhttps://u@a.b:80/c?d=1#e",
    "13\nhttps://a.b?x=1&y=%20\ny", "15\na=1;b=2\n;\n=", "17\n4869\nhex", "17\nSGk=\nbase64", "18\nHi\nutf8\nhex", "19\n\\u004b",
    "20\naba\na\nb",
    "24\nCORPORATE\nOR", "16\na,b\n,",
  ]
  private static let times = [
    "0\n2023-11-14 22:13:20.123\nyyyy-MM-dd HH:mm:ss.SSS", "0\n2023-11-14T22:13+01:00\nyyyy-MM-dd'T'HH:mmXXX",
    "1\n14 Nov 23\nd MMM yy",
    "2\n9:05 PM\nh:mm a", "3\n2023-318 Europe/Berlin\nuuuu-DDD VV",
    "0\nThursday 1 January 2026\n[EEEE ]d MMMM yyyy[ G]\nAmerica/New_York",
  ]

  private static func textFunctions(_ name: String, _ names: [String], _ seeds: [String]) -> FuzzTarget {
    FuzzTarget(
      name, .text, seeds: seeds.bytes,
      pieces: ["\n", "(", ")", "*", "+", "{1,9}", "[^", "]", "\\", "$", "yyyy", "'", "[", "%", "="]
    ) {
      var calls: [String: LibraryCall] = [:]
      return { input in
        let lines = String(decoding: input, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map(
          String.init)
        guard let first = lines.first, let index = UInt16(first), lines.count <= 6 else { return .refused }
        let name = names[Int(index) % names.count]
        let arguments = lines.dropFirst().map { Value.string($0) }
        let key = "\(name)/\(arguments.count)"
        if calls[key] == nil { calls[key] = call(name, arguments.count) }
        guard let call = calls[key] else { return .refused }
        return (try? call.value(arguments)) == nil ? .refused : .accepted
      }
    }
  }

  private static func call(_ name: String, _ count: Int) -> LibraryCall? {
    let types = Array(repeating: SQLType.string, count: count)
    guard let match = FunctionLibrary.function(named: name)?.match(types) else { return nil }
    return LibraryCall(name, arguments: types, result: match.result)
  }

  /// Texts as values of every type, and those as texts again.
  private static let casts = FuzzTarget(
    "casts", .text,
    seeds: [
      "1.50", "-0", "1e-3", "TRUE", "2026-01-31T09:30:00.000001+01:00", "23:59:59.999999", "2026-01-31", " 12 ",
      "9223372036854775807",
    ].bytes
  ) {
    { input in
      let text = Value.string(String(decoding: input, as: UTF8.self))
      var outcome = Outcome.refused
      for type in types where Value.canBeCast(.string, to: type) {
        guard let value = try? text.cast(from: .string, to: type) else { continue }
        outcome = .accepted
        guard let back = try? value.cast(from: type, to: .string), (try? back.cast(from: .string, to: type)) == value else {
          return .broken("another \(type) after writing and reading")
        }
      }
      return outcome
    }
  }
}
