import Contracts

/// Schemas and data that several suites use.
enum TestSchemas {
  static let trade = """
    {"type": "record", "name": "Trade", "namespace": "wick", "fields": [
      {"name": "venue", "type": "string"},
      {"name": "symbol", "type": "string"},
      {"name": "trade_id", "type": "long"},
      {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 18, "scale": 8}},
      {"name": "quantity", "type": {"type": "bytes", "logicalType": "decimal", "precision": 28, "scale": 8}},
      {"name": "taker_side", "type": {"type": "enum", "name": "TakerSide", "symbols": ["BUY", "SELL", "UNKNOWN"]}},
      {"name": "event_time", "type": {"type": "long", "logicalType": "timestamp-micros"}},
      {"name": "received_time", "type": {"type": "long", "logicalType": "timestamp-micros"}}
    ]}
    """

  static func record(_ fields: String) throws -> AvroSchema {
    try AvroSchema(json: #"{"type":"record","name":"R","fields":[\#(fields)]}"#)
  }

  /// Minimal two's complement, big endian: written out by repeated division, apart from the codec's shifts.
  static func bigEndian(_ value: Int128) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    repeat {
      let digit = ((rest % 256) + 256) % 256
      bytes.insert(UInt8(digit), at: 0)
      rest = (rest - digit) / 256
    } while !(rest == 0 && bytes[0] < 128) && !(rest == -1 && bytes[0] >= 128)
    return bytes
  }
}

extension AvroColumnDecoder {
  func append(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try append($0) } }
}
