import Foundation
import TestSupport
import Testing

/// What `wick ingest` makes of sources that are not what they should be.
@Suite struct `Bad sources` {
  static let good = "1723161254087896568,spot,BTCUSDT,3735683259,61837.63,0.02,1723161255342,1723161255343,1"

  /// A code of sysexits.h, and one sentence that tells what to do.
  static func expectRefusal(
    _ finished: Finished, _ code: Int32, naming: String = "", _ location: SourceLocation = #_sourceLocation
  ) {
    #expect(finished.code == code, "\(finished.output)\(finished.errors)", sourceLocation: location)
    #expect(finished.complaints.count == 1, "\(finished.errors)", sourceLocation: location)
    #expect(finished.complaints.first?.count ?? 0 > 20, "\(finished.errors)", sourceLocation: location)
    #expect(
      finished.complaints.first?.contains(naming) ?? false || naming.isEmpty, "\(finished.errors)", sourceLocation: location)
  }

  @Test(arguments: [
    ("prose.txt", Data("Dear reader,\nthis is a letter.\n".utf8)), ("empty.csv", Data()),
    ("letter.csv.gz", Data("not gzip\n".utf8)),
    ("broken.csv.gz", Data([0x1f, 0x8b, 8, 0, 1, 2, 3])), ("archive.csv", Data([0x50, 0x4b, 3, 4, 0, 0])),
    ("bytes.csv", Data([0xff, 0xfe, 0x00, 0x80, 0x0a])), ("other.csv", Data("name,age\nAnna,41\n".utf8)),
  ])
  func `a file that is not what it claims is refused`(name: String, content: Data) throws {
    let scene = try Scene(alone: true, startsBroker: false)
    let path = try scene.write(name, content)
    Self.expectRefusal(try scene.run(["ingest", "--source", path, "--bootstrap", "127.0.0.1:1"]), 65, naming: name)
  }

  @Test func `a file that is not there and a folder are refused`() throws {
    let scene = try Scene(alone: true, startsBroker: false)
    for path in [scene.path("nowhere.csv"), scene.folder.path] {
      Self.expectRefusal(try scene.run(["ingest", "--source", path, "--bootstrap", "127.0.0.1:1"]), 65, naming: path)
    }
  }

  @Test func `broken lines are kept with their bytes and a reason, and the rest goes on`() throws {
    let scene = try Scene()
    func changed(_ field: Int, _ value: String) -> [UInt8] {
      var fields = Self.good.split(separator: ",").map(String.init)
      fields[field] = value
      return Array(fields.joined(separator: ",").utf8)
    }
    var undecodable = changed(2, "BTC?SDT")
    undecodable[undecodable.firstIndex(of: UInt8(ascii: "?")) ?? 0] = 0xff
    let broken: [(bytes: [UInt8], reason: String)] = [
      (Array("no trade at all".utf8), "field_count"), (Array(Self.good.utf8) + Array(",1".utf8), "field_count"),
      (changed(4, "-1.5"), "negative_price"), (changed(4, "1.5x"), "bad_price"), (changed(5, "-0.5"), "negative_quantity"),
      (changed(6, "1723161255"), "time_unit"), (changed(6, "soon"), "bad_time"), (undecodable, "invalid_utf8"),
      (changed(3, "first"), "bad_trade_id"), (changed(1, "bazaar"), "bad_market"),
    ]
    var text = Array((Capture.header + "\n").utf8)
    for (number, line) in broken.enumerated() {
      text += line.bytes + [0x0a] + changed(3, String(100 + number)) + [0x0a]
    }
    let finished = try scene.succeed(scene.ingest(scene.write("trades.csv", Data(text))))
    #expect(finished.output.contains("\(broken.count) invalid"))
    let kept = try scene.records(scene.invalidTopic)
    #expect(kept.count == broken.count)
    for line in broken {
      let record = kept.first { $0.value == line.bytes }
      #expect(record?.headers["wick.reason"] == line.reason, "\(String(decoding: line.bytes, as: UTF8.self))")
    }
    #expect(try scene.records(scene.tradesTopic).count == broken.count)
  }

  @Test func `of a gzip file that breaks off, what is whole is ingested and the rest is kept as it is`() throws {
    let scene = try Scene()
    var text = Capture.header + "\n"
    for id in 0..<5000 { text += "1723161254087896568,spot,BTCUSDT,\(id),61837.63,0.\(id + 1),1723161255342,1723161255343,1\n" }
    let lines = text.split(separator: "\n").map(String.init)
    let whole = try Tool.run("/usr/bin/gzip", ["-c"], input: Data(text.utf8))
    let path = try scene.write("trades.csv.gz", whole.prefix(whole.count * 2 / 3))
    let finished = try scene.succeed(scene.ingest(path))
    #expect(finished.errors.contains("breaks off"), "\(finished.errors)")
    let count = try scene.records(scene.tradesTopic).count
    #expect(count > 1000 && count < 5000)
    let kept = try scene.records(scene.invalidTopic)
    #expect(kept.count <= 1)
    for record in kept {
      #expect(record.headers["wick.reason"] == "truncated_gzip")
      #expect(lines[1 + count].hasPrefix(String(decoding: record.value ?? [], as: UTF8.self)))
    }
  }
}
