import ArgumentParser
import Foundation
import Fuzzing

@main struct Fuzz: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wick-fuzz",
    abstract:
      "Run targets one after the other, each in a process of its own; exit 1 with the seed and the input of what was found.")

  @Option(help: "One target alone.")
  var target: FuzzTarget?
  @Option(help: "Inputs of each target, unless a time is given.")
  var inputs = 20_000
  @Option(help: "Minutes, shared by the targets.")
  var minutes: Double?
  @Option(help: "The seed of the first input; a new one where it is left out, printed either way.")
  var start = UInt64.random(in: 1...(1 << 48))
  @Option(help: "Folder for inputs on which something was found.")
  var findings = ".fuzz"
  @Flag(help: .hidden)
  var child = false

  func run() throws {
    let code = child ? runTarget() : runAll()
    if code != 0 { throw ExitCode(code) }
  }

  /// Known even where the run is killed.
  private func say(_ line: String) {
    print(line)
    fflush(nil)
  }

  // MARK: All targets

  private func runAll() -> Int32 {
    let targets = target.map { [$0] } ?? FuzzTarget.all
    say("start seed \(start)")
    let failed = targets.filter { !isSound($0, share: Double(targets.count)) }
    say(failed.isEmpty ? "nothing was found" : "found in: \(failed.map(\.name).joined(separator: ", "))")
    return failed.isEmpty ? 0 : 1
  }

  /// Runs one target in a child, so that a crash of it is a finding and not the end.
  private func isSound(_ target: FuzzTarget, share: Double) -> Bool {
    let child = Process()
    child.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    child.arguments = ["--child", "--target", target.name, "--start", "\(start)", "--findings", findings]
    child.arguments? += minutes.map { ["--minutes", "\($0 / share)"] } ?? ["--inputs", "\(inputs)"]
    do { try child.run() } catch {
      say("\(target.name): cannot be started: \(error.localizedDescription)")
      return false
    }
    child.waitUntilExit()
    if child.terminationReason == .uncaughtSignal {
      let what = child.terminationStatus == SIGVTALRM ? "hung" : "died of signal \(child.terminationStatus)"
      say("\(target.name): \(what); its input is \(LastInput.path(target.name, in: findings))")
    }
    return child.terminationReason == .exit && child.terminationStatus == 0
  }

  // MARK: One target

  private func runTarget() -> Int32 {
    guard let target else { return 64 }
    guard let last = LastInput(target.name, in: findings) else {
      say("\(target.name): \(LastInput.path(target.name, in: findings)) cannot be written")
      return 74
    }
    var fuzzer = Fuzzer(target, start: start)
    let began = Date()
    var finding: Fuzzer.Finding?
    while finding == nil, minutes.map({ Date().timeIntervalSince(began) < $0 * 60 }) ?? (fuzzer.tried < inputs) {
      finding = fuzzer.run(minutes == nil ? min(500, inputs - fuzzer.tried) : 500) { _, input in last.put(input) }
    }
    let seconds = max(Date().timeIntervalSince(began), 0.001)
    let rate = "\(Int(Double(fuzzer.tried) / seconds))/s"
    say(
      "\(target.name): \(fuzzer.tried) inputs, \(fuzzer.accepted) of them read, in \(String(format: "%.1f", seconds)) s (\(rate))"
    )
    guard let finding else {
      last.remove()
      return 0
    }
    say("\(target.name): \(finding.what); its input is \(LastInput.path(target.name, in: findings))")
    say("replay: wick-fuzz --target \(target.name) --start \(finding.seed) --inputs 1")
    return 1
  }
}

extension FuzzTarget: ExpressibleByArgument {
  public init?(argument: String) {
    guard let target = Self.all.first(where: { $0.name == argument }) else { return nil }
    self = target
  }

  public static var allValueStrings: [String] { all.map(\.name) }
  public var defaultValueDescription: String { name }
}
