import EmbeddedKafka
import Foundation
import Logging

#if canImport(Glibc)
  import Glibc
#endif

/// The embedded broker and registry in a process of their own.
final class BrokerProcess {
  private let child: Child
  let bootstrap: String
  let registry: String

  /// What the process does: serves until it is killed.
  static func serve(port: Int, folder: String) throws {
    var logger = Logger(label: "wick.broker")
    logger.logLevel = .error
    let broker = EmbeddedBroker(
      configuration: .init(port: port, dataDirectory: folder, fsync: .interval(milliseconds: 1000), defaultPartitions: 4),
      logger: logger)
    let bound = try broker.start()
    let registry = try EmbeddedSchemaRegistry(port: 0, broker: broker)
    say("ready \(bound) \(try registry.start())")
    while true { pause() }
  }

  init(folder: String, port: Int = 0) throws {
    child = try Child.bench("broker", "\(port)", folder)
    let words = (child.readLine() ?? "").split(separator: " ")
    guard words.count == 3, words[0] == "ready" else { throw BenchError("the broker did not start") }
    bootstrap = "127.0.0.1:\(words[1])"
    registry = "http://127.0.0.1:\(words[2])"
  }

  func kill() { child.kill() }
}

/// A port that nobody listens on at the moment.
func freePort() throws -> Int {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var address = loopback(0)
  var size = socklen_t(MemoryLayout<sockaddr_in>.size)
  let bound = withUnsafeMutablePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
    }
  }
  guard bound else { throw BenchError("no free port") }
  return Int(UInt16(bigEndian: address.sin_port))
}

/// Whether a broker on `port` answers a Metadata request.
func answersMetadata(port: Int) -> Bool {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var address = loopback(UInt16(port))
  let connected = withUnsafePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
    }
  }
  guard connected else { return false }
  // Metadata v1, correlation id 7, client id "b", all topics.
  let request: [UInt8] = [0, 0, 0, 15, 0, 3, 0, 1, 0, 0, 0, 7, 0, 1, 98, 0xff, 0xff, 0xff, 0xff]
  guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else { return false }
  var answer = [UInt8](repeating: 0, count: 8)
  return recv(descriptor, &answer, 8, Int32(MSG_WAITALL)) == 8 && answer[7] == 7
}

private func loopback(_ port: UInt16) -> sockaddr_in {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = port.bigEndian
  address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
  return address
}
