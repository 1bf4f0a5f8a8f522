import NIOCore

/// The header in front of every request (header versions 1 and 2).
struct RequestHeader: Equatable, Sendable {
  var key: ApiKey
  var version: Int16
  var correlationID: Int32
  var clientID: String?

  /// The largest request the broker takes, as in Kafka's `socket.request.max.bytes`.
  static let frameLimit = 100 * 1024 * 1024

  /// Takes the header off the front of a frame whose length field is already gone.
  ///
  /// An ApiVersions request of an unknown version keeps its version and leaves the body alone: it is answered with
  /// UNSUPPORTED_VERSION in the version 0 format, so that the client can fall back (KIP-511).
  static func take(from frame: inout ByteBuffer) throws(WireError) -> RequestHeader {
    guard let (rawKey, version, correlationID) = frame.readMultipleIntegers(as: (Int16, Int16, Int32).self) else {
      throw .truncated
    }
    guard let key = ApiKey(rawValue: rawKey), let range = ApiVersionRange.of(key) else {
      throw .unsupported(key: rawKey, version: version)
    }
    let known = version >= range.min && version <= range.max
    if key == .apiVersions, !known {
      return RequestHeader(key: key, version: version, correlationID: correlationID, clientID: nil)
    }
    guard known else { throw .unsupported(key: rawKey, version: version) }
    var classic = WireDecoder(frame, version: version, flexible: false)
    var clientID: String?
    try classic.nullableString(&clientID)
    var tail = WireDecoder(classic.buffer, version: version, flexible: range.isFlexible(version))
    try tail.tags()
    frame = tail.buffer
    return RequestHeader(key: key, version: version, correlationID: correlationID, clientID: clientID)
  }

  /// Writes the header; the other half of `take`, for clients in tests.
  func write(to buffer: inout ByteBuffer) {
    buffer.writeMultipleIntegers(key.rawValue, version, correlationID)
    var classic = WireEncoder(version: version, flexible: false)
    var id = clientID
    classic.nullableString(&id)
    for part in classic.finish() { buffer.writeImmutableBuffer(part) }
    if ApiVersionRange.of(key)?.isFlexible(version) == true { buffer.writeInteger(UInt8(0)) }
  }
}
