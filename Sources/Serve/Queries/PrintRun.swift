import Foundation
import JSON
import Kafka
import SQL
import Values

/// PRINT: the records of a topic as lines of text.
struct PrintRun: Sendable {
  var statement: PrintStatement
  var kafka: KafkaConfiguration
  var schemas: SchemaAccess
  let stop = StopHandle()

  /// Starts reading. The channel ends with the statement.
  func start(into rows: RowChannel<ResultRow>) {
    rows.fill(on: "print") { try read(into: $0) }
  }

  private func read(into rows: RowChannel<ResultRow>) throws {
    let printer = RecordPrinter(schemas: schemas)
    var seen = 0
    var left = statement.limit ?? .max
    if left <= 0 { return }
    let reading = TopicReading(kafka: kafka, topics: [statement.topic], fromBeginning: statement.fromBeginning)
    try reading.run(
      stop: stop, onPause: { rows.isCancelled ? .done : .more },
      onRecord: { record, _, _ in
        seen += 1
        guard (seen - 1) % max(1, statement.interval ?? 1) == 0 else { return .more }
        left -= 1
        let line = printer.line(record)
        return rows.send(ResultRow(values: [.string(line)])) && left > 0 ? .more : .done
      })
  }
}

/// A record as one line, in whatever format its bytes seem to be.
final class RecordPrinter {
  private let avro: AvroPrinter

  init(schemas: SchemaAccess) { avro = AvroPrinter(schemas: schemas) }

  func line(_ record: RecordView) -> String {
    let time = record.timestamp < 0 ? "no timestamp" : Self.time(record.timestamp)
    return "rowtime: \(time), key: \(text(record.key)), value: \(text(record.value)), partition: \(record.partition)"
  }

  private static func time(_ milliseconds: Int64) -> String {
    let (micros, overflow) = milliseconds.multipliedReportingOverflow(by: 1000)
    let value = overflow ? nil : Value.timestamp(micros).text(as: .timestamp)
    return value.map { "\($0)Z" } ?? "\(milliseconds)"
  }

  private func text(_ bytes: UnsafeRawBufferPointer?) -> String {
    guard let bytes else { return "<null>" }
    let content = [UInt8](bytes)
    if let text = avro.text(content) { return text }
    if let text = String(validating: content, as: UTF8.self), text.unicodeScalars.allSatisfy({ $0.value >= 32 }) { return text }
    if content.count == 8 { return String(content.reduce(Int64(0)) { $0 << 8 | Int64($1) }) }
    // A windowed key: text, then eight bytes of the window's start.
    if content.count > 8, let text = String(validating: content.dropLast(8), as: UTF8.self),
      text.unicodeScalars.allSatisfy({ $0.value >= 32 })
    {
      let start = content.suffix(8).reduce(Int64(0)) { $0 << 8 | Int64($1) }
      return "[\(text)@\(start)/-]"
    }
    return "0x" + content.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}
