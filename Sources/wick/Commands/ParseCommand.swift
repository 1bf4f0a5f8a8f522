import ArgumentParser

/// Reads a command line without running it: for units and compose files, and the tests of those that are delivered.
struct ParseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "parse", abstract: "Tell whether a command line can be read, without running it.",
    discussion: "Exit code 64 where it cannot. Example: wick parse -- sink sql/ --lake /lake", shouldDisplay: false)

  @Argument(parsing: .postTerminator, help: "The command line, behind --.")
  var line: [String] = []

  func run() throws {
    let command = try Wick.parseAsRoot(line)
    guard !(command is Wick) else { throw ValidationError("That names no command.") }
    Terminal.say("\(type(of: command).configuration.commandName ?? "wick") can be run")
  }
}
