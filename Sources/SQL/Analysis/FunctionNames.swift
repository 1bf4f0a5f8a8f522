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

  /// Functions that ksqlDB's users know and the engine does not have, with what to use instead where there is something.
  static let unsupported: [String: String] = {
    var advice = [
      "AS_VALUE": "a value whose registered schema has a field for a key column holds it anyway",
      "STRINGTOTIMESTAMP": "declare the column as TIMESTAMP", "TIMESTAMPTOSTRING": "keep the TIMESTAMP",
      "PARSE_TIMESTAMP": "declare the column as TIMESTAMP", "FORMAT_TIMESTAMP": "keep the TIMESTAMP",
      "NOW": "a replay would differ; use the event time", "CURRENT_TIMESTAMP": "a replay would differ; use the event time",
      "RANDOM": "a replay would differ", "UUID": "a replay would differ", "UPPER": "use UCASE", "LOWER": "use LCASE",
      "LENGTH": "use LEN", "SUBSTR": "use SUBSTRING", "IF": "use CASE", "FIRST": "use FIRST_BY", "LAST": "use LAST_BY",
      "EXTRACTJSONFIELD": "give the field a column of its own", "VAR_POP": "use VAR_SAMP",
      "STDDEV_POP": "use STDDEV_SAMP", "VARIANCE": "use VAR_SAMP", "STDDEV": "use STDDEV_SAMP",
    ]
    for name in [
      "POWER", "LOG", "SIGN", "TRUNC", "CBRT", "PI", "DEGREES", "RADIANS", "SIN", "COS", "TAN",
      "ASIN", "ACOS", "ATAN", "ATAN2", "SINH", "COSH", "TANH", "COT", "ENTRIES", "GENERATE_SERIES", "GEO_DISTANCE",
      "CHR", "CONCAT_WS", "ELT", "ENCODE", "FIELD", "FROM_BYTES", "TO_BYTES", "INITCAP", "INSTR", "LPAD", "RPAD", "MASK",
      "QUOTE", "REPLACE", "REGEXP_EXTRACT", "REGEXP_EXTRACT_ALL", "REGEXP_REPLACE", "REGEXP_SPLIT_TO_ARRAY", "SPLIT",
      "SPLIT_TO_MAP", "DATEADD", "DATESUB", "TIMEADD", "TIMESUB", "TIMESTAMPADD", "TIMESTAMPSUB", "CONVERT_TZ",
      "FROM_DAYS", "UNIX_DATE", "DATETOSTRING", "STRINGTODATE", "FORMAT_DATE", "FORMAT_TIME", "PARSE_DATE", "PARSE_TIME",
      "IS_JSON_STRING", "JSON_ARRAY_CONTAINS", "JSON_ARRAY_LENGTH", "JSON_CONCAT", "JSON_ITEMS", "JSON_KEYS",
      "JSON_RECORDS", "TO_JSON_STRING", "URL_DECODE_PARAM", "URL_ENCODE_PARAM", "URL_EXTRACT_HOST", "URL_EXTRACT_PATH",
      "ARRAY_CONTAINS", "ARRAY_LENGTH", "ARRAY_MAX", "ARRAY_MIN", "ARRAY_SORT", "ARRAY_JOIN", "SLICE", "EXPLODE",
      "CUBE_EXPLODE", "MAP_KEYS", "MAP_VALUES", "AS_MAP", "TRANSFORM", "REDUCE", "FILTER",
    ] {
      advice[name] = ""
    }
    return advice
  }()
}
