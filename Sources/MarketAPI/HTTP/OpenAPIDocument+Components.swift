extension OpenAPIDocument {
  /// The shapes of answers, and the ways to say who asks.
  static let components = """
    {
      "responses": {
        "304": {"description": "Not changed since the ETag given."},
        "400": {
          "description": "A parameter is wrong.",
          "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        },
        "401": {
          "description": "A key is needed.",
          "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        },
        "403": {
          "description": "The key, or the page that asks, may not.",
          "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        },
        "406": {
          "description": "The form asked for is none that is answered.",
          "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        },
        "414": {
          "description": "The URL is too long.",
          "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        },
        "429": {
          "description": "Too many requests or streams.",
          "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        },
        "503": {
          "description": "Not ready, or busy.",
          "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        }
      },
      "securitySchemes": {
        "bearer": {"type": "http", "scheme": "bearer"},
        "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}
      },
      "schemas": {
        "Problem": {
          "type": "object",
          "required": ["type", "title", "status", "detail"],
          "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"}
          },
          "additionalProperties": false
        },
        "Symbols": {
          "type": "object",
          "required": ["symbols"],
          "properties": {
            "symbols": {
              "type": "array",
              "items": {
                "type": "object",
                "required": ["venue", "symbol", "intervals"],
                "properties": {
                  "venue": {"type": "string"},
                  "symbol": {"type": "string"},
                  "intervals": {"type": "array", "items": {"type": "string"}}
                },
                "additionalProperties": false
              }
            }
          },
          "additionalProperties": false
        },
        "Candle": {
          "type": "object",
          "required": [
            "venue",
            "symbol",
            "interval",
            "start",
            "end",
            "open",
            "high",
            "low",
            "close",
            "volume",
            "quote_volume",
            "vwap",
            "trades",
            "final",
            "revision"
          ],
          "properties": {
            "venue": {"type": "string"},
            "symbol": {"type": "string"},
            "interval": {"type": "string"},
            "start": {"type": "integer"},
            "end": {"type": "integer"},
            "open": {"type": "string", "pattern": "^-?[0-9]+([.][0-9]+)?$"},
            "high": {"type": "string", "pattern": "^-?[0-9]+([.][0-9]+)?$"},
            "low": {"type": "string", "pattern": "^-?[0-9]+([.][0-9]+)?$"},
            "close": {"type": "string", "pattern": "^-?[0-9]+([.][0-9]+)?$"},
            "volume": {"type": "string", "pattern": "^-?[0-9]+([.][0-9]+)?$"},
            "quote_volume": {"type": "string", "pattern": "^-?[0-9]+([.][0-9]+)?$"},
            "vwap": {"type": ["string", "null"], "pattern": "^-?[0-9]+([.][0-9]+)?$"},
            "trades": {"type": "integer"},
            "final": {"type": "boolean"},
            "revision": {"type": "integer"}
          },
          "additionalProperties": false
        },
        "Candles": {
          "type": "object",
          "required": ["candles", "next"],
          "properties": {
            "candles": {"type": "array", "items": {"$ref": "#/components/schemas/Candle"}},
            "next": {"type": ["string", "null"]}
          },
          "additionalProperties": false
        },
        "LateTrade": {
          "type": "object",
          "required": ["time", "venue", "symbol", "trade_id", "price", "quantity", "reason", "lateness_ms", "query"],
          "properties": {
            "time": {"type": "integer"},
            "venue": {"type": ["string", "null"]},
            "symbol": {"type": ["string", "null"]},
            "trade_id": {"type": ["integer", "null"]},
            "price": {"type": ["string", "null"]},
            "quantity": {"type": ["string", "null"]},
            "reason": {"type": "string"},
            "lateness_ms": {"type": ["integer", "null"]},
            "query": {"type": ["string", "null"]}
          },
          "additionalProperties": false
        },
        "LateTrades": {
          "type": "object",
          "required": ["late"],
          "properties": {"late": {"type": "array", "items": {"$ref": "#/components/schemas/LateTrade"}}},
          "additionalProperties": false
        },
        "Query": {
          "type": "object",
          "required": ["id", "state", "lag", "stream_time", "freshness_ms", "last_commit"],
          "properties": {
            "id": {"type": "string"},
            "state": {"type": "string", "enum": ["RUNNING", "REBALANCING", "PAUSED", "UNRESPONSIVE"]},
            "lag": {"type": "integer"},
            "stream_time": {"type": ["integer", "null"]},
            "freshness_ms": {"type": ["integer", "null"]},
            "last_commit": {"type": ["integer", "null"]}
          },
          "additionalProperties": false
        },
        "Rates": {
          "type": "object",
          "required": ["trades_per_second", "candles_per_second", "late_per_minute", "errors_per_minute"],
          "properties": {
            "trades_per_second": {"type": "number"},
            "candles_per_second": {"type": "number"},
            "late_per_minute": {"type": "number"},
            "errors_per_minute": {"type": "number"}
          },
          "additionalProperties": false
        },
        "Stats": {
          "type": "object",
          "required": ["queries", "topics", "rates"],
          "properties": {
            "queries": {"type": "array", "items": {"$ref": "#/components/schemas/Query"}},
            "topics": {
              "type": "array",
              "items": {
                "type": "object",
                "required": ["name", "partitions"],
                "properties": {
                  "name": {"type": "string"},
                  "partitions": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "required": ["partition", "end", "lag"],
                      "properties": {
                        "partition": {"type": "integer"},
                        "end": {"type": "integer"},
                        "lag": {"type": "integer"}
                      },
                      "additionalProperties": false
                    }
                  }
                },
                "additionalProperties": false
              }
            },
            "rates": {"$ref": "#/components/schemas/Rates"}
          },
          "additionalProperties": false
        },
        "Audit": {
          "type": "object",
          "required": ["holds", "rows"],
          "properties": {
            "holds": {"type": "boolean"},
            "rows": {
              "type": "array",
              "items": {
                "type": "object",
                "required": ["query", "input", "in_windows", "late", "duplicate", "invalid", "filtered", "holds"],
                "properties": {
                  "query": {"type": "string"},
                  "input": {"type": "integer"},
                  "in_windows": {"type": "integer"},
                  "late": {"type": "integer"},
                  "duplicate": {"type": "integer"},
                  "invalid": {"type": "integer"},
                  "filtered": {"type": "integer"},
                  "holds": {"type": "boolean"}
                },
                "additionalProperties": false
              }
            }
          },
          "additionalProperties": false
        },
        "Readiness": {
          "type": "object",
          "required": ["ready", "reasons"],
          "properties": {"ready": {"type": "boolean"}, "reasons": {"type": "array", "items": {"type": "string"}}},
          "additionalProperties": false
        }
      }
    }
    """
}
