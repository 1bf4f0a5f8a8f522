/// Physical types of parquet.thrift.
public enum PhysicalType: Int32, Hashable, Sendable {
  case boolean = 0, int32, int64, int96, float, double, byteArray, fixedLenByteArray
}

/// Encodings of parquet.thrift. Cases are those this library reads; the writer never emits `plainDictionary` or `bitPacked`.
public enum ParquetEncoding: Int32, Hashable, Sendable {
  case plain = 0
  case plainDictionary = 2
  case rle = 3
  case bitPacked = 4
  case deltaBinaryPacked = 5
  case deltaLengthByteArray = 6
  case deltaByteArray = 7
  case rleDictionary = 8
  case byteStreamSplit = 9
}

/// Compression codecs of parquet.thrift that this library reads and writes.
public enum ParquetCodec: Int32, Hashable, Sendable {
  case uncompressed = 0
  case zstd = 6
}

/// How often a field occurs in its parent.
public enum Repetition: Int32, Hashable, Sendable {
  case required = 0, optional, repeated
}

enum PageType: Int32 {
  case data = 0, index, dictionary, dataV2
}

/// The pre-2.4 annotations, written beside the logical types for old readers.
enum ConvertedType {
  static let utf8: Int32 = 0
  static let decimal: Int32 = 5
  static let date: Int32 = 6
  static let timestampMicros: Int32 = 10
  static let int8: Int32 = 15
  static let int16: Int32 = 16
  static let int32: Int32 = 17
  static let int64: Int32 = 18
}
