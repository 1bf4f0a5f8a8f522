import Columns
import SQL
import Values

extension ExpressionGraph {
  /// A function of the library, row by row through values. A row without a result is flagged as failed.
  func library(_ call: LibraryCall, _ arguments: [Vector], _ type: SQLType, node: Int) -> Vector {
    // A value that only changes its name stays in its lane.
    if call.name == "AS_VALUE", let only = arguments.first { return only }
    let isConstant = arguments.allSatisfy(\.isConstant)
    let count = isConstant ? 1 : rowCount
    var builder = ValueColumnBuilder(type, dictionary: dictionary(for: node))
    var failures = RowFlags.failed(arguments, count)
    var values = [Value](repeating: .null, count: arguments.count)
    for row in 0..<count {
      guard failures?[row] != true, append(call, arguments, row, &values, &builder) else {
        DecimalLane.flag(&failures, row, count)
        builder.appendNull()
        continue
      }
    }
    var result = Vector(type, builder.values, validity: builder.mask, failures: failures)
    result.isConstant = isConstant
    return result
  }

  private func append(
    _ call: LibraryCall, _ arguments: [Vector], _ row: Int, _ values: inout [Value], _ builder: inout ValueColumnBuilder
  ) -> Bool {
    do {
      for (index, argument) in arguments.enumerated() { values[index] = try argument.value(row) }
      try builder.append(try call.value(values))
      return true
    } catch {
      return false
    }
  }
}

extension Expression {
  /// The call that computes this row by row; nil when columns do, or nothing does.
  var libraryCall: LibraryCall? {
    switch self {
    case .function(let name, let arguments, let type): LibraryCall(name, arguments: arguments.map(\.type), result: type)
    case .cast(let inner, let type) where !ExpressionCheck.isCastByColumns(inner.type, type):
      Value.canBeCast(inner.type, to: type) ? LibraryCall("CAST", arguments: [inner.type], result: type) : nil
    default: nil
    }
  }
}
