import Dispatch
import Foundation
import Synchronization
import Tokens

/// The file of the keys that tokens are signed with.
enum TokenKeyFile {
  /// Blocks the calling thread.
  static func read(_ path: String) throws -> TokenKeys {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw Failure(.badInput, "The JWK set \(path) cannot be read; name a file that is there and may be read.")
    }
    let outcome = Mutex<Result<TokenKeys, TokenKeysError>?>(nil)
    let done = DispatchSemaphore(value: 0)
    Task {
      do throws(TokenKeysError) {
        let keys = try await TokenKeys(text)
        outcome.withLock { $0 = .success(keys) }
      } catch {
        outcome.withLock { $0 = .failure(error) }
      }
      done.signal()
    }
    done.wait()
    switch outcome.withLock({ $0 }) {
    case .success(let keys): return keys
    case .failure(let error): throw Failure(.badInput, "\(path) is no JWK set that can be used: \(error).")
    case nil: throw Failure(.bug, "The JWK set \(path) was not read. Please report this.")
    }
  }
}
