import Foundation
import FoundationNetworking
import Synchronization

/// Sends JSON to an address and waits for the answer, at most `patience`. Blocks: not to be called from the concurrency pool.
enum JSONPost {
  /// Seconds.
  static let patience = 5.0

  struct Refused: Error, CustomStringConvertible {
    let description: String
  }

  private final class Outcome: Sendable {
    let reason = Mutex<String?>("no answer came")
  }

  static func send(_ body: [UInt8], to address: String) throws {
    guard let url = URL(string: address) else { throw Refused(description: "\(address) is no address") }
    var request = URLRequest(url: url, timeoutInterval: patience)
    request.httpMethod = "POST"
    request.httpBody = Data(body)
    request.setValue("application/json", forHTTPHeaderField: "Content-Type")
    let answered = DispatchSemaphore(value: 0)
    let failure = Outcome()
    let task = URLSession.shared.dataTask(with: request) { _, response, error in
      let status = (response as? HTTPURLResponse)?.statusCode ?? 0
      let isTaken = (200..<300).contains(status)
      failure.reason.withLock { $0 = isTaken ? nil : error.map { "\($0.localizedDescription)" } ?? "the answer was \(status)" }
      answered.signal()
    }
    task.resume()
    // An answer that comes byte by byte never times out by itself.
    if answered.wait(timeout: .now() + patience) == .timedOut { task.cancel() }
    if let reason = failure.reason.withLock({ $0 }) { throw Refused(description: reason) }
  }
}
