extension FunctionLibrary {
  /// For people only: how aggregates are typed is in the analyzer. The order columns of a signature are of any ordered type.
  static let aggregates: [LibraryFunction] = [
    .init("COUNT", .aggregate, "How many records have the value; COUNT(*) how many there are.", ["(value T) BIGINT"]),
    .init(
      "COUNT_DISTINCT", .aggregate, "How many different values, exactly.", ["(value T, other U...) BIGINT"]),
    .init(
      "SUM", .aggregate, "The sum, exact but for DOUBLE.", ["(x BIGINT) BIGINT", "(x DECIMAL) DECIMAL", "(x DOUBLE) DOUBLE"]),
    .init(
      "SUM_LIST", .aggregate, "The sum of all elements of all arrays.",
      ["(array ARRAY<BIGINT>) BIGINT", "(array ARRAY<DECIMAL>) DECIMAL", "(array ARRAY<DOUBLE>) DOUBLE"]),
    .init("AVG", .aggregate, "The mean.", ["(x DOUBLE) DOUBLE"]),
    .init("MIN", .aggregate, "The smallest value.", ["(value T) T"]),
    .init("MAX", .aggregate, "The largest value.", ["(value T) T"]),
    .init("FIRST_BY", .aggregate, "The value whose order columns are smallest.", ["(value T, order U, more V...) T"]),
    .init("LAST_BY", .aggregate, "The value whose order columns are largest.", ["(value T, order U, more V...) T"]),
    .init("ARG_MIN", .aggregate, "The value where the second is smallest.", ["(value T, order U) T"]),
    .init("ARG_MAX", .aggregate, "The value where the second is largest.", ["(value T, order U) T"]),
    .init(
      "EARLIEST_BY_OFFSET", .aggregate, "The first value, or the first n, by offset.",
      [
        "(value T) T", "(value T, ignoreNulls BOOLEAN) T", "(value T, n INT) ARRAY<T>",
        "(value T, n INT, ignoreNulls BOOLEAN) ARRAY<T>",
      ]),
    .init(
      "LATEST_BY_OFFSET", .aggregate, "The last value, or the last n, by offset.",
      [
        "(value T) T", "(value T, ignoreNulls BOOLEAN) T", "(value T, n INT) ARRAY<T>",
        "(value T, n INT, ignoreNulls BOOLEAN) ARRAY<T>",
      ]),
    .init("VWAP", .aggregate, "The mean price weighted by quantity, exact.", ["(price DECIMAL, quantity DECIMAL) DECIMAL"]),
    .init("VAR_SAMP", .aggregate, "The sample variance.", ["(x DOUBLE) DOUBLE"]),
    .init(
      "STDDEV_SAMP", .aggregate, "The sample standard deviation; NULL of fewer than two values, where STDDEV_SAMPLE is 0.0.",
      ["(x DOUBLE) DOUBLE"]),
    .init("CORRELATION", .aggregate, "Pearson's coefficient of correlation.", ["(x DOUBLE, y DOUBLE) DOUBLE"]),
    .init(
      "REALIZED_VOL", .aggregate, "The root of the sum of squared logarithmic returns between neighbours in order.",
      ["(price DOUBLE, order T, more U...) DOUBLE"]),
    .init(
      "TOPK", .aggregate, "The n largest values, largest first.",
      ["(value T, n INT) ARRAY<T>", "(value T, col0 U, n INT) ARRAY<STRUCT<sort_col T, col0 U>>"]),
    .init("TOPKDISTINCT", .aggregate, "The n largest different values, largest first.", ["(value T, n INT) ARRAY<T>"]),
    .init("COLLECT_LIST", .aggregate, "All values in the order of offsets.", ["(value T) ARRAY<T>"]),
    .init("COLLECT_SET", .aggregate, "All different values in the order of their first offsets.", ["(value T) ARRAY<T>"]),
    .init("HISTOGRAM", .aggregate, "How often each text came.", ["(value STRING) MAP<STRING, BIGINT>"]),
    .init("ATTR", .aggregate, "The value that all records have; NULL when they differ.", ["(value T) T"]),
  ]
}
