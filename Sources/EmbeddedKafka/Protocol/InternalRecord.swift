import NIOCore

/// Keys and values of the broker's own topics: an int16 version, then a structure in the classic encoding.
enum InternalRecord {
  static func encode<T: WireStruct>(_ value: T, version: Int16) throws(WireError) -> [UInt8] {
    var encoder = WireEncoder(version: version, flexible: false)
    var prefix = version
    encoder.integer(&prefix)
    var value = value
    try value.code(&encoder)
    return encoder.finish().flatMap { Array($0.readableBytesView) }
  }

  /// The version in front, which for a key says what kind of record it is.
  static func version(_ bytes: [UInt8]) throws(WireError) -> Int16 {
    guard bytes.count >= 2 else { throw .truncated }
    return Int16(bytes[0]) << 8 | Int16(bytes[1])
  }

  static func decode<T: WireStruct>(_ type: T.Type, _ bytes: [UInt8]) throws(WireError) -> T {
    let version = try version(bytes)
    var decoder = WireDecoder(ByteBuffer(bytes: bytes.dropFirst(2)), version: version, flexible: false)
    var value = T()
    try value.code(&decoder)
    return value
  }
}
