import Foundation
import Fuzzing

/// Runs targets one after the other, each in a process of its own, and exits 1 with the seed and the input of what was found.
@main struct Fuzz {
  private static let usage = """
    usage: wick-fuzz [--target NAME] [--inputs N | --minutes M] [--start SEED] [--findings FOLDER]
      --target    one target alone: \(FuzzTarget.all.map(\.name).joined(separator: ", "))
      --inputs    inputs of each target; 20000 without --minutes
      --minutes   for how long, shared by the targets
      --start     the seed of the first input; a new one where it is left out, printed either way
      --findings  where inputs go on which something was found; .fuzz where it is left out
    """

  private var target: FuzzTarget?
  private var inputs = 20_000
  private var minutes: Double?
  private var start = UInt64.random(in: 1...(1 << 48))
  private var findings = ".fuzz"
  private var isChild = false

  static func main() {
    guard let options = Fuzz(CommandLine.arguments.dropFirst()) else {
      say(usage)
      exit(64)
    }
    exit(options.isChild ? options.runTarget() : options.runAll())
  }

  private init?(_ arguments: ArraySlice<String>) {
    var rest = arguments
    while let flag = rest.popFirst() {
      guard let value = rest.popFirst(), take(flag, value) else { return nil }
    }
  }

  private mutating func take(_ flag: String, _ value: String) -> Bool {
    switch flag {
    case "--target":
      target = FuzzTarget.all.first { $0.name == value }
      return target != nil
    case "--inputs": return Int(value).map { inputs = $0 } != nil
    case "--minutes": return Double(value).map { minutes = $0 } != nil
    case "--start": return UInt64(value).map { start = $0 } != nil
    case "--findings":
      findings = value
      return true
    case "--child":
      isChild = value == "yes"
      return true
    default: return false
    }
  }

  /// Known even where the run is killed.
  private func say(_ line: String) { Self.say(line) }

  private static func say(_ line: String) {
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
    child.arguments = ["--child", "yes", "--target", target.name, "--start", "\(start)", "--findings", findings]
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
