/// Chooses encodings by encoding a sample in each candidate and comparing the sizes after compression.
/// Shared by the columns of a writer.
final class EncodingTrial {
  private let compressor: ZstdCompressor?
  private let encoded = ByteBuffer()
  private let compressed = ByteBuffer()

  init(compressor: ZstdCompressor?) { self.compressor = compressor }

  /// The bytes on disk of what `body` writes.
  func size(_ body: (ByteBuffer) -> Void) throws -> Int {
    encoded.count = 0
    body(encoded)
    guard let compressor else { return encoded.count }
    compressed.count = 0
    return try compressor.compress(encoded.bytes, into: compressed)
  }

  /// What the first page costs with a dictionary of `entries`, of which `early` appeared in its first half. If more pages follow,
  /// entries they share are paid once per chunk, so the page is charged only for those still coming in: half the rate at which
  /// they came in its second half, since the rate falls. `review` in the lanes corrects a wrong guess.
  static func dictionaryCost(codesSize: Int, entriesSize: Int, entries: Int, early: Int, isOnlyPage: Bool) -> Int {
    codesSize + (isOnlyPage ? entriesSize : entriesSize * (entries - early) / max(entries, 1))
  }

  /// Whether a dictionary should be compared with its fallback again after its page number `page` (from 1).
  static func isReview(page: Int) -> Bool { page > 1 && page & (page - 1) == 0 }

  /// Whether `size` is smaller than `other` by enough to matter (1/64).
  static func isClearlySmaller(_ size: Int, than other: Int) -> Bool { size < other - other / 64 }
}

/// How the pages of the current chunk are encoded.
enum EncodingMode: Equatable {
  /// The first page has not been seen.
  case undecided
  /// By dictionary while it is small, then by the fallback.
  case dictionary(fallback: ParquetEncoding)
  case direct(ParquetEncoding)
}
