extension FunctionLibrary {
  static let text: [LibraryFunction] =
    [
      .init("UCASE", .text, "The text in capitals.", ["(text STRING) STRING"], [("UCASE('btc')", "BTC")]),
      .init("LCASE", .text, "The text in small letters.", ["(text STRING) STRING"], [("LCASE('BTC')", "btc")]),
      .init("TRIM", .text, "The text without white space at both ends.", ["(text STRING) STRING"], [("TRIM(' a ')", "a")]),
      .init(
        "LEN", .text, "The number of characters, or of bytes.", ["(text STRING) INT", "(data BYTES) INT"], [("LEN('abc')", "3")]),
      .init(
        "SUBSTRING", .text, "What begins at a position, counted from 1 or, when negative, from the end.",
        [
          "(text STRING, position INT) STRING", "(text STRING, position INT, length INT) STRING",
          "(data BYTES, position INT) BYTES", "(data BYTES, position INT, length INT) BYTES",
        ], [("SUBSTRING('BTC-USDT', 5)", "USDT"), ("SUBSTRING('BTC-USDT', -4, 3)", "USD")]),
      .init(
        "CONCAT", .text, "All arguments one after the other; NULLs are left out.",
        ["(text STRING, more STRING...) STRING", "(data BYTES, more BYTES...) BYTES"], [("CONCAT('a', NULL, 'b')", "ab")]),
      .init(
        "CONCAT_WS", .text, "All arguments but the first, with the first between them; NULLs are left out.",
        [
          "(separator STRING, text STRING, more STRING...) STRING", "(separator BYTES, data BYTES, more BYTES...) BYTES",
        ], [("CONCAT_WS('-', 'BTC', NULL, 'USDT')", "BTC-USDT")]),
      .init(
        "REPLACE", .text, "The text with another text in every place of an old one.",
        ["(text STRING, old STRING, new STRING) STRING"], [("REPLACE('a.b.c', '.', '-')", "a-b-c")]),
      .init(
        "SPLIT", .text, "The parts between delimiters; single characters when the delimiter is empty.",
        ["(text STRING, delimiter STRING) ARRAY<STRING>", "(data BYTES, delimiter BYTES) ARRAY<BYTES>"],
        [("SPLIT('a,b,,c', ',')", "[a, b, , c]")]),
      .init(
        "SPLIT_TO_MAP", .text, "The entries of a text such as `a=1;b=2`; of equal keys the last counts.",
        ["(text STRING, entryDelimiter STRING, keyDelimiter STRING) MAP<STRING, STRING>"],
        [("SPLIT_TO_MAP('a=1;b=2', ';', '=')", "{a=1, b=2}")]),
      .init(
        "INSTR", .text, "The position of a text within another, from 1; 0 when it is not there.",
        [
          "(text STRING, part STRING) INT", "(text STRING, part STRING, position INT) INT",
          "(text STRING, part STRING, position INT, occurrence INT) INT",
        ], [("INSTR('CORPORATE FLOOR', 'OR', 3, 2)", "14"), ("INSTR('CORPORATE FLOOR', 'OR', -3)", "5")]),
      .init(
        "LPAD", .text, "Filled up on the left to a length, or cut to it.",
        ["(text STRING, length INT, padding STRING) STRING", "(data BYTES, length INT, padding BYTES) BYTES"],
        [("LPAD('7', 3, '0')", "007"), ("LPAD('foo', 2, 'x')", "fo")]),
      .init(
        "RPAD", .text, "Filled up on the right to a length, or cut to it.",
        ["(text STRING, length INT, padding STRING) STRING", "(data BYTES, length INT, padding BYTES) BYTES"],
        [("RPAD('7', 4, 'ab')", "7aba")]),
      .init(
        "INITCAP", .text, "Every word with a capital at its start and small letters after it.", ["(text STRING) STRING"],
        [("INITCAP('to THE moon')", "To The Moon")]),
      .init(
        "CHR", .text, "The character of a code point, or of an escape such as `\\u004b`.",
        ["(code INT) STRING", "(escape STRING) STRING"], [("CHR(75)", "K")]),
      .init(
        "ELT", .text, "The nth of the texts; NULL when there are fewer.", ["(n INT, text STRING...) STRING"],
        [("ELT(2, 'a', 'b', 'c')", "b")]),
      .init(
        "FIELD", .text, "The position of the first text among the others, from 1; 0 when it is none of them.",
        ["(text STRING, other STRING...) INT"], [("FIELD('b', 'a', 'b')", "2")]),
      .init(
        "ENCODE", .text, "The text from one encoding in another: 'hex', 'utf8', 'ascii', 'base64'.",
        ["(text STRING, from STRING, to STRING) STRING"], [("ENCODE('Hi', 'utf8', 'hex')", "4869")]),
      .init(
        "MD5", .text, "The MD5 digest of the text's UTF-8, in hexadecimal.", ["(text STRING) STRING"],
        [("MD5('abc')", "900150983cd24fb0d6963f7d28e17f72")]),
    ] + masks + regularExpressions + urls

  private static let masks: [LibraryFunction] = [
    ("MASK", "All characters", "", "Xx-n"), ("MASK_LEFT", "The first n characters", ", n INT", "Xb-1"),
    ("MASK_RIGHT", "The last n characters", ", n INT", "Ab-n"),
    ("MASK_KEEP_LEFT", "All but the first n characters", ", n INT", "Ax-n"),
    ("MASK_KEEP_RIGHT", "All but the last n characters", ", n INT", "Xx-1"),
  ].map { name, what, count, result in
    LibraryFunction(
      name, .text, "\(what) replaced by X, x, n or -, or by characters of your own (NULL: not replaced).",
      [
        "(text STRING\(count)) STRING",
        "(text STRING\(count), capital STRING, small STRING, digit STRING, other STRING) STRING",
      ], [("\(name)('Ab-1'\(count.isEmpty ? "" : ", 1"))", result)])
  }

  private static let regularExpressions: [LibraryFunction] = [
    .init(
      "REGEXP_EXTRACT", .regularExpression, "The first match of a pattern, or a group of it; NULL without a match.",
      ["(pattern STRING, text STRING) STRING", "(pattern STRING, text STRING, group INT) STRING"],
      [("REGEXP_EXTRACT('(.*) (b.*)', 'a bc', 2)", "bc")]),
    .init(
      "REGEXP_EXTRACT_ALL", .regularExpression, "All matches of a pattern, or a group of each.",
      ["(pattern STRING, text STRING) ARRAY<STRING>", "(pattern STRING, text STRING, group INT) ARRAY<STRING>"],
      [("REGEXP_EXTRACT_ALL('[0-9]+', 'a1b22')", "[1, 22]")]),
    .init(
      "REGEXP_REPLACE", .regularExpression, "The text with every match replaced; $1 stands for the first group.",
      ["(text STRING, pattern STRING, new STRING) STRING"], [("REGEXP_REPLACE('a1b2', '[0-9]', '#')", "a#b#")]),
    .init(
      "REGEXP_SPLIT_TO_ARRAY", .regularExpression, "The parts between matches of a pattern.",
      ["(text STRING, pattern STRING) ARRAY<STRING>"], [("REGEXP_SPLIT_TO_ARRAY('a1b22c', '[0-9]+')", "[a, b, c]")]),
  ]

  private static let urls: [LibraryFunction] = [
    .init(
      "URL_ENCODE_PARAM", .url, "The text as a parameter of a URL.", ["(text STRING) STRING"],
      [("URL_ENCODE_PARAM('a b&c')", "a+b%26c")]),
    .init(
      "URL_DECODE_PARAM", .url, "The text that a parameter of a URL stands for.", ["(text STRING) STRING"],
      [("URL_DECODE_PARAM('a+b%26c')", "a b&c")]),
    .init(
      "URL_EXTRACT_PROTOCOL", .url, "The scheme of a URL.", ["(url STRING) STRING"],
      [("URL_EXTRACT_PROTOCOL('https://a.b')", "https")]),
    .init(
      "URL_EXTRACT_HOST", .url, "The host of a URL.", ["(url STRING) STRING"], [("URL_EXTRACT_HOST('https://a.b:80/c')", "a.b")]),
    .init(
      "URL_EXTRACT_PORT", .url, "The port of a URL; NULL when it names none.", ["(url STRING) INT"],
      [("URL_EXTRACT_PORT('https://a.b:80/c')", "80")]),
    .init(
      "URL_EXTRACT_PATH", .url, "The path of a URL.", ["(url STRING) STRING"], [("URL_EXTRACT_PATH('https://a.b/c/d?e')", "/c/d")]
    ),
    .init(
      "URL_EXTRACT_QUERY", .url, "What follows the question mark of a URL.", ["(url STRING) STRING"],
      [("URL_EXTRACT_QUERY('https://a.b/c?d=1#e')", "d=1")]),
    .init(
      "URL_EXTRACT_FRAGMENT", .url, "What follows the # of a URL.", ["(url STRING) STRING"],
      [("URL_EXTRACT_FRAGMENT('https://a.b/c?d=1#e')", "e")]),
    .init(
      "URL_EXTRACT_PARAMETER", .url, "The value of a parameter of a URL.", ["(url STRING, parameter STRING) STRING"],
      [("URL_EXTRACT_PARAMETER('https://a.b?x=1&y=2', 'y')", "2")]),
  ]
}
