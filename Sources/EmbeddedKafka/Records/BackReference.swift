/// The copy from earlier output that LZ77 formats are made of.
enum BackReference {
  /// Appends `length` bytes from `distance` bytes back; they may overlap what is being written. `distance` is inside
  /// the output.
  @inline(__always)
  static func copy(_ output: inout [UInt8], _ distance: Int, _ length: Int) {
    let source = output.count - distance
    if distance >= length {
      output.append(contentsOf: output[source..<(source + length)])
      return
    }
    for index in 0..<length { output.append(output[source + index]) }
  }
}
