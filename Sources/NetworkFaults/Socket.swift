#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Blocking TCP on 127.0.0.1 and what names resolve to. Every failure reads as the end of the connection, which is what it is.
enum Socket {
  private static var stream: Int32 {
    #if canImport(Glibc)
      Int32(SOCK_STREAM.rawValue)
    #else
      SOCK_STREAM
    #endif
  }

  /// - Returns: a descriptor that listens on a port of the system's choice, and that port.
  static func listen() throws(NetworkFaultError) -> (descriptor: Int32, port: Int32) {
    let descriptor = socket(AF_INET, stream, 0)
    guard descriptor >= 0 else { throw .noSocket(errno) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listens = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        #if canImport(Glibc)
          Glibc.bind(descriptor, $0, size) == 0 && Glibc.listen(descriptor, 256) == 0 && getsockname(descriptor, $0, &size) == 0
        #else
          Darwin.bind(descriptor, $0, size) == 0 && Darwin.listen(descriptor, 256) == 0 && getsockname(descriptor, $0, &size) == 0
        #endif
      }
    }
    guard listens else {
      let code = errno
      close(descriptor)
      throw .noSocket(code)
    }
    return (descriptor, Int32(UInt16(bigEndian: address.sin_port)))
  }

  /// Nil when nobody listens there.
  static func connect(_ endpoint: Endpoint) -> Int32? {
    var hints = addrinfo()
    hints.ai_family = AF_INET
    hints.ai_socktype = stream
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(endpoint.host, String(endpoint.port), &hints, &found) == 0, let found else { return nil }
    defer { freeaddrinfo(found) }
    let descriptor = socket(AF_INET, stream, 0)
    guard descriptor >= 0 else { return nil }
    #if canImport(Glibc)
      let code = Glibc.connect(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen)
    #else
      let code = Darwin.connect(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen)
    #endif
    guard code == 0 else {
      close(descriptor)
      return nil
    }
    noDelay(descriptor)
    return descriptor
  }

  static func noDelay(_ descriptor: Int32) {
    var one: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Reads a whole frame with its length prefix. Nil at the end of the connection.
  static func frame(_ descriptor: Int32) -> [UInt8]? {
    guard let prefix = bytes(4, descriptor) else { return nil }
    let length = prefix.reduce(0) { $0 << 8 | Int($1) }
    guard length >= 4, length <= 256 << 20, let rest = bytes(length, descriptor) else { return nil }
    return prefix + rest
  }

  private static func bytes(_ count: Int, _ descriptor: Int32) -> [UInt8]? {
    var all = [UInt8](repeating: 0, count: count)
    var got = 0
    while got < count {
      let now = all.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress.map { $0 + got }, count - got, 0) }
      guard now > 0 else { return nil }
      got += now
    }
    return all
  }

  /// False when the connection has ended.
  static func send(_ bytes: ArraySlice<UInt8>, _ descriptor: Int32) -> Bool {
    bytes.withUnsafeBytes { buffer in
      var sent = 0
      while sent < buffer.count {
        let flags = Int32(0x4000)  // MSG_NOSIGNAL: a peer that is gone must not kill this process
        #if canImport(Glibc)
          let now = Glibc.send(descriptor, buffer.baseAddress.map { $0 + sent }, buffer.count - sent, flags)
        #else
          let now = Darwin.send(descriptor, buffer.baseAddress.map { $0 + sent }, buffer.count - sent, 0)
        #endif
        guard now > 0 else { return false }
        sent += now
      }
      return true
    }
  }
}

/// Where a broker listens.
struct Endpoint: Hashable, Sendable {
  var host: String
  var port: Int32

  /// - Parameter text: `host:port`; of a list, the first.
  init(_ text: String) throws(NetworkFaultError) {
    let first = text.split(separator: ",").first ?? ""
    guard let colon = first.lastIndex(of: ":"), let port = Int32(first[first.index(after: colon)...]) else {
      throw .badAddress(text)
    }
    self.init(host: String(first[..<colon]), port: port)
  }

  init(host: String, port: Int32) {
    self.host = host
    self.port = port
  }
}

/// What keeps a proxy from working.
public enum NetworkFaultError: Error, Equatable {
  /// Not `host:port`: give the address of a broker.
  case badAddress(String)
  /// The system gave no socket, with its error number: raise the limit of open files.
  case noSocket(Int32)
  /// An answer that names addresses, in a form the proxy cannot rewrite: clients would pass it by.
  case unreadableAnswer(apiKey: Int16, version: Int16)
}
