extension Library {
  static let masks: [String: Library] = [
    "MASK": Library(seesNulls: true) { arguments, _ throws(ValueError) in try masked(arguments, first: 1) { 0..<$0 } },
    "MASK_LEFT": counted { count, n in 0..<min(n, count) },
    "MASK_RIGHT": counted { count, n in max(0, count - n)..<count },
    "MASK_KEEP_LEFT": counted { count, n in min(n, count)..<count },
    "MASK_KEEP_RIGHT": counted { count, n in 0..<max(0, count - n) },
  ]

  /// Masks with a number of characters after the text.
  private static func counted(_ range: @escaping @Sendable (_ count: Int, _ n: Int) -> Range<Int>) -> Library {
    Library(seesNulls: true) { arguments, _ throws(ValueError) in
      if arguments[1].isNull { return .null }
      let n = try arguments.whole(1)
      guard n >= 0 else { throw .invalid("a negative number of characters to mask or keep") }
      return try masked(arguments, first: 2) { range($0, n) }
    }
  }

  /// `first`: where the masks of capitals, small letters, digits and all else begin, when they are given.
  private static func masked(
    _ arguments: [Value], first: Int, _ range: (Int) -> Range<Int>
  ) throws(ValueError) -> Value {
    if arguments[0].isNull { return .null }
    var scalars = Array(try arguments.text(0).unicodeScalars)
    var masks: [Unicode.Scalar?] = ["X", "x", "n", "-"]
    if arguments.count > first {
      for kind in masks.indices { masks[kind] = try mask(arguments[first + kind]) }
    }
    for index in range(scalars.count) {
      if let mask = masks[kind(scalars[index])] { scalars[index] = mask }
    }
    return .string(String(scalars: scalars[...]))
  }

  private static func mask(_ value: Value) throws(ValueError) -> Unicode.Scalar? {
    if value.isNull { return nil }
    let scalars = try [value].text(0).unicodeScalars
    guard let scalar = scalars.first, scalars.count == 1 else { throw .invalid("a mask that is not one character") }
    return scalar
  }

  private static func kind(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter: 0
    case .lowercaseLetter: 1
    case .decimalNumber: 2
    default: 3
    }
  }
}
