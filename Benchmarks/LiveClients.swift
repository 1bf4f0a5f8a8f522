import Foundation
import HTTPServing

#if canImport(Glibc)
  import Glibc
#endif

/// The clients of `LiveBench`, all in one thread, so that they take as little as can be from the server beside them.
struct LiveClients {
  private struct Client {
    let descriptor: Int32
    /// The newest change it knows of.
    var seen: Int64 = 0
    /// The end of what it read, in which a number may have begun.
    var rest: [UInt8] = []
  }

  private static let mark = Array(#""trades":"#.utf8)

  private let base: Int64
  private let isSocket: Bool
  private var clients: [Client] = []
  private var waiting: [pollfd] = []
  private var buffer = [UInt8](repeating: 0, count: 1 << 18)
  /// When the server last heard of the clients, seconds.
  private var heard = Measure.now
  private var isCounting = false
  /// Milliseconds from a change to a client, in steps of one.
  private var latencies = [Int](repeating: 0, count: 60_000)
  private var (events, candles, bytes) = (0, 0, 0)

  /// - Parameter base: microseconds at which the feed began.
  static func run(port: Int, base: Int64, way: String, symbols: Int) throws {
    OpenFiles.raiseLimit()
    var all = LiveClients(base: base, isSocket: way == "socket")
    for number in 0..<LiveBench.clients {
      try all.connect(port, number, symbols)
      all.beHeard()
    }
    let deadline = Measure.now + 120
    while !all.clients.allSatisfy({ $0.seen > 1 }), Measure.now < deadline { all.turn() }
    guard all.clients.allSatisfy({ $0.seen > 1 }) else { throw BenchError("not all clients were told something") }
    // What connecting has kept waiting is not counted.
    let settled = Measure.now + 3
    while Measure.now < settled { all.turn() }
    say("warm")
    try all.measure()
    exit(0)
  }

  private init(base: Int64, isSocket: Bool) {
    self.base = base
    self.isSocket = isSocket
  }

  private mutating func measure() throws {
    isCounting = true
    let begin = Measure.now
    var last = begin
    while last - begin < Double(LiveBench.seconds) {
      turn()
      last = Measure.now
    }
    isCounting = false
    let took = last - begin
    let count = latencies.reduce(0, +)
    guard count > 0 else { throw BenchError("nothing was told") }
    for (name, share) in [("p50_ms", 0.5), ("p99_ms", 0.99)] { Measure.report(name, quantile(share, count)) }
    Measure.report("candles", Double(candles) / took)
    Measure.report("megabytes", Double(bytes) / took / 1e6)
    // Nobody is behind: all reach a change that is made after the end.
    let target = (Int64(last * 1e6) - base) / LiveBench.period
    let deadline = last + 10
    while !clients.allSatisfy({ $0.seen >= target }), Measure.now < deadline { turn() }
    Measure.report("dropped", Double(clients.filter { $0.seen < target }.count))
    say("rate \(Double(events) / took)")
  }

  private func quantile(_ share: Double, _ count: Int) -> Double {
    var below = 0
    for (milliseconds, number) in latencies.enumerated() {
      below += number
      if Double(below) >= share * Double(count) { return Double(milliseconds) }
    }
    return .nan
  }

  private mutating func connect(_ port: Int, _ number: Int, _ symbols: Int) throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    guard connected else { throw BenchError("no connection to the server") }
    let names = (0..<symbols).map { "S\((number + $0) % LiveBench.symbols)-USDT" }
    if isSocket {
      send(descriptor, Array(Self.upgrade.utf8))
      guard recv(descriptor, &buffer, 12, Int32(MSG_WAITALL)) == 12, buffer[9..<12].elementsEqual("101".utf8) else {
        throw BenchError("the server does not upgrade")
      }
      let text = Array(
        "{\"op\":\"subscribe\",\"id\":\"a\",\"symbols\":[\(names.map { "\"\($0)\"" }.joined(separator: ","))]}".utf8)
      let length = text.count < 126 ? [UInt8(text.count)] : [126, UInt8(text.count >> 8), UInt8(text.count & 0xff)]
      send(descriptor, [0x81, length[0] | 0x80] + length.dropFirst() + [0, 0, 0, 0] + text)
    } else {
      send(descriptor, Array("GET /v1/stream?symbol=\(names.joined(separator: ",")) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8))
    }
    waiting.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
    clients.append(Client(descriptor: descriptor))
  }

  private static let upgrade =
    "GET /v1/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

  private func send(_ descriptor: Int32, _ bytes: [UInt8]) { _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

  /// A pong that nobody asked for, with a mask of zeros, so that the server does not take silent clients for dead.
  private mutating func beHeard() {
    guard isSocket, Measure.now - heard > 5 else { return }
    heard = Measure.now
    for client in clients { send(client.descriptor, [0x8a, 0x80, 0, 0, 0, 0]) }
  }

  /// Reads what has come, from whoever it has come.
  private mutating func turn() {
    beHeard()
    guard poll(&waiting, UInt(waiting.count), 100) > 0 else { return }
    for index in waiting.indices where waiting[index].revents != 0 { read(index) }
  }

  private mutating func read(_ number: Int) {
    let descriptor = clients[number].descriptor
    let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
    guard count > 0 else {
      // A negative descriptor is waited for no more.
      if count == 0 || errno != EAGAIN { waiting[number].fd = -1 }
      return
    }
    let now = Int64(Measure.now * 1e6)
    let text = clients[number].rest + buffer[..<count]
    let (newest, found, end) = Self.numbers(text)
    clients[number].rest = Array(text[end...])
    if isCounting {
      bytes += count
      candles += found
    }
    guard newest > clients[number].seen else { return }
    if isCounting {
      events += 1
      for change in (clients[number].seen + 1)...newest {
        let waited = (now - base - change * LiveBench.period) / 1_000
        latencies[min(max(0, Int(waited)), latencies.count - 1)] += 1
      }
    }
    clients[number].seen = newest
  }

  /// The largest of the numbers that stand behind a mark, how many there are, and from where on nothing is known yet.
  private static func numbers(_ text: [UInt8]) -> (newest: Int64, found: Int, end: Int) {
    var (newest, found, at) = (Int64(0), 0, 0)
    text.withUnsafeBufferPointer { bytes in
      while at + mark.count < bytes.count {
        guard bytes[at] == mark[0], bytes[(at + 1)..<(at + mark.count)].elementsEqual(mark.dropFirst()) else {
          at += 1
          continue
        }
        var place = at + mark.count
        var value: Int64 = 0
        while place < bytes.count, (48...57).contains(bytes[place]) {
          value = value * 10 + Int64(bytes[place] - 48)
          place += 1
        }
        guard place < bytes.count else { break }
        (newest, found, at) = (max(newest, value), found + 1, place)
      }
    }
    // A mark and its digits are not longer than that, and what was counted is not counted again.
    return (newest, found, max(min(at, text.count), text.count - 32))
  }
}
