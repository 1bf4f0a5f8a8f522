/// The description of the interface that is served at `/v1/openapi.json`: OpenAPI 3.1.
enum OpenAPIDocument {
  static let text = "{" + inner(head) + ", \"paths\": " + paths + ", \"components\": " + components + "}\n"

  private static func inner(_ object: String) -> Substring { object.dropFirst().dropLast() }

  /// What the interface is.
  static let head = """
    {
      "openapi": "3.1.0",
      "info": {
        "title": "Wick",
        "version": "1",
        "description": "Candles, late trades and how their queries are doing. Prices and quantities are decimal texts; \
    times are milliseconds since 1970-01-01T00:00:00Z."
      },
      "security": [{}, {"bearer": []}, {"key": []}]
    }
    """
}
