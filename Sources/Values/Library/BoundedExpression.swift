import Foundation

/// A regular expression whose search ends: patterns such as `(a+)+b` take time that doubles with each character.
///
/// What a search may cost is counted in steps and not in time, so that a replay decides as the first run did.
struct BoundedExpression {
  /// Longest pattern and longest text, in UTF-16 code units.
  static let longestPattern = 4_096
  static let longestText = 16_384
  /// How often the engine may report progress beside once per place of the text; it does so every 10,000 steps.
  private static let mostReports = 500

  private let expression: NSRegularExpression
  private let function: String

  /// - Throws: when `pattern` is no regular expression, or too long.
  init(_ pattern: String, for function: String) throws(ValueError) {
    guard pattern.utf16.count <= Self.longestPattern else {
      throw .invalid("\(function): a pattern has at most \(Self.longestPattern) characters")
    }
    guard let expression = try? NSRegularExpression(pattern: pattern) else {
      throw .invalid("\(function): the pattern is no regular expression")
    }
    self.expression = expression
    self.function = function
  }

  var groupCount: Int { expression.numberOfCaptureGroups }

  /// The matches in `text`, in order, or the first alone.
  ///
  /// - Throws: when the text is too long, or the search takes too many steps.
  func matches(in text: String, isFirstOnly: Bool = false) throws(ValueError) -> [NSTextCheckingResult] {
    let count = text.utf16.count
    guard count <= Self.longestText else {
      throw .invalid("\(function): a text to search has at most \(Self.longestText) characters")
    }
    var matches: [NSTextCheckingResult] = []
    var (reports, isCut) = (0, false)
    expression.enumerateMatches(
      in: text, options: [.reportProgress, .reportCompletion], range: NSRange(location: 0, length: count)
    ) { match, flags, stop in
      if let match {
        matches.append(match)
        if isFirstOnly { stop.pointee = true }
        return
      }
      if flags.contains(.internalError) { isCut = true }
      guard flags.contains(.progress) else { return }
      reports += 1
      // A place without a match is one report, and so is each end of a match.
      if reports > count + 2 * matches.count + Self.mostReports {
        isCut = true
        stop.pointee = true
      }
    }
    guard !isCut else { throw .invalid("\(function): the pattern takes too many steps on this text; make it simpler") }
    return matches
  }

  /// `text` with what `template` makes of each match in its place; `$1` stands for the first group.
  func replacingMatches(in text: String, with template: String) throws(ValueError) -> String {
    let matches = try matches(in: text)
    guard !matches.isEmpty else { return text }
    let source = Array(text.utf16)
    var (units, at) = ([UInt16](), 0)
    for match in matches {
      units += source[at..<match.range.location]
      units += Array(expression.replacementString(for: match, in: text, offset: 0, template: template).utf16)
      at = match.range.location + match.range.length
    }
    return String(decoding: units + source[at...], as: UTF16.self)
  }
}
