extension OpenAPIDocument {
  /// Every path with its parameters and answers.
  static let paths = """
    {
      "/v1/symbols": {
        "get": {
          "summary": "What there are candles of",
          "parameters": [],
          "responses": {
            "200": {
              "description": "Venues, symbols and their intervals.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Symbols"}}}
            },
            "304": {"$ref": "#/components/responses/304"},
            "400": {"$ref": "#/components/responses/400"},
            "401": {"$ref": "#/components/responses/401"},
            "403": {"$ref": "#/components/responses/403"},
            "414": {"$ref": "#/components/responses/414"},
            "429": {"$ref": "#/components/responses/429"}
          }
        }
      },
      "/v1/candles": {
        "get": {
          "summary": "Candles of a symbol, by their start",
          "parameters": [
            {"name": "symbol", "in": "query", "description": "BASE-QUOTE.", "schema": {"type": "string"}, "required": true},
            {
              "name": "interval",
              "in": "query",
              "description": "A number and a unit: 1s, 5m, 1h, 1d.",
              "schema": {"type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$"},
              "required": true
            },
            {
              "name": "venue",
              "in": "query",
              "description": "One venue; all of them where it is left out.",
              "schema": {"type": "string"}
            },
            {
              "name": "from",
              "in": "query",
              "description": "First start: milliseconds or ISO-8601. Without it the newest are answered.",
              "schema": {"type": ["string", "integer"]}
            },
            {
              "name": "to",
              "in": "query",
              "description": "First start that is left out.",
              "schema": {"type": ["string", "integer"]}
            },
            {
              "name": "limit",
              "in": "query",
              "description": "The most candles of one answer.",
              "schema": {"type": "integer", "minimum": 1, "maximum": 5000, "default": 500}
            },
            {
              "name": "cursor",
              "in": "query",
              "description": "Goes on behind an answer: its next.",
              "schema": {"type": "string"}
            },
            {
              "name": "format",
              "in": "query",
              "description": "Counts before Accept.",
              "schema": {"type": "string", "enum": ["json", "csv"]}
            }
          ],
          "responses": {
            "200": {
              "description": "A page of candles. The CSV's next page is in X-Next-Cursor.",
              "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/Candles"}},
                "text/csv": {"schema": {"type": "string"}}
              }
            },
            "304": {"$ref": "#/components/responses/304"},
            "400": {"$ref": "#/components/responses/400"},
            "401": {"$ref": "#/components/responses/401"},
            "403": {"$ref": "#/components/responses/403"},
            "414": {"$ref": "#/components/responses/414"},
            "429": {"$ref": "#/components/responses/429"},
            "406": {"$ref": "#/components/responses/406"},
            "503": {"$ref": "#/components/responses/503"}
          }
        }
      },
      "/v1/late": {
        "get": {
          "summary": "Trades in no candle, newest first",
          "parameters": [
            {
              "name": "limit",
              "in": "query",
              "description": "The most trades of one answer.",
              "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}
            }
          ],
          "responses": {
            "200": {
              "description": "Late and invalid trades.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/LateTrades"}}}
            },
            "400": {"$ref": "#/components/responses/400"},
            "401": {"$ref": "#/components/responses/401"},
            "403": {"$ref": "#/components/responses/403"},
            "414": {"$ref": "#/components/responses/414"},
            "429": {"$ref": "#/components/responses/429"}
          }
        }
      },
      "/v1/stats": {
        "get": {
          "summary": "Queries, lags and rates",
          "parameters": [],
          "responses": {
            "200": {
              "description": "As of the last second.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Stats"}}}
            },
            "400": {"$ref": "#/components/responses/400"},
            "401": {"$ref": "#/components/responses/401"},
            "403": {"$ref": "#/components/responses/403"},
            "414": {"$ref": "#/components/responses/414"},
            "429": {"$ref": "#/components/responses/429"}
          }
        }
      },
      "/v1/audit": {
        "get": {
          "summary": "Where every record went",
          "parameters": [],
          "responses": {
            "200": {
              "description": "By query. A query holds when input = in_windows + late + duplicate + invalid + filtered, and \
    no stretch of its source is left out or read twice.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Audit"}}}
            },
            "400": {"$ref": "#/components/responses/400"},
            "401": {"$ref": "#/components/responses/401"},
            "403": {"$ref": "#/components/responses/403"},
            "414": {"$ref": "#/components/responses/414"},
            "429": {"$ref": "#/components/responses/429"}
          }
        }
      },
      "/v1/stream": {
        "get": {
          "summary": "Candles as they change, as Server-Sent Events: snapshot, candles, late, status",
          "parameters": [
            {
              "name": "symbol",
              "in": "query",
              "description": "Symbols, with commas; all where it is left out.",
              "schema": {"type": "string"}
            },
            {"name": "venue", "in": "query", "description": "Venues, likewise.", "schema": {"type": "string"}},
            {"name": "interval", "in": "query", "description": "Intervals, likewise.", "schema": {"type": "string"}},
            {
              "name": "late",
              "in": "query",
              "description": "Whether late trades are told too.",
              "schema": {"type": "string", "enum": ["0", "1", "true", "false"], "default": "0"}
            },
            {
              "name": "every",
              "in": "query",
              "description": "Milliseconds in which changes are gathered.",
              "schema": {"type": "integer", "minimum": 20, "maximum": 60000, "default": 300}
            },
            {
              "name": "Last-Event-ID",
              "in": "header",
              "description": "Goes on behind that event.",
              "schema": {"type": "string"}
            }
          ],
          "responses": {
            "200": {
              "description": "Events until the client goes.",
              "content": {"text/event-stream": {"schema": {"type": "string"}}}
            },
            "400": {"$ref": "#/components/responses/400"},
            "401": {"$ref": "#/components/responses/401"},
            "403": {"$ref": "#/components/responses/403"},
            "414": {"$ref": "#/components/responses/414"},
            "429": {"$ref": "#/components/responses/429"},
            "406": {"$ref": "#/components/responses/406"}
          }
        }
      },
      "/v1/openapi.json": {
        "get": {
          "summary": "This description",
          "parameters": [],
          "responses": {
            "200": {"description": "OpenAPI 3.1.", "content": {"application/json": {"schema": {"type": "object"}}}},
            "304": {"$ref": "#/components/responses/304"},
            "400": {"$ref": "#/components/responses/400"},
            "401": {"$ref": "#/components/responses/401"},
            "403": {"$ref": "#/components/responses/403"},
            "414": {"$ref": "#/components/responses/414"},
            "429": {"$ref": "#/components/responses/429"}
          }
        }
      },
      "/healthz": {
        "get": {
          "summary": "Whether the process lives",
          "parameters": [],
          "responses": {
            "200": {
              "description": "It does.",
              "content": {
                "application/json": {
                  "schema": {
                    "type": "object",
                    "required": ["status"],
                    "properties": {"status": {"const": "ok"}},
                    "additionalProperties": false
                  }
                }
              }
            }
          },
          "security": []
        }
      },
      "/readyz": {
        "get": {
          "summary": "Whether everything is read",
          "parameters": [],
          "responses": {
            "200": {
              "description": "It is.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Readiness"}}}
            },
            "503": {
              "description": "Not yet, and why.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Readiness"}}}
            }
          },
          "security": []
        }
      },
      "/metrics": {
        "get": {
          "summary": "Numbers for Prometheus",
          "parameters": [],
          "responses": {
            "200": {"description": "Text format 0.0.4.", "content": {"text/plain": {"schema": {"type": "string"}}}},
            "400": {"$ref": "#/components/responses/400"},
            "401": {"$ref": "#/components/responses/401"},
            "403": {"$ref": "#/components/responses/403"},
            "414": {"$ref": "#/components/responses/414"},
            "429": {"$ref": "#/components/responses/429"}
          }
        }
      }
    }
    """
}
