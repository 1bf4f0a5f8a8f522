import SQL
import Testing
import Values

/// Patterns that would take for ever are refused; the others give what they give without a bound.
@Suite struct BoundedExpressionTests {
  private func value(_ function: String, _ arguments: String...) throws -> Value {
    let types = arguments.map { _ in SQLType.string }
    let result = try #require(FunctionLibrary.function(named: function)?.match(types)).result
    return try #require(LibraryCall(function, arguments: types, result: result)).value(arguments.map { .string($0) })
  }

  @Test(arguments: [
    ("(a+)+b", String(repeating: "a", count: 60)), ("(a|a)*c", String(repeating: "a", count: 40)),
    ("^(([a-z])+.)+[A-Z]([a-z])+$", String(repeating: "a", count: 60)), ("(.*)*x", String(repeating: "y", count: 60)),
  ])
  func `a search that blows up is refused`(pattern: String, text: String) {
    for function in ["REGEXP_EXTRACT", "REGEXP_EXTRACT_ALL"] {
      #expect { try value(function, pattern, text) } throws: { "\($0)".contains("too many steps") }
    }
    #expect { try value("REGEXP_SPLIT_TO_ARRAY", text, pattern) } throws: { "\($0)".contains("too many steps") }
    #expect { try value("REGEXP_REPLACE", text, pattern, "") } throws: { "\($0)".contains("too many steps") }
  }

  @Test func `texts and patterns have a longest length`() throws {
    #expect(try value("REGEXP_EXTRACT", "b", String(repeating: "a", count: 16_383) + "b") == .string("b"))
    #expect { try value("REGEXP_EXTRACT", "b", String(repeating: "a", count: 16_385)) } throws: {
      "\($0)".contains("at most 16384")
    }
    #expect { try value("REGEXP_EXTRACT", String(repeating: "a", count: 4_097), "a") } throws: {
      "\($0)".contains("at most 4096")
    }
  }

  @Test func `long texts with many matches are searched to their end`() throws {
    let text = String(repeating: "a1é", count: 5_000)
    #expect(try value("REGEXP_REPLACE", text, "[0-9]", "$0$0") == .string(text.replacing("1", with: "11")))
    guard case .array(let all) = try value("REGEXP_EXTRACT_ALL", "[0-9]é", text) else { return #expect(Bool(false)) }
    #expect(all.count == 5_000)
    guard case .array(let parts) = try value("REGEXP_SPLIT_TO_ARRAY", text, "é") else { return #expect(Bool(false)) }
    #expect(parts.count == 5_001)
  }

  @Test(arguments: [
    ("a1b2", "([a-z])([0-9])", "$2$1", "1a2b"), ("abc", "x*", "-", "-a-b-c-"), ("é\u{1F600}z", "z", "é", "é\u{1F600}é"),
    ("aaa", "^a", "", "aa"), ("a.b", "\\.", "\\\\", "a\\b"),
  ])
  func `a replacement keeps what stands between`(text: String, pattern: String, template: String, expected: String) throws {
    #expect(try value("REGEXP_REPLACE", text, pattern, template) == .string(expected))
  }
}
