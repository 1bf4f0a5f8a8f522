import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Reads lines from a terminal, with editing, history and completion; plain lines where input is no terminal. One thread.
public final class LineEditor {
  public enum Input: Hashable, Sendable {
    case line(String)
    /// Ctrl-C: what was written is thrown away.
    case interrupted
    /// Ctrl-D on an empty line, or the end of the input.
    case end
  }

  public var history: History
  public var completion: Completion
  private let isTerminal: Bool
  private var decoder = KeyDecoder()
  private var keys: [Key] = []

  public init(history: History, completion: Completion) {
    self.history = history
    self.completion = completion
    isTerminal = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
  }

  /// Whether somebody sits there.
  public var isInteractive: Bool { isTerminal }

  /// One line. Waits for it.
  public func read(prompt: String) -> Input {
    guard isTerminal else { return readLine(strippingNewline: true).map { .line($0) } ?? .end }
    guard let raw = RawMode() else { return readLine(strippingNewline: true).map { .line($0) } ?? .end }
    defer { raw.restore() }
    var buffer = LineBuffer()
    draw(prompt, buffer)
    while true {
      guard let key = nextKey() else { return .end }
      switch key {
      case .enter:
        write("\r\n")
        return .line(buffer.text)
      case .control("c"):
        write("^C\r\n")
        return .interrupted
      case .control("d") where buffer.characters.isEmpty:
        write("\r\n")
        return .end
      case .control("d"): _ = buffer.take(.delete)
      case .control("l"): write("\u{1b}[H\u{1b}[2J")
      case .up, .control("p"): if let text = history.previous(buffer.text) { buffer.replace(with: text.onOneLine) }
      case .down, .control("n"): if let text = history.next() { buffer.replace(with: text.onOneLine) }
      case .tab: complete(&buffer)
      default: _ = buffer.take(key)
      }
      draw(prompt, buffer)
    }
  }

  private func complete(_ buffer: inout LineBuffer) {
    switch completion.outcome(of: buffer.word) {
    case .none: write("\u{07}")
    case .complete(let word): buffer.complete(word)
    case .choices(let words): write("\r\n" + words.prefix(60).joined(separator: "  ") + "\r\n")
    }
  }

  /// Nil at the end of the input.
  private func nextKey() -> Key? {
    while keys.isEmpty {
      var bytes = [UInt8](repeating: 0, count: 256)
      let count = RawMode.read(&bytes)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return nil }
      keys = decoder.take(bytes[..<count])
    }
    return keys.removeFirst()
  }

  /// The part of the line around the cursor that fits into the terminal's width.
  private func draw(_ prompt: String, _ buffer: LineBuffer) {
    let room = max(10, RawMode.columns - prompt.count - 1)
    let first = max(0, buffer.cursor - room)
    let shown = buffer.characters[first..<min(buffer.characters.count, first + room)]
    let text = String(shown).onOneLine
    write("\r\u{1b}[K\(prompt)\(text)\r\u{1b}[\(prompt.count + buffer.cursor - first)C")
  }

  private func write(_ text: String) {
    FileHandle.standardOutput.write(Data(text.utf8))
  }
}

extension String {
  /// Line breaks as blanks: a statement of several lines is edited as one.
  var onOneLine: String { String(map { $0.isNewline ? " " : $0 }) }
}

/// The terminal without its own line editing, until `restore`.
private final class RawMode {
  private var before = termios()

  init?() {
    guard tcgetattr(STDIN_FILENO, &before) == 0 else { return nil }
    var raw = before
    raw.c_iflag &= ~tcflag_t(BRKINT | ICRNL | INPCK | ISTRIP | IXON)
    raw.c_lflag &= ~tcflag_t(ECHO | ICANON | IEXTEN | ISIG)
    withUnsafeMutableBytes(of: &raw.c_cc) { characters in
      characters[Int(VMIN)] = 1
      characters[Int(VTIME)] = 0
    }
    guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) == 0 else { return nil }
  }

  func restore() { tcsetattr(STDIN_FILENO, TCSAFLUSH, &before) }

  /// What `read(2)` gives.
  static func read(_ bytes: inout [UInt8]) -> Int {
    bytes.withUnsafeMutableBytes { buffer in
      #if canImport(Glibc)
        Glibc.read(STDIN_FILENO, buffer.baseAddress, buffer.count)
      #elseif canImport(Musl)
        Musl.read(STDIN_FILENO, buffer.baseAddress, buffer.count)
      #else
        Darwin.read(STDIN_FILENO, buffer.baseAddress, buffer.count)
      #endif
    }
  }

  static var columns: Int {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}
