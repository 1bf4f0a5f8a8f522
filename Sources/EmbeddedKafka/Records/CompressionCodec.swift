/// How the records of a batch are compressed: bits 0 to 2 of its attributes.
enum CompressionCodec: Int, Sendable {
  case none = 0
  case gzip = 1
  case snappy = 2
  case lz4 = 3
  case zstd = 4
}
