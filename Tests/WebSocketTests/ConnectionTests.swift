import TestSupport
import Testing

@testable import WebSocket

@Suite struct `The server's side of a WebSocket` {
  /// A connection that was sent some bytes in pieces, and what came of them.
  private func feed(_ bytes: [UInt8], pieces: [Int] = [], message: Int = 64 << 10) -> (ServerConnection, [String], [UInt8]) {
    var bounds = ServerConnection.Bounds()
    bounds.message = message
    var connection = ServerConnection(bounds, now: 0)
    var (texts, sent): ([String], [UInt8]) = ([], [])
    var rest = bytes[...]
    for size in pieces + [Int.max] {
      let piece = rest.prefix(size)
      rest = rest.dropFirst(size)
      connection.receive(piece, now: 0)
      while let text = connection.nextMessage(now: 0) { texts.append(text) }
      sent += connection.takeControl()
      #expect(connection.held <= message + 14 + piece.count)
    }
    return (connection, texts, sent)
  }

  @Test func `the standard's examples are read and written`() {
    let hello: [UInt8] = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]
    #expect(feed(hello).1 == ["Hello"])
    #expect(ClientFrame.text("Hello") == hello)
    #expect(Frame(.text, Array("Hello".utf8)).bytes == [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f])
    let ping: [UInt8] = [0x89, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]
    #expect(feed(ping).2 == [0x8a, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f])
    #expect(Frame.head(.binary, count: 256) == [0x82, 0x7e, 0x01, 0x00])
    #expect(Frame.head(.binary, count: 65_536) == [0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0])
  }

  @Test func `messages come whole however they are cut, with pings between their frames`() {
    var random = SeededGenerator.forTest("websocket")
    let texts = (0..<40).map { _ in
      String((0..<Int.random(in: 0..<400, using: &random)).map { _ in "aé€😀".randomElement(using: &random)! })
    }
    var bytes: [UInt8] = []
    for text in texts {
      var rest = Array(text.utf8)[...]
      var opcode: UInt8 = 1
      while Bool.random(using: &random) {
        let size = Int.random(in: 0...rest.count, using: &random)
        bytes += ClientFrame(opcode, Array(rest.prefix(size)), isFinal: false).bytes
        bytes += ClientFrame(9, [1]).bytes
        (rest, opcode) = (rest.dropFirst(size), 0)
      }
      bytes += ClientFrame(opcode, Array(rest)).bytes
    }
    for _ in 0..<20 {
      let pieces = (0..<Int.random(in: 1...400, using: &random)).map { _ in Int.random(in: 1...60, using: &random) }
      let (connection, read, sent) = feed(bytes, pieces: pieces)
      #expect(read == texts)
      #expect(connection.state == .open)
      #expect(ClientFrame.read(sent).frames.allSatisfy { $0.opcode == 10 && $0.payload == [1] })
    }
  }

  /// Bytes that are against the protocol, and the code that says so.
  private static let faults: [(String, [UInt8], UInt16)] = {
    func frame(_ opcode: UInt8, _ payload: [UInt8] = [], _ change: (inout ClientFrame) -> Void = { _ in }) -> [UInt8] {
      var frame = ClientFrame(opcode, payload)
      change(&frame)
      return frame.bytes
    }
    return [
      ("no mask", frame(1, [65]) { $0.mask = nil }, 1002),
      ("reserved bit 1", frame(1, [65]) { $0.reserved = 4 }, 1002), ("reserved bit 3", frame(1, [65]) { $0.reserved = 1 }, 1002),
      ("reserved opcode 3", frame(3), 1002), ("reserved opcode 15", frame(15), 1002),
      ("a ping in pieces", frame(9) { $0.isFinal = false }, 1002),
      ("a closing frame in pieces", frame(8) { $0.isFinal = false }, 1002),
      ("a long ping", frame(9, Array(repeating: 0, count: 126)), 1002),
      ("a binary message", frame(2, [1, 2]), 1003),
      ("text that is not UTF-8", frame(1, [0xff]), 1007), ("half a character", frame(1, [0xe2, 0x82]), 1007),
      ("a surrogate", frame(1, [0xed, 0xa0, 0x80]), 1007),
      ("a continuation of nothing", frame(0, [65]), 1002),
      ("a message within another", frame(1, [65]) { $0.isFinal = false } + frame(1, [66]), 1002),
      ("a large message", frame(1, Array(repeating: 65, count: 65_537)), 1009),
      ("a large message in pieces", frame(1, Array(repeating: 65, count: 65_536)) { $0.isFinal = false } + frame(0, [65]), 1009),
      ("a giant length", frame(1) { $0.length = [127, 0x7f, 255, 255, 255, 255, 255, 255, 255] }, 1009),
      ("a negative length", frame(1) { $0.length = [127, 255, 255, 255, 255, 255, 255, 255, 255] }, 1002),
      ("a length of 5 in two bytes", frame(1) { $0.length = [126, 0, 5] }, 1002),
      ("half a code", frame(8, [3]), 1002), ("code 999", ClientFrame.close(999), 1002),
      ("code 1004", ClientFrame.close(1004), 1002), ("code 1005", ClientFrame.close(1005), 1002),
      ("code 1006", ClientFrame.close(1006), 1002), ("code 1015", ClientFrame.close(1015), 1002),
      ("code 2999", ClientFrame.close(2999), 1002), ("code 5000", ClientFrame.close(5000), 1002),
      ("a reason that is not UTF-8", frame(8, [3, 232, 0xff]), 1007),
    ]
  }()

  @Test(arguments: faults.map(\.0))
  func `what is against the protocol gets its code, and nothing behind it is read`(name: String) throws {
    let fault = try #require(Self.faults.first { $0.0 == name })
    let before = ClientFrame.text("before")
    let (connection, texts, sent) = feed(before + fault.1 + ClientFrame.text("behind"))
    let frames = ClientFrame.read(sent).frames
    #expect(texts == ["before"])
    #expect(frames.count == 1 && frames.first?.opcode == 8)
    #expect(frames.first.map { UInt16($0.payload[0]) << 8 | UInt16($0.payload[1]) } == fault.2)
    #expect(connection.state == .closing && connection.held == 0)
    // The same byte by byte: what is told does not depend on how it came.
    let slow = feed(before + fault.1 + ClientFrame.text("behind"), pieces: Array(repeating: 1, count: min(200, fault.1.count)))
    #expect(slow.1 == ["before"] && slow.2 == sent)
  }

  @Test(arguments: [1000, 1001, 1003, 1007, 1011, 1014, 3000, 4999] as [UInt16])
  func `a closing frame is answered with its code`(code: UInt16) {
    let (connection, texts, sent) = feed(ClientFrame.close(code, "because") + ClientFrame.text("behind"))
    #expect(connection.state == .closed && texts.isEmpty && connection.error == nil)
    #expect(sent == [0x88, 2, UInt8(code >> 8), UInt8(code & 0xff)])
  }

  @Test func `one without a code is answered by one without`() {
    #expect(feed(ClientFrame(8, []).bytes).2 == [0x88, 0])
  }

  @Test func `who closes first waits for the answer, but not for long`() {
    for answers in [true, false] {
      var connection = ServerConnection(now: 0)
      connection.close(.goingAway, "the service ends", now: 100)
      #expect(connection.takeControl() == [0x88, 18, 0x03, 0xe9] + Array("the service ends".utf8))
      connection.receive(ClientFrame.text("what crossed it"), now: 200)
      #expect(connection.nextMessage(now: 200) == nil && connection.state == .closing)
      if answers { connection.receive(ClientFrame.close(1001), now: 300) }
      #expect(connection.nextMessage(now: 300) == nil)
      #expect(connection.state == (answers ? .closed : .closing) && connection.takeControl().isEmpty)
      connection.pass(now: 2_100)
      #expect(connection.state == .closed)
    }
  }

  @Test func `a silent peer is asked, and given up on where it does not answer`() {
    var connection = ServerConnection(now: 0)
    var pings = 0
    // A day in which the peer answers.
    for now in stride(from: Int64(0), through: 86_400_000, by: 1_000) {
      connection.pass(now: now)
      let sent = connection.takeControl()
      guard !sent.isEmpty else { continue }
      #expect(sent == [0x89, 0])
      pings += 1
      connection.receive(ClientFrame(10, []).bytes, now: now + 5)
      #expect(connection.nextMessage(now: now + 5) == nil)
    }
    #expect(connection.state == .open && pings > 5_000 && pings <= 5_760 && connection.held == 0)
    let heard: Int64 = 86_400_000
    connection.receive(ClientFrame(10, []).bytes, now: heard)
    connection.pass(now: heard + 15_000)
    #expect(connection.takeControl() == [0x89, 0])
    connection.pass(now: heard + 29_999)
    #expect(connection.state == .open)
    connection.pass(now: heard + 30_000)
    #expect(connection.state == .closed)
  }

  @Test func `of many pings the last is answered, so that nothing piles up`() {
    var connection = ServerConnection(now: 0)
    for number in 0..<100 {
      connection.receive(ClientFrame(9, [UInt8(number)]).bytes, now: 0)
      #expect(connection.nextMessage(now: 0) == nil)
    }
    #expect(connection.takeControl() == [0x8a, 1, 99])
    #expect(connection.takeControl().isEmpty)
  }
}
