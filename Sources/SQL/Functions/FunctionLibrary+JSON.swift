extension FunctionLibrary {
  static let json: [LibraryFunction] = [
    .init(
      "EXTRACTJSONFIELD", .json, "What stands at a path such as `$.a[0].b` of a JSON text; NULL when there is nothing.",
      ["(json STRING, path STRING) STRING"], [(#"EXTRACTJSONFIELD('{"a":[1,{"b":"x"}]}', '$.a[1].b')"#, "x")]),
    .init(
      "IS_JSON_STRING", .json, "Whether the text is JSON; FALSE for NULL.", ["(text STRING) BOOLEAN"],
      [("IS_JSON_STRING('[1, 2]')", "true"), ("IS_JSON_STRING('[1, ')", "false")]),
    .init(
      "JSON_ARRAY_CONTAINS", .json, "Whether a JSON array holds the value, of the same kind.",
      ["(json STRING, value T) BOOLEAN"], [("JSON_ARRAY_CONTAINS('[1, 2]', 2)", "true")]),
    .init(
      "JSON_ARRAY_LENGTH", .json, "The number of elements of a JSON array; NULL for other JSON.", ["(json STRING) INT"],
      [("JSON_ARRAY_LENGTH('[1, 2]')", "2")]),
    .init(
      "JSON_CONCAT", .json, "Objects merged into one, or everything in one array when not all are objects.",
      ["(json STRING, more STRING...) STRING"], [(#"JSON_CONCAT('{"a":1}', '{"b":2}')"#, #"{"a":1,"b":2}"#)]),
    .init(
      "JSON_ITEMS", .json, "The elements of a JSON array, each as JSON.", ["(json STRING) ARRAY<STRING>"],
      [(#"JSON_ITEMS('[1, {"a":2}]')"#, #"[1, {"a":2}]"#)]),
    .init(
      "JSON_KEYS", .json, "The names of a JSON object; NULL for other JSON.", ["(json STRING) ARRAY<STRING>"],
      [(#"JSON_KEYS('{"b":1,"a":2}')"#, "[b, a]")]),
    .init(
      "JSON_RECORDS", .json, "The members of a JSON object, texts as they are and all else as JSON; NULL for other JSON.",
      ["(json STRING) MAP<STRING, STRING>"], [(#"JSON_RECORDS('{"a":"x","b":[1]}')"#, "{a=x, b=[1]}")]),
    .init(
      "TO_JSON_STRING", .json, "The value as JSON; members of structures in the order of their names.", ["(value T) STRING"],
      [("TO_JSON_STRING('a\"b')", #""a\"b""#), ("TO_JSON_STRING(1.50)", "1.50")]),
  ]
}
