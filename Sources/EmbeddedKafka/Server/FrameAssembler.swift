import NIOCore

/// Cuts a byte stream into frames: an int32 length, then so many bytes.
struct FrameAssembler {
  /// The stream is not Kafka's: the length is negative or beyond the limit.
  struct BadFrame: Error, Equatable {
    let length: Int32
  }

  private let limit: Int
  private var rest: ByteBuffer?

  init(limit: Int) { self.limit = limit }

  /// Takes bytes and passes on every frame they complete, without its length. Frames that lie whole in `bytes` are not copied.
  mutating func feed(_ bytes: ByteBuffer, _ emit: (ByteBuffer) -> Void) throws(BadFrame) {
    var buffer = join(bytes)
    while let length = buffer.getInteger(at: buffer.readerIndex, as: Int32.self) {
      guard length >= 0, Int(length) <= limit else { throw BadFrame(length: length) }
      guard buffer.readableBytes >= 4 + Int(length) else { break }
      buffer.moveReaderIndex(forwardBy: 4)
      guard let frame = buffer.readSlice(length: Int(length)) else { break }
      emit(frame)
    }
    rest = buffer.readableBytes > 0 ? buffer : nil
  }

  /// Appends to what is left from before. Grows by doubling, not to the length announced: to announce costs nothing.
  private mutating func join(_ bytes: ByteBuffer) -> ByteBuffer {
    guard var joined = rest else { return bytes }
    rest = nil
    joined.discardReadBytes()
    joined.writeImmutableBuffer(bytes)
    return joined
  }
}
