import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// Clocks and memory of this process.
enum Measure {
  /// Seconds on a clock that only goes forward.
  static var now: Double { seconds(CLOCK_MONOTONIC) }
  /// CPU seconds of all threads of this process, user and system.
  static var processCPU: Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }
  /// CPU seconds of the calling thread.
  static var threadCPU: Double { seconds(CLOCK_THREAD_CPUTIME_ID) }

  // A timespec is two words. Its members belong to another module wherever a C header included it first, and which that is
  // depends on the imports of the whole target.
  private static func seconds(_ clock: clockid_t) -> Double {
    var words = [0, 0]
    words.withUnsafeMutableBytes { bytes in
      if let pointer = bytes.bindMemory(to: timespec.self).baseAddress { clock_gettime(clock, pointer) }
    }
    return Double(words[0]) + Double(words[1]) / 1e9
  }

  /// Megabytes (10^6 bytes) this process has had resident at most.
  static var peakMegabytes: Double { status("VmHWM:") / 1e6 }
  /// Bytes resident now.
  static var residentBytes: Double { status("VmRSS:") }

  /// A line of a process's status, in bytes.
  static func status(_ name: String, of process: String = "self") -> Double {
    let text = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
    for line in text.split(separator: "\n") where line.hasPrefix(name) {
      return (line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Double($0) } ?? 0) * 1024
    }
    return 0
  }

  /// CPU seconds by thread name, of the threads alive now, in ticks of 10 ms.
  static func cpuByThread() -> [String: Double] {
    var result: [String: Double] = [:]
    for id in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? [] {
      guard let stat = try? String(contentsOfFile: "/proc/self/task/\(id)/stat", encoding: .utf8),
        let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")")
      else { continue }
      let fields = stat[stat.index(close, offsetBy: 2)...].split(separator: " ")
      guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { continue }
      result[String(stat[stat.index(after: open)..<close]), default: 0] += (user + system) / 100
    }
    return result
  }

  /// A child's way of answering: one `name value` per line.
  static func report(_ name: String, _ value: Double) { print(name, value) }
}

func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  guard !sorted.isEmpty else { return .nan }
  return sorted.count % 2 == 1 ? sorted[sorted.count / 2] : (sorted[sorted.count / 2 - 1] + sorted[sorted.count / 2]) / 2
}
