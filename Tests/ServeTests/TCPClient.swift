import Foundation

@testable import Serve

#if canImport(Glibc)
  import Glibc
#endif

/// A client that sends bytes as it likes, and reads what comes back as it comes. Belongs to one thread at a time.
final class TCPClient: @unchecked Sendable {
  private let socket: Int32
  private(set) var received: [UInt8] = []

  /// - Parameters:
  ///   - seconds: after which a read that brings nothing gives up.
  ///   - bytes: how much may lie unread on this side.
  init(port: Int, seconds: Int = 30, receives bytes: Int32? = nil) throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var limit = timeval(tv_sec: seconds, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    if var bytes { setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size)) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw ServeError(.failed, "cannot connect") }
  }

  deinit { Glibc.close(socket) }

  /// False when the other side has closed.
  @discardableResult
  func send(_ text: String) -> Bool { send(Array(text.utf8)) }

  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
  }

  /// Says that nothing more is sent.
  func finish() { shutdown(socket, Int32(SHUT_WR)) }

  func get(_ path: String, _ headers: [String] = []) {
    send("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers.map { $0 + "\r\n" }.joined() + "\r\n")
  }

  /// Whether something lies there to be read, or the other side has closed.
  var hasBytes: Bool {
    var byte: UInt8 = 0
    return recv(socket, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) >= 0
  }

  /// Reads once; false at the end.
  func read() -> Bool {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = recv(socket, &buffer, buffer.count, 0)
    guard count > 0 else { return false }
    received += buffer.prefix(count)
    return true
  }

  /// Reads until the body holds a text; false when it ends before.
  func read(until text: String) -> Bool {
    while !body.contains(text) { if !read() { return false } }
    return true
  }

  private var headEnd: Int? { received.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound }

  var hasHead: Bool { headEnd != nil }

  /// Bytes of the head and the empty line behind it.
  var headBytes: Int { headEnd ?? received.count }

  var head: String { String(decoding: received, as: UTF8.self).components(separatedBy: "\r\n\r\n")[0] }

  /// The body without the marks of its chunks.
  var body: String {
    guard let start = received.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound else { return "" }
    var rest = received[start...]
    var body: [UInt8] = []
    while let line = rest.firstRange(of: [13, 10]) {
      guard let size = Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16), size > 0 else { break }
      body += rest[line.upperBound...].prefix(size)
      rest = rest[line.upperBound...].dropFirst(size + 2)
    }
    return String(decoding: body, as: UTF8.self)
  }

  /// Events that came whole: name, id and data.
  var events: [(name: String, id: String, data: String)] {
    body.components(separatedBy: "\n\n").dropLast().compactMap { block in
      func field(_ name: String) -> String? {
        block.split(separator: "\n").first { $0.hasPrefix("\(name): ") }.map { String($0.dropFirst(name.count + 2)) }
      }
      guard let name = field("event") else { return nil }
      return (name, field("id") ?? "", field("data") ?? "")
    }
  }
}
