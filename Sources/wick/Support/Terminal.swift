import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// What people see: lines on standard output, complaints on standard error, and one status line that is redrawn on a terminal and
/// left out in a pipe.
enum Terminal {
  private static let statusShown = Mutex(false)

  /// Whether a terminal holds the process, and takes it along when it is closed.
  static let isAttached = isatty(STDIN_FILENO) == 1
  /// Whether standard error is a terminal, where the status line goes.
  static let isInteractive = isatty(STDERR_FILENO) == 1

  static func say(_ text: String) {
    statusShown.withLock { shown in
      clear(&shown)
      write(STDOUT_FILENO, text + "\n")
    }
  }

  static func complain(_ text: String) {
    statusShown.withLock { shown in
      clear(&shown)
      write(STDERR_FILENO, "wick: \(text)\n")
    }
  }

  /// A log line with its newline, in one piece.
  static func log(_ line: [UInt8]) {
    statusShown.withLock { shown in
      clear(&shown)
      line.withUnsafeBytes { write(STDERR_FILENO, $0) }
    }
  }

  /// Redraws the status line; nothing in a pipe.
  static func status(_ text: @autoclosure () -> String) {
    guard isInteractive else { return }
    let line = String(text().prefix(columns - 1))
    statusShown.withLock { shown in
      write(STDERR_FILENO, "\r\u{1b}[2K" + line)
      shown = true
    }
  }

  /// Ends the status line, so that what follows starts on a line of its own.
  static func endStatus() {
    statusShown.withLock { clear(&$0) }
  }

  private static func clear(_ shown: inout Bool) {
    guard shown else { return }
    write(STDERR_FILENO, "\r\u{1b}[2K")
    shown = false
  }

  private static var columns: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else { return 100 }
    return Int(size.ws_col)
  }

  private static func write(_ descriptor: Int32, _ text: String) {
    var text = text
    text.withUTF8 { write(descriptor, UnsafeRawBufferPointer($0)) }
  }

  private static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) {
    var rest = bytes
    while let base = rest.baseAddress, !rest.isEmpty {
      let count = Glibc.write(descriptor, base, rest.count)
      if count < 0, errno == EINTR { continue }
      // A reader that has gone away is no reason to stop the pipeline.
      guard count > 0 else { return }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  /// Rows under a header, each column as wide as its widest cell.
  static func table(_ header: [String], _ rows: [[String]]) {
    let lines = [header] + rows
    let widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    for line in lines {
      var text = zip(line, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
      while text.hasSuffix(" ") { text.removeLast() }
      say("  " + text)
    }
  }

  /// A bar of `width` cells, filled to `fraction` (0…1).
  static func bar(_ fraction: Double, width: Int = 24) -> String {
    let filled = Int((min(max(fraction, 0), 1) * Double(width)).rounded(.down))
    return "[" + String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled) + "]"
  }

  /// 1234567 → `1,234,567`.
  static func grouped(_ number: Int64) -> String {
    let digits = String(number.magnitude)
    var out = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { out.append(",") }
      out.append(digit)
    }
    return number < 0 ? "-" + out : out
  }
}
