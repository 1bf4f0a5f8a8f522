/// One line of CSV as Commons CSV's default format reads and writes it (RFC 4180 with a chosen delimiter): fields in quotes may
/// hold delimiters, line ends and doubled quotes; white space belongs to its field; empty lines are skipped.
struct DelimitedLine {
  let delimiter: Unicode.Scalar

  /// `VALUE_DELIMITER`: one character, or the words SPACE and TAB.
  init(_ delimiter: String) throws(FormatError) {
    let scalars = Array(delimiter.unicodeScalars)
    switch delimiter.uppercased() {
    case "SPACE": self.delimiter = " "
    case "TAB": self.delimiter = "\t"
    case _ where scalars.count == 1 && !["\"", "\n", "\r"].contains(scalars[0]): self.delimiter = scalars[0]
    default: throw FormatError(.unsupported, "a delimiter is one character, or one of SPACE and TAB")
    }
  }

  /// The fields of the first line that is not empty; what follows it is ignored.
  func fields(_ text: String) throws(FormatError) -> [String] {
    let scalars = Array(text.unicodeScalars)
    var at = 0
    while at < scalars.count, Self.isLineEnd(scalars[at]) { at += 1 }
    guard at < scalars.count else { throw FormatError(.undecodable, "no fields in the record") }
    var fields: [String] = []
    while true {
      fields.append(try field(scalars, &at))
      guard at < scalars.count, scalars[at] == delimiter else { return fields }
      at += 1
    }
  }

  private static func isLineEnd(_ scalar: Unicode.Scalar) -> Bool { scalar == "\n" || scalar == "\r" }

  /// The field from `at` on, which is left at the delimiter or line end behind it.
  private func field(_ scalars: [Unicode.Scalar], _ at: inout Int) throws(FormatError) -> String {
    var text = String.UnicodeScalarView()
    guard at < scalars.count, scalars[at] == "\"" else {
      while at < scalars.count, scalars[at] != delimiter, !Self.isLineEnd(scalars[at]) {
        text.append(scalars[at])
        at += 1
      }
      return String(text)
    }
    at += 1
    while at < scalars.count {
      guard scalars[at] == "\"" else {
        text.append(scalars[at])
        at += 1
        continue
      }
      at += 1
      guard at < scalars.count, scalars[at] == "\"" else {
        try skipToDelimiter(scalars, &at)
        return String(text)
      }
      text.append("\"")
      at += 1
    }
    throw FormatError(.undecodable, "a quoted field without an end")
  }

  /// White space may stand between the closing quote and the delimiter, nothing else.
  private func skipToDelimiter(_ scalars: [Unicode.Scalar], _ at: inout Int) throws(FormatError) {
    while at < scalars.count, scalars[at] != delimiter, !Self.isLineEnd(scalars[at]) {
      guard scalars[at].properties.isWhitespace else {
        throw FormatError(.undecodable, "a character between a closing quote and the delimiter")
      }
      at += 1
    }
  }

  /// The fields as one line without its end; nil is an empty field.
  func text(_ fields: [String?]) -> String {
    var line = ""
    for (index, field) in fields.enumerated() {
      if index > 0 { line.unicodeScalars.append(delimiter) }
      guard let field else { continue }
      line += needsQuotes(field, isFirst: index == 0) ? "\"\(field.replacing("\"", with: "\"\""))\"" : field
    }
    return line
  }

  /// Commons CSV 1.4's rule (`QuoteMode.MINIMAL`), which quotes the first field of a line unless it begins with an ASCII letter
  /// or digit: consumers that compare bytes see the same line as from ksqlDB.
  private func needsQuotes(_ field: String, isFirst: Bool) -> Bool {
    guard let first = field.unicodeScalars.first, let last = field.unicodeScalars.last else { return isFirst }
    let isPlain = first.isASCII && (first.properties.isAlphabetic || ("0"..."9").contains(first))
    if isFirst, !isPlain { return true }
    if first <= "#" || last <= " " { return true }
    return field.unicodeScalars.contains { $0 == delimiter || $0 == "\"" || Self.isLineEnd($0) }
  }
}
