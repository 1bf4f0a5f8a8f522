/// In what form an answer is wanted.
enum AnswerFormat: Hashable, Sendable {
  case json, csv

  /// `format` in the URL counts before what is accepted.
  static func wanted(format: String?, accept: String?) throws(Problem) -> AnswerFormat {
    switch format {
    case "json": return .json
    case "csv": return .csv
    case nil: break
    default: throw Problem(400, "format is json or csv.")
    }
    guard let accept, !accept.isEmpty else { return .json }
    var best: (format: AnswerFormat, quality: Double)?
    for part in accept.split(separator: ",") {
      let pieces = part.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
      guard let type = pieces.first else { continue }
      let quality = pieces.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
      guard let format = named[type], quality > best?.quality ?? 0 else { continue }
      best = (format, quality)
    }
    guard let best else { throw Problem(406, "Candles are answered as application/json or text/csv.") }
    return best.format
  }

  private static let named: [String: AnswerFormat] = [
    "application/json": .json, "application/*": .json, "*/*": .json, "text/csv": .csv, "text/*": .csv,
  ]
}
