import Formats
import SQL
import Values
import Windows

/// Why a case could not be run to its end.
enum CaseError: Error, CustomStringConvertible {
  /// A statement was refused: what a case may expect.
  case refused(String)
  /// The case contradicts itself: a record for a topic that no statement names, a key of another shape than declared.
  case unusable(String)

  var description: String {
    switch self {
    case .refused(let reason): "refused: \(reason)"
    case .unusable(let reason): "the case cannot be run: \(reason)"
    }
  }

  init(_ error: SQLError) {
    let advice = error.advice.isEmpty ? "" : " (\(error.advice))"
    self = .refused("\(error.line):\(error.column): \(error.message)\(advice)")
  }

  init(_ error: WindowsError) { self = .refused(error.description) }

  init(_ error: FormatError) { self = .unusable(error.description) }
}
