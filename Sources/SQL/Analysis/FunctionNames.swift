/// Functions by the names that statements call them.
enum FunctionNames {
  static let aggregates: [String: AggregateFunction] = [
    "COUNT": .count, "SUM": .sum, "MIN": .min, "MAX": .max, "AVG": .average, "FIRST_BY": .firstBy, "LAST_BY": .lastBy,
    "EARLIEST_BY_OFFSET": .earliestByOffset, "LATEST_BY_OFFSET": .latestByOffset, "VWAP": .vwap,
    "VAR_SAMP": .varianceSample, "STDDEV_SAMP": .standardDeviationSample, "STDDEV_SAMPLE": .standardDeviationSample,
    "ARG_MIN": .firstBy, "ARG_MAX": .lastBy, "TOPK": .topK, "TOPKDISTINCT": .topKDistinct, "COLLECT_LIST": .collectList,
    "COLLECT_SET": .collectSet, "COUNT_DISTINCT": .countDistinct, "CORRELATION": .correlation, "HISTOGRAM": .histogram,
    "ATTR": .attribute, "SUM_LIST": .sumList, "REALIZED_VOL": .realizedVolatility,
  ]

  static let scalars: [String: ScalarFunction] = [
    "ABS": .abs, "CEIL": .ceil, "FLOOR": .floor, "ROUND": .round, "SQRT": .sqrt, "LN": .ln, "EXP": .exp,
    "GREATEST": .greatest, "LEAST": .least, "COALESCE": .coalesce, "IFNULL": .coalesce, "NULLIF": .nullIf,
    "CONCAT": .concat, "UCASE": .upper, "LCASE": .lower, "TRIM": .trim, "LEN": .length, "SUBSTRING": .substring,
    "FROM_UNIXTIME": .fromUnixTime, "UNIX_TIMESTAMP": .unixTimestamp,
  ]

  /// Functions that people know from ksqlDB or elsewhere and the engine does not have, with what to use instead.
  static let unsupported: [String: String] = [
    "NOW": "a replay would differ: use the event time", "CURRENT_TIMESTAMP": "a replay would differ: use the event time",
    "CURRENT_DATE": "a replay would differ: use the event time", "CURRENT_TIME": "a replay would differ: use the event time",
    "RANDOM": "a replay would differ: put the number into the record", "UUID": "a replay would differ: put it into the record",
    "TRANSFORM": "lambdas are not: compute the values before they are written",
    "FILTER": "lambdas are not: filter the values before they are written",
    "REDUCE": "lambdas are not: compute the value before it is written",
    "EXPLODE": "one record gives one: write the elements as records of their own",
    "CUBE_EXPLODE": "one record gives one: write a query for each combination",
    "UPPER": "use UCASE", "LOWER": "use LCASE", "LENGTH": "use LEN", "SUBSTR": "use SUBSTRING", "IF": "use CASE",
    "FIRST": "use FIRST_BY", "LAST": "use LAST_BY", "VAR_POP": "use VAR_SAMP", "STDDEV_POP": "use STDDEV_SAMP",
    "VARIANCE": "use VAR_SAMP", "STDDEV": "use STDDEV_SAMP",
  ]
}
