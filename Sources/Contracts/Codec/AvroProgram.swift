/// A decoder's instructions and the memory they refer to. Freed with this object.
final class AvroProgram {
  let instructions: UnsafeMutablePointer<AvroInstruction>
  /// For error texts: the field that each instruction belongs to.
  let fieldNames: [String]
  let skipper: AvroSkipper
  private let arena: AvroProgramArena

  init(_ list: [AvroInstruction], fieldNames: [String], skipper: AvroSkipper, arena: AvroProgramArena) {
    instructions = .allocate(capacity: list.count)
    instructions.initialize(from: list, count: list.count)
    self.fieldNames = fieldNames
    self.skipper = skipper
    self.arena = arena
  }

  deinit { instructions.deallocate() }
}

/// Constant tables of a program.
final class AvroProgramArena {
  private var blocks: [UnsafeMutableRawPointer] = []

  deinit { for block in blocks { block.deallocate() } }

  /// Copies `values` and returns their address, valid as long as the arena.
  func store<T: BitwiseCopyable>(_ values: [T]) -> UnsafeMutablePointer<T> {
    let size = max(1, values.count * MemoryLayout<T>.stride)
    let block = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
    blocks.append(block)
    let table = block.bindMemory(to: T.self, capacity: values.count)
    table.update(from: values, count: values.count)
    return table
  }
}
