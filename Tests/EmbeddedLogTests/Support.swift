import Foundation
import Synchronization

@testable import EmbeddedKafka

/// A folder that goes with the last reference.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "/wick-log-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Milliseconds that move only when a test says so.
final class ManualClock: Sendable {
  private let value = Atomic<Int64>(1_700_000_000_000)

  var now: Int64 { value.load(ordering: .relaxed) }
  func advance(_ milliseconds: Int64) { value.add(milliseconds, ordering: .relaxed) }
  var read: @Sendable () -> Int64 { { self.now } }
}

/// A real disk that can fail, and that does not wait for the device unless asked to.
final class FaultyDisk: Disk {
  struct Faults {
    var failWrites = false
    var failSyncs = false
    var failTruncates = false
    /// Bytes of the next failing write that still reach the file.
    var shortWrite = 0
    var syncs = 0
    var writes = 0
    /// Runs in every sync, before it is done.
    var onSync: (@Sendable () -> Void)?
  }

  private let posix = PosixDisk()
  let faults = Mutex(Faults())

  static let noSpace = LogError(.storage, "no space (as the test wants)", errno: 28)
  static let inputOutput = LogError(.storage, "input/output error (as the test wants)", errno: 5)

  func open(_ path: String, create: Bool) throws(LogError) -> any DiskFile {
    FaultyFile(try posix.open(path, create: create), self)
  }
  func contents(_ path: String) throws(LogError) -> [UInt8]? { try posix.contents(path) }
  func list(_ directory: String) throws(LogError) -> [String] { try posix.list(directory) }
  func createDirectory(_ path: String) throws(LogError) { try posix.createDirectory(path) }
  func syncDirectory(_ path: String) throws(LogError) {}
  func rename(_ from: String, to: String) throws(LogError) { try posix.rename(from, to: to) }
  func remove(_ path: String) throws(LogError) { try posix.remove(path) }
  func removeDirectory(_ path: String) throws(LogError) { try posix.removeDirectory(path) }
}

final class FaultyFile: DiskFile {
  private let file: any DiskFile
  private let disk: FaultyDisk

  init(_ file: any DiskFile, _ disk: FaultyDisk) {
    self.file = file
    self.disk = disk
  }

  func write(_ head: UnsafeRawBufferPointer, _ tail: UnsafeRawBufferPointer, at position: Int) throws(LogError) {
    let (fails, short) = disk.faults.withLock { faults in
      faults.writes += 1
      return (faults.failWrites, faults.shortWrite)
    }
    guard fails else { return try file.write(head, tail, at: position) }
    let whole = Array(head) + Array(tail)
    var failure: LogError?
    whole.withUnsafeBytes { raw in
      let part = UnsafeRawBufferPointer(rebasing: raw[..<min(short, raw.count)])
      do throws(LogError) { try file.write(part, UnsafeRawBufferPointer(start: nil, count: 0), at: position) } catch {
        failure = error
      }
    }
    throw failure ?? FaultyDisk.noSpace
  }

  func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) throws(LogError) -> Int {
    try file.read(into: buffer, at: position)
  }

  func sync() throws(LogError) {
    let (fails, onSync) = disk.faults.withLock { faults in
      faults.syncs += 1
      return (faults.failSyncs, faults.onSync)
    }
    onSync?()
    if fails { throw FaultyDisk.inputOutput }
  }

  func truncate(to size: Int) throws(LogError) {
    if disk.faults.withLock({ $0.failTruncates }) { throw FaultyDisk.inputOutput }
    try file.truncate(to: size)
  }

  func size() throws(LogError) -> Int { try file.size() }
}

extension PartitionLog {
  func append(_ batch: [UInt8], transactionOngoing: Bool = false) throws(LogError) -> AppendResult {
    var result: AppendResult?
    var failure: LogError?
    batch.withUnsafeBytes { raw in
      do throws(LogError) { result = try append(batch: raw, transactionOngoing: transactionOngoing) } catch { failure = error }
    }
    guard let result else { throw failure ?? LogError(.storage, "no result") }
    return result
  }
}

/// A batch of `count` records, as an idempotent or plain producer sends it.
func batch(
  _ count: Int = 1, pid: Int64 = -1, epoch: Int16 = -1, sequence: Int32 = -1, transactional: Bool = false,
  timestamp: Int64 = 1_700_000_000_000, padding: Int = 10, tag: String = "v"
) -> [UInt8] {
  var builder = RecordBatchBuilder(
    producerID: pid, producerEpoch: epoch, baseSequence: sequence, isTransactional: transactional)
  for index in 0..<count {
    builder.append(
      key: Array("k\(index)".utf8), value: Array("\(tag)-\(index)".utf8) + [UInt8](repeating: 0x20, count: padding),
      timestampMs: timestamp)
  }
  return builder.finish()
}

func openLog(
  _ folder: TemporaryFolder, _ clock: ManualClock, _ change: (inout LogConfig) -> Void = { _ in },
  disk: any Disk = FaultyDisk(), corruption: CorruptionPolicy = .refuse, name: String = "t-0"
) throws(LogError) -> PartitionLog {
  var config = LogConfig()
  change(&config)
  return try PartitionLog(
    directory: folder.path + "/" + name, topicPartition: TopicPartition(topic: "t", partition: 0), config: config,
    clock: clock.read, disk: disk, corruption: corruption)
}

/// All values from `offset` on, as an uncommitted reader sees them.
func values(_ log: PartitionLog, from offset: Int64 = 0) throws(LogError) -> [String] {
  var result: [String] = []
  try log.replay(from: offset) { header, records in
    if !header.isControl { result += records.map { String(decoding: $0.value ?? [], as: UTF8.self).filter { $0 != " " } } }
  }
  return result
}

/// Calls the body and returns what it threw.
func failure(_ body: () throws(LogError) -> Void) -> LogError? {
  do throws(LogError) {
    try body()
    return nil
  } catch {
    return error
  }
}
