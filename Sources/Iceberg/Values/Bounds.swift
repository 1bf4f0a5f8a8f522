/// Bounds of long strings and binaries, cut to `length` so that manifests stay small (the specification's `truncate(16)`
/// metrics mode).
public enum Bounds {
  /// The cut of the default metrics mode: code points of a string, bytes of a binary.
  public static let defaultLength = 16

  /// A value at or below `value`, of at most `length` code points or bytes.
  public static func lower(_ value: Datum, length: Int = defaultLength) -> Datum {
    switch value {
    case .string(let text): .string(prefix(text, length))
    case .binary(let bytes): .binary(Array(bytes.prefix(length)))
    default: value
    }
  }

  /// A value at or above `value`, of at most `length` code points or bytes: a cut prefix has its last position
  /// that can be raised raised by one. Nil where none can.
  public static func upper(_ value: Datum, length: Int = defaultLength) -> Datum? {
    switch value {
    case .string(let text):
      let scalars = text.unicodeScalars
      return scalars.count <= length ? value : raised(Array(scalars.prefix(length))).map(Datum.string)
    case .binary(let bytes):
      return bytes.count <= length ? value : raised(Array(bytes.prefix(length))).map(Datum.binary)
    default: return value
    }
  }

  private static func prefix(_ text: String, _ length: Int) -> String {
    var result = String.UnicodeScalarView()
    result.append(contentsOf: text.unicodeScalars.prefix(length))
    return String(result)
  }

  private static func raised(_ scalars: [Unicode.Scalar]) -> String? {
    var scalars = scalars
    while let last = scalars.popLast() {
      // U+D7FF is followed by the surrogates, which are no scalars.
      guard let next = Unicode.Scalar(last.value == 0xd7ff ? 0xe000 : last.value + 1) else { continue }
      var result = String.UnicodeScalarView()
      result.append(contentsOf: scalars + [next])
      return String(result)
    }
    return nil
  }

  private static func raised(_ bytes: [UInt8]) -> [UInt8]? {
    var bytes = bytes
    while let last = bytes.popLast() {
      if last < 0xff { return bytes + [last + 1] }
    }
    return nil
  }
}
