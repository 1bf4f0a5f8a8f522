import Foundation
import Logging
import Telemetry
import TestSupport
import Testing

/// Log lines, read back by Foundation's parser.
@Suite struct `Log lines` {
  private func line(_ message: String = "committed", _ metadata: Logger.Metadata = [:], time: Int64 = 0) -> LogLine {
    LogLine(
      time: time, level: .warning, logger: "wick.sink", message: message, source: "Lake", metadata: metadata, role: "sink",
      pid: 42)
  }

  /// The one object of the one line.
  private func read(_ line: LogLine, _ location: SourceLocation = #_sourceLocation) throws -> [String: Any] {
    let bytes = line.bytes(.json)
    #expect(bytes.last == 0x0a && bytes.count { $0 == 0x0a } == 1 && bytes.count <= 4096, sourceLocation: location)
    let text = try #require(String(validating: bytes, as: UTF8.self), sourceLocation: location)
    #expect(
      text.dropLast().split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).count == 1, sourceLocation: location)
    return try #require(JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any], sourceLocation: location)
  }

  @Test func `one event is one object with its fields`() throws {
    let object = try read(line("it's done", ["rows": .stringConvertible(Int64.max), "table": "silver.candles"]))
    #expect(Set(object.keys) == ["time", "level", "logger", "message", "source", "role", "pid", "metadata"])
    #expect(object["time"] as? String == "1970-01-01T00:00:00.000000Z")
    #expect(object["level"] as? String == "warning" && object["logger"] as? String == "wick.sink")
    #expect(object["message"] as? String == "it's done" && object["source"] as? String == "Lake")
    #expect(object["role"] as? String == "sink" && object["pid"] as? Int == 42)
    let metadata = try #require(object["metadata"] as? [String: Any])
    #expect(metadata["rows"] as? Int64 == Int64.max && metadata["table"] as? String == "silver.candles")
    #expect(try read(line())["metadata"] == nil)
  }

  @Test func `times are what Foundation makes of them, before 1970 and in leap years too`() throws {
    var random = SeededGenerator.forTest("log times")
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: false)
    let fixed: [Int64] = [
      0, 1, 951_782_399_999_999, 951_782_400_000_000, 4_107_542_399_000_000, -1, -86_400_000_000, 1_709_164_800_000_000,
    ]
    let drawn = (0..<2000).map { _ in Int64.random(in: -2_000_000_000_000_000...8_000_000_000_000_000, using: &random) }
    for micros in fixed + drawn {
      let seconds = (Double(micros) / 1e6).rounded(.down)
      let fraction = micros - Int64(seconds) * 1_000_000
      let expected = Date(timeIntervalSince1970: seconds).formatted(style).dropLast() + String(format: ".%06dZ", fraction)
      #expect(try read(line(time: micros))["time"] as? String == String(expected), "\(micros)")
    }
  }

  @Test func `whatever is in a text comes back, and no character of it can be seen as an end of line`() throws {
    let all = String(String.UnicodeScalarView((0..<0x3000).compactMap(Unicode.Scalar.init)))
    var rest = Substring(all)
    while !rest.isEmpty {
      let piece = String(rest.unicodeScalars.prefix(100))
      rest = Substring(rest.unicodeScalars.dropFirst(100))
      let object = try read(line(piece, ["key\"\n": .string(piece)]))
      #expect(object["message"] as? String == piece)
      #expect((object["metadata"] as? [String: Any])?["key\"\n"] as? String == piece)
    }
    let broken = String(decoding: [0x61, 0xff, 0xc3, 0x28, 0xed, 0xa0, 0x80], as: UTF8.self)
    #expect(try read(line(broken))["message"] as? String == broken)
  }

  @Test func `metadata named like a field takes nobody's place`() throws {
    let object = try read(line("m", ["time": "never", "level": "none", "metadata": "x"]))
    #expect(object["level"] as? String == "warning" && object["time"] as? String != "never")
    #expect(object["metadata"] as? [String: String] == ["time": "never", "level": "none", "metadata": "x"])
  }

  @Test func `nested metadata stays nested, and values without a notation are text`() throws {
    let object = try read(
      line(
        "m",
        [
          "rows": ["bronze.trades": .stringConvertible(3), "silver.candles": .stringConvertible(UInt8(7))],
          "list": ["a", .stringConvertible(true), .stringConvertible(0.25), .stringConvertible(Double.nan)], "empty": [:],
        ]))
    let expected: NSDictionary = [
      "rows": ["bronze.trades": 3, "silver.candles": 7], "list": ["a", true, 0.25, "nan"] as [Any],
      "empty": [String: Any](),
    ]
    #expect(try #require(object["metadata"] as? NSDictionary) == expected)
  }

  @Test func `huge and deep metadata is cut, and still one object of bounded size`() throws {
    let long = String(repeating: "\"\u{1}é", count: 100_000)
    let value = try #require(
      (read(line(long, ["error": .string(long)]))["metadata"] as? [String: Any])?["error"] as? String)
    #expect(value.hasPrefix("\"\u{1}é") && value.hasSuffix("…"))

    let many = Dictionary(uniqueKeysWithValues: (0..<5000).map { ("k\($0)", Logger.MetadataValue.string(long)) })
    let kept = try #require(read(line(long, many))["metadata"] as? [String: Any])
    #expect(kept["…"] as? Int == 5000 - (kept.count - 1))

    let list = try #require(
      (read(line("m", ["l": .array((0..<5000).map { .stringConvertible($0) })]))["metadata"] as? [String: Any])?["l"] as? [Any])
    #expect(list.first as? Int == 0 && list.last as? String == "…")

    let deep = (0..<5000).reduce(Logger.MetadataValue.string("end")) { inner, _ in ["in": inner] }
    _ = try read(line("m", ["deep": deep, "lists": (0..<5000).reduce("end") { inner, _ in [inner] }]))
  }

  @Test func `random metadata of any shape is one object in one line, in both forms`() throws {
    var random = SeededGenerator.forTest("log metadata")
    func text() -> String {
      String(
        String.UnicodeScalarView(
          (0..<Int.random(in: 0...40, using: &random)).compactMap { _ in
            Unicode.Scalar(UInt32.random(in: 0...0x2100, using: &random))
          }))
    }
    func value(_ depth: Int) -> Logger.MetadataValue {
      switch Int.random(in: 0...(depth > 8 ? 1 : 3), using: &random) {
      case 0: .string(text())
      case 1: .stringConvertible(Int.random(in: .min ... .max, using: &random))
      case 2: .array((0..<Int.random(in: 0...6, using: &random)).map { _ in value(depth + 1) })
      default: .dictionary(members(depth + 1))
      }
    }
    func members(_ depth: Int) -> Logger.Metadata {
      Dictionary((0..<Int.random(in: 0...6, using: &random)).map { _ in (text(), value(depth)) }) { $1 }
    }
    for _ in 0..<300 {
      let line = line(text(), members(0))
      _ = try read(line)
      let plain = line.bytes(.text)
      #expect(plain.count { $0 < 0x20 || $0 == 0x7f } == 1 && plain.last == 0x0a && plain.count <= 4096)
    }
  }

  @Test func `text is for people: no quotes where none are needed, nothing a terminal obeys`() {
    let said = String(
      decoding: line("it broke", ["error": "no \"way\"\u{1b}[2J", "topic": "trades.raw", "n": .stringConvertible(3)]).bytes(
        .text),
      as: UTF8.self)
    #expect(
      said == #"1970-01-01T00:00:00.000000Z warning wick.sink it broke error="no \"way\"\u001b[2J" n=3 topic=trades.raw"# + "\n")
  }

  @Test func `a handler merges what it and its event know, the event last`() throws {
    let lines = Lines()
    var logger = Logger(label: "wick.test") { label in
      LineLogHandler(label: label, level: .info, format: .json, role: "up", pid: 1, now: { 7 }, write: lines.add)
    }
    logger[metadataKey: "worker"] = .stringConvertible(1)
    logger[metadataKey: "query"] = "Q"
    logger.debug("not this")
    logger.info("this", metadata: ["query": "R"])
    let object = try #require(
      lines.all.first.flatMap { try JSONSerialization.jsonObject(with: Data($0)) as? [String: Any] })
    #expect(lines.all.count == 1 && object["message"] as? String == "this")
    #expect(try #require(object["metadata"] as? NSDictionary) == ["worker": 1, "query": "R"] as NSDictionary)
    #expect(object["source"] as? String == "TelemetryTests")
  }

  private final class Lines: @unchecked Sendable {
    private let lock = NSLock()
    private var lines: [[UInt8]] = []
    var all: [[UInt8]] { lock.withLock { lines } }
    func add(_ line: [UInt8]) { lock.withLock { lines.append(line) } }
  }
}
