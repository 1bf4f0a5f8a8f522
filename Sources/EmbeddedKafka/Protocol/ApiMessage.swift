import NIOCore

/// A request of the protocol, tied to its key and to the response that answers it.
protocol ApiRequest: WireStruct {
  associatedtype Response: WireStruct
  static var key: ApiKey { get }
}

extension ApiRequest {
  /// Decodes a request body. Bytes after the body are tolerated: librdkafka before 2.1 sends one too many in ListGroups (#4207).
  static func decode(_ body: ByteBuffer, version: Int16) throws(WireError) -> Self {
    var decoder = WireDecoder(body, version: version, flexible: ApiVersionRange.of(key)?.isFlexible(version) ?? false)
    var request = Self()
    try request.code(&decoder)
    try decoder.tags()
    return request
  }

  /// Encodes a whole response frame, length and header included, as buffers to be written one after the other.
  ///
  /// The response header of ApiVersions has no tagged fields in any version, so that a client can read it before it knows
  /// what the broker speaks (KIP-511).
  static func frame(_ response: consuming Response, version: Int16, correlationID: Int32) throws(WireError) -> [ByteBuffer] {
    let flexible = ApiVersionRange.of(key)?.isFlexible(version) ?? false
    var encoder = WireEncoder(version: version, flexible: flexible)
    var lengthPlaceholder = Int32(0)
    var correlation = correlationID
    encoder.integer(&lengthPlaceholder)
    encoder.integer(&correlation)
    if key != .apiVersions { encoder.tags() }
    try response.code(&encoder)
    encoder.tags()
    var parts = encoder.finish()
    let total = parts.reduce(0) { $0 + $1.readableBytes } - 4
    parts[0].setInteger(Int32(total), at: parts[0].readerIndex)
    return parts
  }
}
