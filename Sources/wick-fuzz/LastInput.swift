import Foundation

/// The input that a target is given, kept in a file that outlives a crash; and a limit on the processor time it may take.
final class LastInput {
  private let memory: UnsafeMutableRawPointer
  private let descriptor: Int32
  private let path: String
  private static let size = 1 << 20
  /// Processor seconds after which an input counts as hung.
  private static let patience = 20

  static func path(_ target: String, in folder: String) -> String { "\(folder)/\(target)" }

  /// Nil when the file cannot be written.
  init?(_ target: String, in folder: String) {
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    path = Self.path(target, in: folder)
    descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o644)
    guard descriptor >= 0, ftruncate(descriptor, off_t(Self.size)) == 0,
      let memory = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), memory != MAP_FAILED
    else { return nil }
    self.memory = memory
  }

  deinit {
    munmap(memory, Self.size)
    close(descriptor)
  }

  /// The length as text in front: the file itself keeps its size.
  func put(_ input: [UInt8]) {
    let header = Array("\(input.count)\n".utf8)
    let bytes = header + input.prefix(Self.size - header.count)
    bytes.withUnsafeBytes { memory.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(memory), byteCount: $0.count) }
    var limit = itimerval()
    limit.it_value.tv_sec = Self.patience
    setitimer(__itimer_which_t(ITIMER_VIRTUAL.rawValue), &limit, nil)
  }

  func remove() { unlink(path) }
}
