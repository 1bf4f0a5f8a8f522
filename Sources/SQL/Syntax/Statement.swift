/// A statement as it was written.
enum Statement: Hashable, Sendable {
  case createSource(CreateSource)
  case createAs(CreateAs)
  case insertSelect(InsertSelect)
  case insertValues(InsertRow)
  case alter(Alter)
  case drop(Drop)
  case select(Query)
  case set(Setting)
  case unset(Name)
  case define(Setting)
  case undefine(Name)
  case show(ShowSubject, extended: Bool)
  case describe(DescribeSubject)
  case explain(ExplainSubject)
  case print(PrintSyntax)
  case control(ControlVerb, Name?)
  case assertion(AssertSyntax)
}

/// CREATE [OR REPLACE] [SOURCE] STREAM|TABLE n (columns) WITH (…).
struct CreateSource: Hashable, Sendable {
  var isTable: Bool
  var isReplacing = false
  var isReadOnly = false
  var name: Name
  var ifNotExists: Bool
  /// Empty where the columns are to be taken from the registry.
  var columns: [ColumnDefinition]
  var properties: [Property]
  /// The words CREATE STREAM and the name: where to point when something is missing.
  var range: SourceRange
}

/// One column of CREATE STREAM or CREATE TABLE.
struct ColumnDefinition: Hashable, Sendable {
  var name: Name
  var type: SQLType
  var role = Role.value
  var range: SourceRange

  enum Role: Hashable, Sendable {
    case value
    case key
    case primaryKey
    case header(String)
  }
}

/// One `name = value` of WITH.
struct Property: Hashable, Sendable {
  var name: Name
  var value: Value
  var valueRange: SourceRange

  enum Value: Hashable, Sendable {
    case string(String)
    case number(String)
    case boolean(Bool)
  }
}

/// CREATE [OR REPLACE] STREAM|TABLE n WITH (…) AS SELECT ….
struct CreateAs: Hashable, Sendable {
  var isTable: Bool
  var isReplacing = false
  var name: Name
  var ifNotExists: Bool
  var properties: [Property]
  var query: Query
  var range: SourceRange
}

/// INSERT INTO n SELECT ….
struct InsertSelect: Hashable, Sendable {
  var name: Name
  var properties: [Property]
  var query: Query
  var range: SourceRange
}

/// [INSERT INTO | ASSERT] n (columns) VALUES (…).
struct InsertRow: Hashable, Sendable {
  var name: Name
  /// Empty where the values are in the order of the columns.
  var columns: [Name]
  var values: [SyntaxExpression]
  var range: SourceRange
}

/// ALTER STREAM|TABLE n ADD COLUMN c type, ….
struct Alter: Hashable, Sendable {
  var isTable: Bool
  var name: Name
  var columns: [ColumnDefinition]
}

/// DROP STREAM|TABLE [IF EXISTS] n [DELETE TOPIC].
struct Drop: Hashable, Sendable {
  var isTable: Bool
  var name: Name
  var ifExists: Bool
  var deletesTopic = false
  var range: SourceRange
}

/// SET 'name' = 'value', and DEFINE name = 'value'.
struct Setting: Hashable, Sendable {
  var name: Name
  var value: Name
}

/// PRINT topic [FROM BEGINNING] [INTERVAL n] [LIMIT n].
struct PrintSyntax: Hashable, Sendable {
  var topic: Name
  var fromBeginning = false
  var interval: Int64?
  var limit: Int64?
}

enum ExplainSubject: Hashable, Sendable {
  indirect case statement(Statement)
  case query(Name)
}

enum DescribeSubject: Hashable, Sendable {
  case source(Name, extended: Bool)
  case function(Name)
  case streams(extended: Bool)
  case tables(extended: Bool)
}

enum AssertSyntax: Hashable, Sendable {
  case topic(exists: Bool, Name, [Property], timeout: Int64?)
  case schema(exists: Bool, subject: Name?, id: Int?, timeout: Int64?, SourceRange)
  case values(InsertRow)
  case tombstone(InsertRow)
  case source(CreateSource)
}
