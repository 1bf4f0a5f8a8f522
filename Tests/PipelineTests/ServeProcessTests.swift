import Foundation
import Kafka
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// `wick serve` as a process.
@Suite struct `Serving as a process` {
  @Test func `pull and push queries are answered, and what is wrong is refused with its place`() throws {
    let scene = try Scene()
    let sql = try scene.prepareQuotes()
    let (process, address) = try scene.serve(sql)
    let pull = try Web.post("\(address)/query-stream", ["sql": "SELECT * FROM highs WHERE symbol = 'BTC';"])
    #expect(pull.status == 200)
    #expect(pull.body.contains(#"["BTC",60000,120000,7,2]"#), "\(pull.body)")
    #expect(!pull.body.contains("ETH"))
    let push = try Web.post(
      "\(address)/query-stream",
      ["sql": "SELECT symbol, price FROM quotes EMIT CHANGES LIMIT 2;", "properties": ["auto.offset.reset": "earliest"]])
    #expect(push.status == 200)
    #expect(push.body.contains(#"["BTC",5]"#) && push.body.contains(#"["BTC",7]"#) && !push.body.contains("ETH"), "\(push.body)")
    let wrong = try Web.post("\(address)/query-stream", ["sql": "SELECT * FROM hihgs;"])
    #expect(wrong.status == 400)
    #expect(wrong.body.contains("HIGHS") && wrong.body.contains("error_code"), "\(wrong.body)")
    process.send(SIGTERM)
    #expect(process.wait(seconds: 60) == 0, "\(process.errors)")
  }

  @Test func `a port that is taken is named, with what to do`() throws {
    let scene = try Scene()
    let sql = try scene.prepareQuotes()
    let (process, address) = try scene.serve(sql)
    let port = try #require(address.split(separator: ":").last)
    let second = try scene.run(scene.tool("serve", sql, ["--listen", "127.0.0.1:\(port)"]))
    #expect(second.code == 69, "\(second.output)\(second.errors)")
    #expect(second.complaints.count == 1 && second.complaints.first?.contains(port) ?? false, "\(second.errors)")
    #expect(process.exitCode == nil)
    process.send(SIGTERM)
    #expect(process.wait(seconds: 60) == 0, "\(process.errors)")
  }

  @Test func `an address that others reach, and files that are wrong, are refused before anything listens`() throws {
    let scene = try Scene()
    let sql = try scene.prepareQuotes()
    let open = try scene.run(scene.tool("serve", sql, ["--listen", "0.0.0.0:0"]))
    #expect(open.code == 64 && open.complaints.first?.contains("--insecure") ?? false, "\(open.errors)")
    let broken = try scene.write("broken.sql", "CREATE STREAM s (a STRING KEY) WITH (KAFKA_TOPIC = 't', VALUE_FORMAT = 'XML');")
    let refused = try scene.run(scene.tool("serve", broken, ["--listen", "127.0.0.1:0"]))
    #expect(refused.code == 65 && refused.errors.contains("broken.sql:1:"), "\(refused.errors)")
  }

  @Test func `asked to leave while a push query is open, it ends that and exits well`() throws {
    let scene = try Scene()
    let sql = try scene.prepareQuotes()
    let (process, address) = try scene.serve(sql)
    let push = BlockingThread(name: "push") {
      try Web.post("\(address)/query-stream", ["sql": "SELECT symbol, price FROM quotes EMIT CHANGES;"])
    }
    try scene.wait(for: "the open query") {
      try Web.post("\(address)/ksql", ["ksql": "SHOW QUERIES;"]).body.contains("PUSH")
    }
    process.send(SIGTERM)
    #expect(process.wait(seconds: 60) == 0, "\(process.errors)")
    _ = try push.join()
  }
}
