import NIOCore

@testable import EmbeddedKafka

extension ApiRequest {
  /// The body of a message as bytes.
  static func encoded<T: WireStruct>(_ message: T, version: Int16) throws -> ByteBuffer {
    var encoder = WireEncoder(version: version, flexible: ApiVersionRange.of(key)?.isFlexible(version) ?? false)
    var message = message
    try message.code(&encoder)
    encoder.tags()
    var whole = ByteBuffer()
    for part in encoder.finish() { whole.writeImmutableBuffer(part) }
    return whole
  }

  static func decoded(_ bytes: ByteBuffer, version: Int16) throws -> Response {
    var decoder = WireDecoder(bytes, version: version, flexible: ApiVersionRange.of(key)?.isFlexible(version) ?? false)
    var message = Response()
    try message.code(&decoder)
    return message
  }
}
