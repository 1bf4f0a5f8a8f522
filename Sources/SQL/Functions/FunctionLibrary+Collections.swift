extension FunctionLibrary {
  static let collections: [LibraryFunction] = [
    .init(
      "ARRAY_LENGTH", .collection, "The number of elements.", ["(array ARRAY<T>) INT"],
      [("ARRAY_LENGTH(SPLIT('a,b', ','))", "2")]),
    .init(
      "ARRAY_CONTAINS", .collection, "Whether the array holds the value; FALSE when the array is NULL.",
      ["(array ARRAY<T>, value T) BOOLEAN"], [("ARRAY_CONTAINS(SPLIT('a,b', ','), 'b')", "true")]),
    .init(
      "ARRAY_CONCAT", .collection, "The elements of the first array, then those of the second.",
      ["(first ARRAY<T>, second ARRAY<T>) ARRAY<T>"], [("ARRAY_CONCAT(SPLIT('a,b', ','), SPLIT('b', ','))", "[a, b, b]")]),
    .init(
      "ARRAY_DISTINCT", .collection, "The different elements, in the order of their first places.",
      ["(array ARRAY<T>) ARRAY<T>"], [("ARRAY_DISTINCT(SPLIT('b,a,b', ','))", "[b, a]")]),
    .init(
      "ARRAY_EXCEPT", .collection, "The different elements of the first array that the second does not have.",
      ["(first ARRAY<T>, second ARRAY<T>) ARRAY<T>"], [("ARRAY_EXCEPT(SPLIT('a,b,a,c', ','), SPLIT('b', ','))", "[a, c]")]),
    .init(
      "ARRAY_INTERSECT", .collection, "The different elements of the first array that the second has too.",
      ["(first ARRAY<T>, second ARRAY<T>) ARRAY<T>"], [("ARRAY_INTERSECT(SPLIT('a,b,a', ','), SPLIT('a,c', ','))", "[a]")]),
    .init(
      "ARRAY_UNION", .collection, "The different elements of both arrays.", ["(first ARRAY<T>, second ARRAY<T>) ARRAY<T>"],
      [("ARRAY_UNION(SPLIT('a,b', ','), SPLIT('c,b', ','))", "[a, b, c]")]),
    .init(
      "ARRAY_REMOVE", .collection, "The array without the elements that equal the value.",
      ["(array ARRAY<T>, value T) ARRAY<T>"], [("ARRAY_REMOVE(SPLIT('a,b,a', ','), 'a')", "[b]")]),
    .init(
      "ARRAY_MIN", .collection, "The smallest element; NULLs are left out.", ["(array ARRAY<T>) T"],
      [("ARRAY_MIN(SPLIT('b,a', ','))", "a")]),
    .init(
      "ARRAY_MAX", .collection, "The largest element; NULLs are left out.", ["(array ARRAY<T>) T"],
      [("ARRAY_MAX(SPLIT('b,a', ','))", "b")]),
    .init(
      "ARRAY_SORT", .collection, "The elements in order, 'ASC' or 'DESC'; NULLs last.",
      ["(array ARRAY<T>) ARRAY<T>", "(array ARRAY<T>, direction STRING) ARRAY<T>"],
      [("ARRAY_SORT(SPLIT('b,a,c', ','), 'DESC')", "[c, b, a]")]),
    .init(
      "ARRAY_JOIN", .collection, "The elements as one text with a delimiter between them, a comma when none is given.",
      ["(array ARRAY<T>) STRING", "(array ARRAY<T>, delimiter STRING) STRING"], [("ARRAY_JOIN(SPLIT('a,b', ','), '/')", "a/b")]),
    .init(
      "SLICE", .collection, "The elements from one position to another, from 1 and both included; NULL when they are not there.",
      ["(array ARRAY<T>, from INT, to INT) ARRAY<T>"], [("SLICE(SPLIT('a,b,c', ','), 2, 3)", "[b, c]")]),
    .init(
      "ENTRIES", .collection, "The entries of a map as structures of K and V, in the order of keys.",
      ["(map MAP<STRING, T>, sorted BOOLEAN) ARRAY<STRUCT<K STRING, V T>>"],
      [("ENTRIES(SPLIT_TO_MAP('a=1', ';', '='), TRUE)", "[Struct{K=a,V=1}]")]),
    .init(
      "AS_MAP", .collection, "A map of keys and, in the same order, values.",
      ["(keys ARRAY<STRING>, values ARRAY<T>) MAP<STRING, T>"], [("AS_MAP(SPLIT('a,b', ','), SPLIT('1,2', ','))", "{a=1, b=2}")]),
    .init(
      "MAP_KEYS", .collection, "The keys of a map, in order.", ["(map MAP<STRING, T>) ARRAY<STRING>"],
      [("MAP_KEYS(SPLIT_TO_MAP('b=1;a=2', ';', '='))", "[a, b]")]),
    .init(
      "MAP_VALUES", .collection, "The values of a map, in the order of their keys.", ["(map MAP<STRING, T>) ARRAY<T>"],
      [("MAP_VALUES(SPLIT_TO_MAP('b=1;a=2', ';', '='))", "[2, 1]")]),
    .init(
      "MAP_UNION", .collection, "The entries of both maps; of equal keys those of the second.",
      ["(first MAP<STRING, T>, second MAP<STRING, T>) MAP<STRING, T>"],
      [("MAP_UNION(SPLIT_TO_MAP('a=1;b=2', ';', '='), SPLIT_TO_MAP('b=3', ';', '='))", "{a=1, b=3}")]),
    .init(
      "GENERATE_SERIES", .collection, "The numbers from one to another, both included, at most 100000 of them.",
      [
        "(from INT, to INT) ARRAY<INT>", "(from INT, to INT, step INT) ARRAY<INT>", "(from BIGINT, to BIGINT) ARRAY<BIGINT>",
        "(from BIGINT, to BIGINT, step INT) ARRAY<BIGINT>",
      ], [("GENERATE_SERIES(1, 7, 3)", "[1, 4, 7]"), ("GENERATE_SERIES(2, 0)", "[2, 1, 0]")]),
  ]

  static let conversions: [LibraryFunction] =
    [
      .init(
        "COALESCE", .null, "The first value that is not NULL.", ["(value T, other T...) T"], [("COALESCE(NULL, 'a')", "a")]),
      .init(
        "IFNULL", .null, "The first value, or the second when it is NULL.", ["(value T, other T) T"], [("IFNULL('a', 'b')", "a")]),
      .init(
        "NULLIF", .null, "NULL when the values are equal, the first otherwise.", ["(value T, other T) T"],
        [("COALESCE(NULLIF('a', 'a'), 'none')", "none")]),
      .init("AS_VALUE", .conversion, "A key column as a column of the value.", ["(value T) T"], [("AS_VALUE(1)", "1")]),
      .init(
        "TO_BYTES", .conversion, "The bytes that a text stands for: 'hex', 'utf8', 'ascii' or 'base64'.",
        ["(text STRING, encoding STRING) BYTES"], [("FROM_BYTES(TO_BYTES('4869', 'hex'), 'utf8')", "Hi")]),
      .init(
        "FROM_BYTES", .conversion, "Bytes as text: 'hex', 'utf8', 'ascii' or 'base64'.", ["(data BYTES, encoding STRING) STRING"],
        [("FROM_BYTES(TO_BYTES('Hi', 'utf8'), 'base64')", "SGk=")]),
    ]
    + [("INT", 4), ("BIGINT", 8), ("DOUBLE", 8)].map { type, size in
      .init(
        "\(type)_FROM_BYTES", .conversion, "The \(type) of \(size) bytes, 'BIG_ENDIAN' or 'LITTLE_ENDIAN'.",
        ["(data BYTES) \(type)", "(data BYTES, order STRING) \(type)"])
    }
}
