/// The Confluent wire format: a zero byte, the schema's id as four bytes big endian, then the payload.
public enum ConfluentFrame {
  /// The length of the header: 5 bytes.
  public static let headerSize = 5

  /// What the first bytes of a value say.
  public enum Header: Sendable, Hashable {
    /// A framed payload of this schema id, from byte 5 on.
    case framed(schemaID: Int32)
    /// Not in the wire format, and why.
    case foreign(reason: String)
  }

  /// The schema id of a framed value, or -1 when it is not framed. Allocates nothing.
  @inlinable
  public static func schemaID(_ bytes: UnsafeRawBufferPointer) -> Int32 {
    guard bytes.count >= headerSize, bytes[0] == 0 else { return -1 }
    return Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: 1, as: Int32.self))
  }

  /// Reads the header; for values that are not framed, says what they look like instead.
  public static func parse(_ bytes: UnsafeRawBufferPointer) -> Header {
    let id = schemaID(bytes)
    if id >= 0 { return .framed(schemaID: id) }
    return .foreign(reason: reason(bytes))
  }

  /// Appends the header of `schemaID` to `bytes`.
  public static func writeHeader(schemaID: Int32, into bytes: inout [UInt8]) {
    bytes.append(0)
    withUnsafeBytes(of: schemaID.bigEndian) { bytes.append(contentsOf: $0) }
  }

  private static func reason(_ bytes: UnsafeRawBufferPointer) -> String {
    guard let first = bytes.first else { return "the value is empty" }
    switch first {
    case 0 where bytes.count < headerSize: return "the value ends inside the schema id"
    case 0: return "the schema id is negative"
    case 1 where bytes.count >= 17: return "the value starts with 1, as values framed by a schema GUID do, which is not supported"
    case 0x7b, 0x5b: return "the value looks like JSON"
    case 0x4f where bytes.starts(with: [0x4f, 0x62, 0x6a, 0x01]): return "the value is an Avro object container file"
    case 0xc3 where bytes.count >= 10 && bytes[1] == 0x01: return "the value is an Avro single-object encoding"
    default: return "the value starts with byte \(first) instead of 0"
    }
  }
}
