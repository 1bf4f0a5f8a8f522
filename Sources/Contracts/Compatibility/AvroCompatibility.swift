/// Decides whether data of one schema can be read with another (Avro specification, "Schema Resolution").
public enum AvroCompatibility {
  /// Everything that keeps `reader` from reading data of `writer`; empty when it can. Logical types play no part, as in Avro's
  /// own checkers; see `LakeSafety`.
  public static func problems(reader: AvroSchema, writer: AvroSchema) -> [Incompatibility] {
    var checker = AvroResolutionChecker(reader: reader, writer: writer)
    return checker.check()
  }

  /// What keeps `candidate` from being the next version after `versions` (ascending) at `level`.
  public static func problems(
    candidate: AvroSchema, after versions: [AvroSchema], level: CompatibilityLevel
  ) -> [Incompatibility] {
    let judges = level.isTransitive ? versions.reversed() : Array(versions.suffix(1))
    var found: [Incompatibility] = []
    for judge in judges where found.isEmpty {
      if level.isBackward { found += problems(reader: candidate, writer: judge) }
      if level.isForward { found += problems(reader: judge, writer: candidate) }
    }
    return found
  }
}
