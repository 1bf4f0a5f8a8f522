/// DEFLATE decompression (RFC 1951), for manifests of other writers.
enum Inflate {
  /// The bytes that a raw deflate stream stands for. Throws `IcebergError.invalid` for a damaged stream or more than `limit`
  /// bytes.
  static func decompress(_ input: [UInt8], limit: Int = 1 << 30) throws -> [UInt8] {
    var inflater = Inflater(input: input, limit: limit)
    try inflater.run()
    return inflater.output
  }
}

private struct Inflater {
  let input: [UInt8]
  let limit: Int
  var output: [UInt8] = []
  var position = 0
  var bitBuffer: UInt32 = 0
  var bitCount: UInt32 = 0

  init(input: [UInt8], limit: Int) {
    self.input = input
    self.limit = limit
  }

  static let damaged = IcebergError(.invalid, "a deflated Avro block is damaged.")
  static let lengthBase = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
  ]
  static let lengthExtra: [UInt32] = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]
  static let distanceBase = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193,
    12289, 16385, 24577,
  ]
  static let codeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

  mutating func bits(_ count: UInt32) throws -> Int {
    while bitCount < count {
      guard position < input.count else { throw Self.damaged }
      bitBuffer |= UInt32(input[position]) << bitCount
      position += 1
      bitCount += 8
    }
    let value = bitBuffer & ((1 << count) - 1)
    bitBuffer >>= count
    bitCount -= count
    return Int(value)
  }

  mutating func run() throws {
    var last = false
    while !last {
      last = try bits(1) == 1
      switch try bits(2) {
      case 0: try stored()
      case 1: try block(HuffmanCode.fixedLiterals, HuffmanCode.fixedDistances)
      case 2:
        let (literals, distances) = try dynamicCodes()
        try block(literals, distances)
      default: throw Self.damaged
      }
    }
  }

  mutating func stored() throws {
    bitBuffer = 0
    bitCount = 0
    guard position + 4 <= input.count else { throw Self.damaged }
    let length = Int(input[position]) | Int(input[position + 1]) << 8
    let check = Int(input[position + 2]) | Int(input[position + 3]) << 8
    position += 4
    guard length == check ^ 0xffff, position + length <= input.count, output.count + length <= limit else { throw Self.damaged }
    output.append(contentsOf: input[position..<(position + length)])
    position += length
  }

  mutating func symbol(_ code: HuffmanCode) throws -> Int {
    var word = 0
    var first = 0
    var index = 0
    for length in 1...15 {
      word |= try bits(1)
      let count = code.counts[length]
      if word - count < first { return code.symbols[index + (word - first)] }
      index += count
      first = (first + count) << 1
      word <<= 1
    }
    throw Self.damaged
  }

  mutating func block(_ literals: HuffmanCode, _ distances: HuffmanCode) throws {
    while true {
      let symbol = try self.symbol(literals)
      if symbol < 256 {
        guard output.count < limit else { throw Self.damaged }
        output.append(UInt8(symbol))
        continue
      }
      if symbol == 256 { return }
      guard symbol - 257 < Self.lengthBase.count else { throw Self.damaged }
      let length = Self.lengthBase[symbol - 257] + (try bits(Self.lengthExtra[symbol - 257]))
      let code = try self.symbol(distances)
      guard code < Self.distanceBase.count else { throw Self.damaged }
      let distance = Self.distanceBase[code] + (try bits(code < 2 ? 0 : UInt32(code / 2 - 1)))
      guard distance <= output.count, output.count + length <= limit else { throw Self.damaged }
      for _ in 0..<length { output.append(output[output.count - distance]) }
    }
  }

  mutating func dynamicCodes() throws -> (HuffmanCode, HuffmanCode) {
    let literalCount = try bits(5) + 257
    let distanceCount = try bits(5) + 1
    let codeCount = try bits(4) + 4
    var lengths = [Int](repeating: 0, count: 19)
    for i in 0..<codeCount { lengths[Self.codeLengthOrder[i]] = try bits(3) }
    let code = try HuffmanCode(lengths)
    var all: [Int] = []
    while all.count < literalCount + distanceCount {
      let symbol = try self.symbol(code)
      switch symbol {
      case 16:
        guard let previous = all.last else { throw Self.damaged }
        all.append(contentsOf: repeatElement(previous, count: try bits(2) + 3))
      case 17: all.append(contentsOf: repeatElement(0, count: try bits(3) + 3))
      case 18: all.append(contentsOf: repeatElement(0, count: try bits(7) + 11))
      default: all.append(symbol)
      }
    }
    guard all.count == literalCount + distanceCount else { throw Self.damaged }
    return (try HuffmanCode(Array(all[..<literalCount])), try HuffmanCode(Array(all[literalCount...])))
  }
}

/// A canonical Huffman code: how many words of each length there are, and the symbols in the order of their words.
private struct HuffmanCode {
  var counts = [Int](repeating: 0, count: 16)
  var symbols: [Int] = []

  init(_ lengths: [Int]) throws {
    for length in lengths { counts[length] += 1 }
    counts[0] = 0
    var left = 1
    for length in 1...15 {
      left = left << 1 - counts[length]
      guard left >= 0 else { throw Inflater.damaged }
    }
    symbols = lengths.indices.filter { lengths[$0] > 0 }.sorted { (lengths[$0], $0) < (lengths[$1], $1) }
  }

  private init(trusted lengths: [Int]) {
    for length in lengths { counts[length] += 1 }
    counts[0] = 0
    symbols = lengths.indices.filter { lengths[$0] > 0 }.sorted { (lengths[$0], $0) < (lengths[$1], $1) }
  }

  static let fixedLiterals = HuffmanCode(
    trusted: [Int](repeating: 8, count: 144) + [Int](repeating: 9, count: 112) + [Int](repeating: 7, count: 24)
      + [Int](repeating: 8, count: 8))
  static let fixedDistances = HuffmanCode(trusted: [Int](repeating: 5, count: 30))
}
