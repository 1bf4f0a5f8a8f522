/// How a process ended and what it said.
struct Finished {
  let code: Int32
  let output: String
  let errors: String

  /// The complaints of wick itself, without log lines.
  var complaints: [String] {
    errors.split(separator: "\n").filter { $0.hasPrefix("wick: ") }.map { String($0.dropFirst(6)) }
  }
}
