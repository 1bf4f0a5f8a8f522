/// Words that a beginning may be meant as. Pure.
public struct Completion: Sendable {
  private let words: [String]

  public init(words: some Sequence<String>) { self.words = Set(words).sorted() }

  /// What a beginning can become.
  public enum Outcome: Hashable, Sendable {
    case none
    /// The one word, or what all candidates begin with where that is more than what is written.
    case complete(String)
    /// Several words, that go apart behind what is written.
    case choices([String])
  }

  /// Letter case does not matter; what is written in small letters is completed in small letters.
  public func outcome(of beginning: String) -> Outcome {
    guard !beginning.isEmpty else { return .none }
    let wanted = beginning.uppercased()
    let found = words.filter { $0.uppercased().hasPrefix(wanted) }
    guard let first = found.first else { return .none }
    let isSmall = beginning == beginning.lowercased() && beginning != wanted
    func spelled(_ word: String) -> String { isSmall ? word.lowercased() : word }
    if found.count == 1 { return .complete(spelled(first) + " ") }
    let shared = found.dropFirst().reduce(first.uppercased()) { $0.commonPrefix(with: $1.uppercased()) }
    return shared.count > beginning.count ? .complete(spelled(shared)) : .choices(found.map(spelled))
  }
}

extension String {
  fileprivate func commonPrefix(with other: String) -> String {
    String(zip(self, other).prefix { $0 == $1 }.map(\.0))
  }
}
