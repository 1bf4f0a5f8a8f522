import JSON

/// What became of a case.
public enum CaseOutcome: Hashable, Sendable {
  /// With the refusal, where one was expected.
  case passed(refusal: String?)
  case failed(reason: String)
  case skipped(reason: String)

  var name: String {
    switch self {
    case .passed: "passed"
    case .failed: "failed"
    case .skipped: "skipped"
    }
  }

  var reason: String? {
    switch self {
    case .passed(let refusal): refusal
    case .failed(let reason), .skipped(let reason): reason
    }
  }
}

/// A case with what became of it.
public struct CaseResult: Hashable, Sendable {
  public var file: String
  public var name: String
  public var outcome: CaseOutcome
  /// Records and rows that were refused on the way, each with its reason.
  public var notes: [String]

  public init(file: String, name: String, outcome: CaseOutcome, notes: [String] = []) {
    self.file = file
    self.name = name
    self.outcome = outcome
    self.notes = notes
  }
}

/// The results of a run.
public struct CaseReport: Hashable, Sendable {
  public private(set) var results: [CaseResult] = []
  public private(set) var passed = 0
  public private(set) var failed = 0
  public private(set) var skipped = 0

  public init() {}

  public mutating func add(_ result: CaseResult) {
    results.append(result)
    switch result.outcome {
    case .passed: passed += 1
    case .failed: failed += 1
    case .skipped: skipped += 1
    }
  }

  /// The last line of a run.
  public var summary: String { "\(passed) passed, \(failed) failed, \(skipped) skipped" }

  /// The line a person sees of a result; nil where there is nothing to say. `isVerbose` also shows the refusals that cases
  /// expect, and what was skipped.
  public static func line(_ result: CaseResult, isVerbose: Bool) -> String? {
    let place = "\(result.file): \(result.name)"
    switch result.outcome {
    case .failed(let reason): return "failed \(place): \(Self.oneLine(reason))"
    case .passed(let refusal?) where isVerbose: return "refused as expected \(place): \(Self.oneLine(refusal))"
    case .skipped(let reason) where isVerbose: return "skipped \(place): \(Self.oneLine(reason))"
    case .passed, .skipped: return nil
    }
  }

  /// One line per record or row that a case refused, for those who ask for all there is to say.
  public static func notes(_ result: CaseResult) -> [String] {
    result.notes.map { "rejected \(result.file): \(result.name): \(Self.oneLine($0))" }
  }

  private static func oneLine(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ⏎ ")
  }

  /// The whole run as JSON: counts, and per case its file, name, result (`passed`, `failed`, `skipped`), reason, and the records
  /// that were rejected with their reasons.
  public var json: String {
    let cases = results.map { result -> JSONValue in
      [
        "file": .string(result.file), "name": .string(result.name), "result": .string(result.outcome.name),
        "reason": result.outcome.reason.map { .string($0) } ?? .null,
        "rejected": .array(result.notes.map { .string($0) }),
      ]
    }
    let report: JSONValue = [
      "passed": .int(passed), "failed": .int(failed), "skipped": .int(skipped), "tests": .array(cases),
    ]
    return report.text + "\n"
  }
}
