import Foundation
import TestSupport

#if canImport(Glibc)
  import Glibc
#endif

/// The few requests that no client of ours sends, as bytes, over one connection each: old versions that every broker speaks.
struct RawRequests {
  private let host: String
  private let port: UInt16

  struct Failed: Error, CustomStringConvertible { let description: String }

  init(_ bootstrap: String) throws {
    let parts = bootstrap.split(separator: ",")[0].split(separator: ":").map(String.init)
    guard parts.count == 2, let port = UInt16(parts[1]) else { throw Failed(description: "no address: \(bootstrap)") }
    host = parts[0] == "localhost" ? "127.0.0.1" : parts[0]
    self.port = port
  }

  /// CreatePartitions v0: the new number of partitions of a topic.
  func grow(_ topic: String, to count: Int32) throws {
    var body = Bytes()
    body.array([topic]) { body, topic in
      body.string(topic)
      body.number(count)
      body.number(Int32(-1))
    }
    body.number(Int32(10_000))
    body.bytes.append(0)
    var answer = try call(37, 0, body)
    _ = try answer.number(Int32.self)
    try answer.each { answer in
      _ = try answer.string()
      let code = try answer.number(Int16.self)
      // INVALID_PARTITIONS: an attempt whose answer was lost had done it.
      if code != 0, code != 37 { throw Failed(description: "create partitions: error \(code)") }
    }
  }

  /// IncrementalAlterConfigs v0: sets one setting of a topic.
  func set(_ name: String, _ value: String, ofTopic topic: String) throws {
    var body = Bytes()
    body.array([topic]) { body, topic in
      body.bytes.append(2)
      body.string(topic)
      body.array([name]) { body, name in
        body.string(name)
        body.bytes.append(0)
        body.string(value)
      }
    }
    body.bytes.append(0)
    var answer = try call(44, 0, body)
    _ = try answer.number(Int32.self)
    try answer.each { answer in
      let code = try answer.number(Int16.self)
      if code != 0 { throw Failed(description: "alter settings: error \(code)") }
    }
  }

  /// OffsetDelete v0: forgets what a group has committed of partition 0 of a topic.
  func deleteOffsets(of group: String, topic: String) throws {
    var body = Bytes()
    body.string(group)
    body.array([topic]) { body, topic in
      body.string(topic)
      body.array([Int32(0)]) { $0.number($1) }
    }
    var answer = try call(47, 0, body)
    let code = try answer.number(Int16.self)
    if code != 0 { throw Failed(description: "delete offsets: error \(code)") }
  }

  /// ListTransactions v0: the transactional ids whose transaction is under way, of those that begin with `prefix`.
  func openTransactions(prefix: String) throws -> [String] {
    var body = Bytes()
    // No filter by state or producer, no tags: a compact array counts from one.
    body.bytes += [1, 1, 0]
    var answer = try call(66, 0, body, isFlexible: true)
    _ = try answer.number(Int32.self)
    let code = try answer.number(Int16.self)
    if code != 0 { throw Failed(description: "list transactions: error \(code)") }
    for _ in 0..<(try answer.varint() - 1) { _ = try answer.compactString() }
    var open: [String] = []
    for _ in 0..<(try answer.varint() - 1) {
      let id = try answer.compactString()
      _ = try answer.number(Int64.self)
      let state = try answer.compactString()
      _ = try answer.varint()
      if id.hasPrefix(prefix), state == "Ongoing" || state.hasPrefix("Prepare") { open.append(id) }
    }
    return open
  }

  // MARK: One request, one answer

  private func call(_ key: Int16, _ version: Int16, _ body: Bytes, isFlexible: Bool = false) throws -> Answer {
    var frame = Bytes()
    frame.number(key)
    frame.number(version)
    frame.number(Int32(7))
    frame.string("wick-test")
    if isFlexible { frame.bytes.append(0) }
    frame.bytes += body.bytes
    var whole = Bytes()
    whole.number(Int32(frame.bytes.count))
    whole.bytes += frame.bytes
    let connection = try Connection(host, port)
    try connection.send(whole.bytes)
    var length = Answer(bytes: try connection.receive(4)[...])
    var answer = Answer(bytes: try connection.receive(Int(length.number(Int32.self)))[...])
    guard try answer.number(Int32.self) == 7 else { throw Failed(description: "an answer to another request") }
    if isFlexible { _ = try answer.varint() }
    return answer
  }

  private struct Bytes {
    var bytes: [UInt8] = []

    mutating func number(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.bigEndian) { bytes += $0 } }

    mutating func string(_ text: String) {
      number(Int16(text.utf8.count))
      bytes += text.utf8
    }

    mutating func array<T>(_ items: [T], _ write: (inout Bytes, T) -> Void) {
      number(Int32(items.count))
      for item in items { write(&self, item) }
    }
  }

  private struct Answer {
    var bytes: ArraySlice<UInt8>

    private mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
      guard count >= 0, bytes.count >= count else { throw Failed(description: "a short answer") }
      defer { bytes = bytes.dropFirst(count) }
      return bytes.prefix(count)
    }

    mutating func number<T: FixedWidthInteger>(_ type: T.Type) throws -> T {
      try take(MemoryLayout<T>.size).reduce(0) { $0 << 8 | T(truncatingIfNeeded: $1) }
    }

    mutating func string() throws -> String { String(decoding: try take(Int(number(Int16.self))), as: UTF8.self) }

    mutating func varint() throws -> Int {
      var value = 0
      var shift = 0
      while true {
        let byte = try number(UInt8.self)
        value |= Int(byte & 0x7f) << shift
        if byte & 0x80 == 0 { return value }
        shift += 7
      }
    }

    mutating func compactString() throws -> String { String(decoding: try take(varint() - 1), as: UTF8.self) }

    mutating func each(_ read: (inout Answer) throws -> Void) throws {
      // What follows in an element is of no interest, so only the first is read.
      if try number(Int32.self) > 0 { try read(&self) }
    }
  }

  private final class Connection {
    private let descriptor: Int32

    init(_ host: String, _ port: UInt16) throws {
      descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = in_port_t(port.bigEndian)
      address.sin_addr.s_addr = inet_addr(host)
      var patience = timeval(tv_sec: 20, tv_usec: 0)
      setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
      let code = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      guard code == 0 else { throw Failed(description: "nobody listens at \(host):\(port)") }
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) throws {
      guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
        throw Failed(description: "the connection ended")
      }
    }

    func receive(_ count: Int) throws -> [UInt8] {
      var bytes = [UInt8](repeating: 0, count: count)
      var got = 0
      while got < count {
        let now = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress.map { $0 + got }, count - got, 0) }
        guard now > 0 else { throw Failed(description: "the connection ended") }
        got += now
      }
      return bytes
    }
  }
}
