import CrashPoints
import Foundation
import Synchronization

/// Hands out producer ids that were never used before in this data folder.
///
/// Ids are reserved in blocks: the end of the block is on disk before its first id is given out, so a crash wastes the rest of a
/// block and never repeats an id.
final class ProducerIDAllocator: Sendable {
  private static let blockSize: Int64 = 1000

  private struct Block {
    var next: Int64
    var end: Int64
  }

  private let path: String
  private let disk: any Disk
  private let block: Mutex<Block>

  /// Opens the file `path`, which need not exist.
  init(path: String, disk: any Disk) throws(BrokerError) {
    self.path = path
    self.disk = disk
    let reserved = try DurableFile.read(path, disk).map { text throws(BrokerError) in
      guard let value = Int64(text), value >= 0 else {
        throw BrokerError(.damagedDataDirectory, "\(path) does not hold a number; restore it from a backup")
      }
      return value
    }
    block = Mutex(Block(next: reserved ?? 0, end: reserved ?? 0))
  }

  /// A new producer id.
  func next() throws(BrokerError) -> Int64 {
    let result: Result<Int64, BrokerError> = block.withLock { block in
      if block.next >= block.end {
        let end = block.next + Self.blockSize
        do throws(BrokerError) {
          CrashPoint.hit("broker.producer-ids", .before)
          try DurableFile.write("\(end)", to: path, disk)
          CrashPoint.hit("broker.producer-ids", .after)
        } catch {
          return .failure(error)
        }
        block.end = end
      }
      defer { block.next += 1 }
      return .success(block.next)
    }
    return try result.get()
  }

  /// Makes sure that no id up to `used` is given out.
  func skip(past used: Int64) {
    block.withLock { block in
      if used >= block.next {
        block.next = used + 1
        block.end = min(block.end, block.next)
      }
    }
  }
}
