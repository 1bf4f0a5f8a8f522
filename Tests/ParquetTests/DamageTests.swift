import Columns
import TestSupport
import Testing

@testable import Parquet

/// Damaged files must end in `ParquetError`, never in a trap, whatever byte is wrong.
@Suite struct DamageTests {
  private func file(_ random: inout SeededGenerator, _ version: ParquetWriterOptions.PageVersion, compressed: Bool) throws
    -> [UInt8]
  {
    var options = ParquetWriterOptions()
    options.pageRows = 20
    options.rowGroupRows = 50
    options.pageVersion = version
    options.compression = compressed ? .zstd(level: 1) : .uncompressed
    let sink = MemorySink()
    let writer = try ParquetWriter(to: sink, schema: ParquetSchema(columns: Samples.allTypes), options: options)
    for shape in Samples.Shape.allCases where shape != .extreme {
      try writer.write(
        Samples.batch(Samples.allTypes, rows: 30, shape: shape, nullShare: 0.2, strings: StringDictionary(), &random))
    }
    _ = try writer.finish()
    return sink.bytes
  }

  /// Reads everything; only a `ParquetError` may come out. Returns whether the file was read.
  private func survives(_ bytes: [UInt8]) throws -> Bool {
    var limits = ParquetReaderLimits()
    limits.rowGroupRows = 10_000
    limits.pageBytes = 1 << 20
    do {
      let reader = try ParquetReader(MemorySource(bytes), limits: limits)
      for group in 0..<min(reader.rowGroupCount, 20) {
        for leaf in reader.schema.leaves {
          do { _ = try reader.readRowGroup(group, columns: [leaf.name]) } catch is ParquetError { continue }
        }
      }
      return true
    } catch is ParquetError {
      return false
    }
  }

  @Test(arguments: [ParquetWriterOptions.PageVersion.v1, .v2], [false, true])
  func `flipped bytes never trap`(version: ParquetWriterOptions.PageVersion, compressed: Bool) throws {
    var random = SeededGenerator.forTest("flipped \(version) \(compressed)")
    let original = try file(&random, version, compressed: compressed)
    #expect(try survives(original))
    for _ in 0..<150 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: 4..<bytes.count - 8, using: &random)] = UInt8(truncatingIfNeeded: random.next())
      }
      _ = try survives(bytes)
    }
  }

  @Test func `a damaged footer never traps`() throws {
    var random = SeededGenerator.forTest("damaged footer")
    let original = try file(&random, .v1, compressed: false)
    let length = Int(original[original.count - 8]) | Int(original[original.count - 7]) << 8
    let start = original.count - 8 - length
    for _ in 0..<600 {
      var bytes = original
      let place = Int.random(in: start..<original.count - 8, using: &random)
      bytes[place] = [0, 1, 0x7f, 0x80, 0xff, UInt8(truncatingIfNeeded: random.next())].randomElement(using: &random) ?? 0
      _ = try survives(bytes)
    }
  }

  @Test func `truncated files are refused`() throws {
    var random = SeededGenerator.forTest("truncated")
    let original = try file(&random, .v1, compressed: true)
    for _ in 0..<200 {
      let length = Int.random(in: 0..<original.count, using: &random)
      #expect(try !survives(Array(original.prefix(length))))
    }
  }

  @Test func `garbage between the magic words is refused`() throws {
    var random = SeededGenerator.forTest("garbage")
    for _ in 0..<500 {
      let body = (0..<Int.random(in: 0...200, using: &random)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      let size = UInt8(truncatingIfNeeded: body.count)
      _ = try survives(Array("PAR1".utf8) + body + [size, 0, 0, 0] + Array("PAR1".utf8))
    }
  }

  @Test func `decoders refuse every short or random input`() throws {
    var random = SeededGenerator.forTest("decoders")
    let encodings: [ParquetEncoding] = [
      .plain, .rle, .deltaBinaryPacked, .deltaLengthByteArray, .deltaByteArray, .byteStreamSplit, .bitPacked,
    ]
    for _ in 0..<1500 {
      let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in
        UInt8(truncatingIfNeeded: random.next() >> random.next() % 8)
      }
      let entry = Samples.types.randomElement(using: &random) ?? Samples.types[0]
      let encoding = encodings.randomElement(using: &random) ?? .plain
      let builder = makeColumnBuilder(entry.type, PhysicalLayout(writing: entry.type))
      bytes.withUnsafeBytes { raw in
        do {
          try builder.readValues(raw, count: Int.random(in: 1...200, using: &random), encoding: encoding)
        } catch {
          #expect(error is ParquetError || error is UnsupportedEncoding)
        }
      }
    }
  }
}
