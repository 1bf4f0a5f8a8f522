/// Why a frame could not be decoded. The connection that sent it is closed: nothing after it can be trusted.
enum WireError: Error, Equatable {
  /// The frame ends before the field does.
  case truncated
  /// A length or count is negative, or larger than the rest of the frame.
  case badLength(Int64)
  /// A variable-length integer is longer than its type.
  case badVarint
  /// A string is not UTF-8.
  case badUTF8
  /// A field that must have a value is null.
  case unexpectedNull
  /// The API key or the version is none that the broker advertises.
  case unsupported(key: Int16, version: Int16)
}
