import Foundation
import Prompt
import Testing

@Suite struct `Keys of a terminal` {
  @Test func `Sequences become keys however the bytes are cut`() {
    let bytes: [UInt8] = Array("aé".utf8) + [27, 91, 68, 27, 91, 51, 126, 27, 91, 49, 59, 53, 67, 27, 79, 72, 1, 127, 9, 13]
    let expected: [Key] = [
      .character("a"), .character("é"), .left, .delete, .wordRight, .home, .control("a"), .backspace, .tab, .enter,
    ]
    for cut in 0...bytes.count {
      var decoder = KeyDecoder()
      #expect(decoder.take(bytes[..<cut]) + decoder.take(bytes[cut...]) == expected)
    }
  }

  @Test func `Bytes that are no text are no key, and do not hold up those behind`() {
    var decoder = KeyDecoder()
    #expect(decoder.take([0xff, 0x80, UInt8(ascii: "x"), 0]) == [.unknown, .unknown, .character("x"), .unknown])
  }
}

@Suite struct `A line that is edited` {
  private func line(_ keys: [Key], from text: String = "") -> LineBuffer {
    var buffer = LineBuffer()
    buffer.insert(text)
    for key in keys { _ = buffer.take(key) }
    return buffer
  }

  @Test func `Keys move, insert and remove where the cursor stands`() {
    #expect(line([.left, .left, .character("X")], from: "abcd").text == "abXcd")
    #expect(line([.home, .delete, .end, .backspace], from: "abcd").text == "bc")
    #expect(line([.wordLeft, .control("k")], from: "select price").text == "select ")
    #expect(line([.control("w"), .control("w"), .control("y")], from: "a bb cc").text == "a bb ")
    #expect(line([.home, .wordRight, .control("u")], from: "one two").text == " two")
    #expect(line([.left, .left, .left, .right, .home, .left, .backspace], from: "é").text == "é")
  }

  @Test func `Only the word before the cursor is completed`() {
    var buffer = line([.wordLeft, .left], from: "SELECT * FROM can WHERE")
    #expect(buffer.word == "can")
    buffer.complete("candles_1m")
    #expect(buffer.text == "SELECT * FROM candles_1m WHERE")
  }
}

@Suite struct `Completion of words` {
  private let completion = Completion(words: ["SELECT", "SHOW", "STREAMS", "STREAM", "CANDLES_1M", "candles_5m"])

  @Test func `One candidate is completed, several as far as they agree, then listed`() {
    #expect(completion.outcome(of: "SEL") == .complete("SELECT "))
    #expect(completion.outcome(of: "sel") == .complete("select "))
    #expect(completion.outcome(of: "ST") == .complete("STREAM"))
    #expect(completion.outcome(of: "STREAM") == .choices(["STREAM", "STREAMS"]))
    #expect(completion.outcome(of: "CAN") == .complete("CANDLES_"))
    #expect(completion.outcome(of: "x") == .none)
    #expect(completion.outcome(of: "") == .none)
  }
}

@Suite struct `Statements of a text` {
  @Test func `Semicolons in quotes and comments end nothing`() {
    let text = "SELECT ';' FROM \"a;b\"; -- one; two\nSHOW /* ; */ STREAMS; /*/ ; */ PRINT 'it''s;'"
    let (statements, rest) = StatementSplitter.split(text)
    #expect(statements == ["SELECT ';' FROM \"a;b\"", " -- one; two\nSHOW /* ; */ STREAMS"])
    #expect(rest == " /*/ ; */ PRINT 'it''s;'")
  }

  @Test func `Comments and blanks are nothing to carry out`() {
    #expect(!StatementSplitter.hasContent(" \n-- all comment\n/* and ; more */ "))
    #expect(StatementSplitter.hasContent("-- a\nSHOW"))
    #expect(!StatementSplitter.hasContent("/* never closed"))
  }
}

@Suite struct `What was entered before` {
  @Test func `Entries are walked, kept in a file for their owner alone, and read back`() throws {
    let folder = NSTemporaryDirectory() + "wick-history-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/state/history"
    var history = History(path: path)
    try history.add("SHOW STREAMS;")
    try history.add("SELECT *\nFROM t WHERE a = '\\n';")
    try history.add("SELECT *\nFROM t WHERE a = '\\n';")
    try history.add("   ")
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    var again = History(path: path)
    #expect(again.entries == ["SHOW STREAMS;", "SELECT *\nFROM t WHERE a = '\\n';"])
    #expect(again.previous("draft") == "SELECT *\nFROM t WHERE a = '\\n';")
    #expect(again.previous("") == "SHOW STREAMS;")
    #expect(again.previous("") == nil)
    #expect(again.next() == "SELECT *\nFROM t WHERE a = '\\n';")
    #expect(again.next() == "draft")
    #expect(again.next() == nil)
  }

  @Test func `The state folder comes before the home folder`() {
    #expect(History.standardPath(["XDG_STATE_HOME": "/s", "HOME": "/h"]) == "/s/wick/history")
    #expect(History.standardPath(["HOME": "/h"]) == "/h/.wick_history")
    #expect(History.standardPath([:]) == nil)
  }
}
