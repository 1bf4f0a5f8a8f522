import Contracts
import Foundation
import Venues

/// Framed Avro records of trades → columns.
enum AvroBench {
  private static let records = 10_000
  private static let repeats = 200

  static func measure() throws {
    let schema = try SampleTrades.schema()
    var simulator = Simulator(SampleTrades.options(count: Int64(records)))
    var bytes: [UInt8] = [], ends = [0]
    var writer = AvroRecordWriter()
    while let trade = simulator.next(), ends.count <= records {
      SampleTrades.encode(trade, 1, &writer)
      writer.withBytes { bytes += $0 }
      ends.append(bytes.count)
    }
    let builder = AvroColumnBuilder(try AvroColumnRequest.all(of: schema))
    let decoder = ConfluentColumnDecoder(builder) { _ throws(ContractError) in schema }
    var costs: [Double] = []
    for _ in 0..<5 {
      let start = Measure.threadCPU
      for _ in 0..<repeats {
        try bytes.withUnsafeBytes { all in
          for index in 0..<records { try decoder.append(UnsafeRawBufferPointer(rebasing: all[ends[index]..<ends[index + 1]])) }
        }
        _ = decoder.take()
      }
      costs.append((Measure.threadCPU - start) / Double(records * repeats) * 1e9)
    }
    Measure.report("ns", median(costs))
    Measure.report("bytes", Double(bytes.count) / Double(records))
  }

  static func rows() throws -> [Row] {
    let result = try Child.measure("avro")
    let cost = result["ns"] ?? .nan
    return [
      .atMost(
        40, "Avro decode of a trade", "≤ 40 ns", cost,
        "\(number(cost, 1)) ns (all 8 fields, \(number(result["bytes"] ?? .nan, 0)) bytes)")
    ]
  }
}
