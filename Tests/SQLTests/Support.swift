import Foundation
@testable import SQL

/// A stream with a column of every type, for expressions.
let probe = """
  CREATE STREAM t (
    k STRING KEY, b BOOLEAN, i INT, l BIGINT, x DOUBLE, s STRING, y BYTES, ts TIMESTAMP, d DATE,
    d42 DECIMAL(4, 2), price DECIMAL(18, 8), quantity DECIMAL(28, 8), big DECIMAL(38, 20)
  ) WITH (KAFKA_TOPIC = 'probe.in', TIMESTAMP = 'ts');
  """

/// The type and the plan text of one expression over `probe`.
func planned(_ expression: String) throws -> (type: String, text: String) {
  let plan = try SQLProgram.plan(probe + "CREATE STREAM o AS SELECT k, \(expression) AS r FROM t;")[0]
  return (plan.projection[1].field.type.description, ExpressionPrinter(plan).text(plan.projection[1].expression))
}

/// The plan of a windowed query over `probe` with these select items beside the key.
func grouped(_ items: String, window: String = "TUMBLING (SIZE 1 MINUTE)", rest: String = "") throws -> QueryPlan {
  try SQLProgram.plan(
    probe + "CREATE TABLE o AS SELECT k, \(items) FROM t WINDOW \(window) GROUP BY k \(rest);")[0]
}

/// The error of a program; nil when it is accepted.
func refusal(_ program: String) -> SQLError? {
  do {
    _ = try SQLProgram.plan(program)
    return nil
  } catch {
    return error
  }
}

/// The error of one expression over `probe`, as message and advice; nil when it is accepted.
func refusal(of expression: String) -> SQLError? {
  refusal(probe + "CREATE STREAM o AS SELECT k, \(expression) AS r FROM t;")
}

/// A folder at the top of the project.
func projectFolder(_ name: String) -> URL {
  URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../\(name)").standardized
}

/// The files of `sql/` in the order they are applied.
func projectQueries() throws -> [SQLFile] {
  let folder = projectFolder("sql")
  let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".sql") }.sorted()
  return try names.map { name in
    try SQLFile(name: name, bytes: Array(Data(contentsOf: folder.appending(path: name))))
  }
}
