import Kafka

/// When a partition of a bounded run has come to its end, as far as the group has been told.
///
/// A committed offset says that records have been read; that the windows they left open are closed too, and so that no more rows of
/// theirs will come, is noted beside it. Whoever asked for the ends of the topics behind before that note would read too little, and
/// close windows there that are still to be filled.
struct EndOfInput {
  /// Committed beside the offset at which every window of the partition was closed.
  static let closedNote = "wick: windows closed"

  /// Whether the run closes the windows that are open at the end.
  var closesWindows: Bool

  /// - Parameter target: where the input ends; nil where that is not known yet.
  func isReached(_ commit: CommittedOffset?, target: Int64?) -> Bool {
    guard let target else { return false }
    if target == 0 { return true }
    guard let commit, commit.offset >= target else { return false }
    return isClosed(commit)
  }

  /// Whether a partition would be at its end if no record lay behind the commit.
  func isClosed(_ commit: CommittedOffset) -> Bool { !closesWindows || commit.note == Self.closedNote }
}
