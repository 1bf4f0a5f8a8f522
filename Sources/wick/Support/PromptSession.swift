import Foundation
import Prompt
import SQL
import Serve

/// Carries out statements one after the other and shows what they answer.
final class PromptSession {
  private let service: QueryService
  private let printer: AnswerPrinter
  private let interrupts: PromptInterrupts
  private var values = SessionValues()

  init(_ service: QueryService, output: OutputStyle, interrupts: PromptInterrupts) {
    self.service = service
    self.interrupts = interrupts
    printer = AnswerPrinter(output)
  }

  /// Every statement of a text; the first that fails ends it.
  func carryOut(all text: String) throws {
    let (statements, rest) = StatementSplitter.split(text)
    for statement in statements + [rest] where StatementSplitter.hasContent(statement) { try carryOut(statement) }
  }

  private func carryOut(_ statement: String) throws {
    try service.ask(statement, &values) { reply in
      switch reply {
      case .answer(let answer): printer.show(answer)
      case .rows(let schema, let rows): printer.show(schema, rows)
      case .stream(let query): try show(query)
      }
    }
  }

  private func show(_ query: RunningQuery) throws {
    defer { service.end(query) }
    try interrupts.during({ query.rows.cancel() }) {
      printer.begin(query)
      while let rows = try query.rows.wait() { printer.show(rows, of: query) }
    }
  }

  // MARK: A conversation

  private static let prompt = "wick> "
  private static let continuation = "   -> "

  /// Reads statements until the end of the input. What fails is said, and the conversation goes on.
  func converse() throws {
    let editor = LineEditor(
      history: History(path: History.standardPath()), completion: Completion(words: service.completions))
    var pending = ""
    if editor.isInteractive { Terminal.say("Statements end with ; and may take several lines. Ctrl-D leaves.") }
    var failure: (any Error)?
    while true {
      switch editor.read(prompt: pending.isEmpty ? Self.prompt : Self.continuation) {
      case .interrupted: pending = ""
      case .end:
        // In a script what failed decides how it ends.
        if StatementSplitter.hasContent(pending) { try carryOut(all: pending) }
        if let failure, !editor.isInteractive { throw failure }
        return
      case .line(let line):
        if pending.isEmpty, ["exit", "quit"].contains(line.trimmingCharacters(in: .whitespaces).lowercased()) { return }
        pending += line + "\n"
        let (statements, rest) = StatementSplitter.split(pending)
        guard !statements.isEmpty || !StatementSplitter.hasContent(rest) else { continue }
        if !statements.isEmpty { remember(pending, editor) }
        pending = StatementSplitter.hasContent(rest) ? rest : ""
        for statement in statements where StatementSplitter.hasContent(statement) {
          do { try carryOut(statement) } catch {
            Terminal.complain(Failure(error).sentence)
            failure = error
            break
          }
        }
        editor.completion = Completion(words: service.completions)
      }
    }
  }

  private func remember(_ text: String, _ editor: LineEditor) {
    guard editor.isInteractive else { return }
    do { try editor.history.add(text) } catch { Terminal.complain("the history cannot be kept: \(error.localizedDescription)") }
  }
}
