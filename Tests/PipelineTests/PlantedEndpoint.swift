import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// An HTTP server that answers every request in one way, or not at all, and keeps what it was sent.
final class PlantedEndpoint: Sendable {
  enum Habit: Sendable {
    /// Takes everything and never answers.
    case silent
    case status(Int)
  }

  let port: Int
  private let listener: Int32
  private let habit: Habit
  private let received = Mutex<[String]>([])
  private let open = Mutex<Set<Int32>>([])

  init(_ habit: Habit) throws {
    self.habit = habit
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = listener
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && listen(descriptor, 64) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    guard isBound else { throw Scene.Broken(description: "no port for a planted endpoint: error \(errno)") }
    port = Int(in_port_t(bigEndian: address.sin_port))
    Thread.detachNewThread { [self] in
      while true {
        let connection = accept(descriptor, nil, nil)
        guard connection >= 0 else { return }
        _ = open.withLock { $0.insert(connection) }
        Thread.detachNewThread { [self] in serve(connection) }
      }
    }
  }

  var url: String { "http://127.0.0.1:\(port)/api/v1/lineage" }
  /// The requests' bodies, in the order they came.
  var bodies: [String] { received.withLock { $0 } }
  /// Requests under way: begun, and not ended by either side.
  var openConnections: Int { open.withLock { $0.count } }

  func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  private func serve(_ connection: Int32) {
    defer {
      _ = open.withLock { $0.remove(connection) }
      close(connection)
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(connection, &buffer, buffer.count)
      guard count > 0 else { return }
      bytes += buffer[..<count]
      while let (body, rest) = Self.request(bytes) {
        bytes = rest
        received.withLock { $0.append(body) }
        guard case .status(let status) = habit else { continue }
        let answer = Array("HTTP/1.1 \(status) Planted\r\nContent-Length: 0\r\n\r\n".utf8)
        guard write(connection, answer, answer.count) == answer.count else { return }
      }
    }
  }

  /// The first whole request's body, and what comes after it.
  private static func request(_ bytes: [UInt8]) -> (String, [UInt8])? {
    guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
    let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).lowercased()
    let line = head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
    let length = line.flatMap { Int($0.dropFirst("content-length:".count).trimmingCharacters(in: .whitespaces)) } ?? 0
    guard bytes.count >= end.upperBound + length else { return nil }
    let body = bytes[end.upperBound..<end.upperBound + length]
    return (String(decoding: body, as: UTF8.self), Array(bytes[(end.upperBound + length)...]))
  }
}
