/// Replaces the brokers' addresses in answers that carry them, so that clients come back through the proxy.
///
/// Knows Metadata 0-12, FindCoordinator 0-4 and DescribeCluster 0-1, and of those just what lies before the last address.
struct AddressRewriter {
  private let source: [UInt8]
  private var position = 0
  private var target: [UInt8] = []
  private let isFlexible: Bool
  private let local: (Endpoint) throws -> Endpoint

  private struct Unreadable: Error {}

  /// - Parameter local: the address to give in place of a broker's.
  static func rewrite(
    _ frame: [UInt8], apiKey: Int16, version: Int16, _ local: (Endpoint) throws -> Endpoint
  ) throws(NetworkFaultError) -> [UInt8] {
    do {
      return try withoutActuallyEscaping(local) { local in
        switch (apiKey, version) {
        case (KafkaApi.metadata, 0...12):
          var rewriter = AddressRewriter(frame, isFlexible: version >= 9, local)
          try rewriter.metadata(version)
          return rewriter.finish()
        case (KafkaApi.findCoordinator, 0...4):
          var rewriter = AddressRewriter(frame, isFlexible: version >= 3, local)
          try rewriter.coordinators(version)
          return rewriter.finish()
        case (KafkaApi.describeCluster, 0...1):
          var rewriter = AddressRewriter(frame, isFlexible: true, local)
          try rewriter.cluster(version)
          return rewriter.finish()
        case (KafkaApi.metadata, _), (KafkaApi.findCoordinator, _), (KafkaApi.describeCluster, _): throw Unreadable()
        default: return frame
        }
      }
    } catch {
      throw .unreadableAnswer(apiKey: apiKey, version: version)
    }
  }

  private init(_ source: [UInt8], isFlexible: Bool, _ local: @escaping (Endpoint) throws -> Endpoint) {
    self.source = source
    self.isFlexible = isFlexible
    self.local = local
    target.reserveCapacity(source.count + 64)
  }

  private mutating func header() throws {
    try copy(8)
    try tags()
  }

  private mutating func metadata(_ version: Int16) throws {
    try header()
    if version >= 3 { try copy(4) }
    for _ in 0..<(try count()) {
      try copy(4)
      try address()
      if version >= 1 { try text() }
      try tags()
    }
  }

  private mutating func coordinators(_ version: Int16) throws {
    try header()
    if version >= 1 { try copy(4) }
    if version >= 4 {
      for _ in 0..<(try count()) {
        try text()
        try copy(4)
        try address()
        try copy(2)
        try text()
        try tags()
      }
    } else {
      try copy(2)
      if version >= 1 { try text() }
      try copy(4)
      try address()
    }
  }

  private mutating func cluster(_ version: Int16) throws {
    try header()
    try copy(6)
    try text()
    if version >= 1 { try copy(1) }
    try text()
    try copy(4)
    for _ in 0..<(try count()) {
      try copy(4)
      try address()
      try text()
      try tags()
    }
  }

  private func finish() -> [UInt8] {
    var all = target + source[position...]
    let length = UInt32(all.count - 4)
    for index in 0..<4 { all[index] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * index)) }
    return all
  }

  private mutating func address() throws {
    let start = position
    let host = try read(try length())
    let port = try read(4).reduce(Int32(0)) { $0 << 8 | Int32($1) }
    // A coordinator that is not known has no address.
    guard !host.isEmpty, port > 0 else {
      target += source[start..<position]
      return
    }
    let replaced = try local(Endpoint(host: String(decoding: host, as: UTF8.self), port: port))
    let name = Array(replaced.host.utf8)
    target += isFlexible ? [UInt8(name.count + 1)] : [0, UInt8(name.count)]
    target += name
    target += (0..<4).map { UInt8(truncatingIfNeeded: replaced.port >> Int32(24 - 8 * $0)) }
  }

  private mutating func text() throws {
    let start = position
    _ = try read(try length())
    target += source[start..<position]
  }

  private mutating func count() throws -> Int {
    let start = position
    let count = isFlexible ? try varint() - 1 : Int(try read(4).reduce(0) { $0 << 8 | UInt32($1) })
    target += source[start..<position]
    guard count >= 0, count <= source.count else { throw Unreadable() }
    return count
  }

  /// Of a string; 0 for null.
  private mutating func length() throws -> Int {
    if isFlexible { return max(0, try varint() - 1) }
    return Int(max(0, Int16(bitPattern: try read(2).reduce(0) { $0 << 8 | UInt16($1) })))
  }

  private mutating func tags() throws {
    guard isFlexible else { return }
    let start = position
    for _ in 0..<(try varint()) {
      _ = try varint()
      _ = try read(try varint())
    }
    target += source[start..<position]
  }

  private mutating func copy(_ count: Int) throws { target += try read(count) }

  private mutating func read(_ count: Int) throws -> ArraySlice<UInt8> {
    guard count >= 0, position + count <= source.count else { throw Unreadable() }
    defer { position += count }
    return source[position..<position + count]
  }

  private mutating func varint() throws -> Int {
    var value = 0
    for shift in stride(from: 0, to: 35, by: 7) {
      let byte = Int(try read(1).first ?? 0)
      value |= (byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    throw Unreadable()
  }
}
