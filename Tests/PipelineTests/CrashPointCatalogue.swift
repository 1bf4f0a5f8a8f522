import Foundation
import TestSupport

/// The crash points of the program, as its source has them.
struct CrashPointCatalogue {
  /// One side of one point.
  struct Point: Hashable, Comparable, CustomStringConvertible {
    let name: String
    let side: String
    var description: String { "\(name):\(side)" }

    static func < (a: Self, b: Self) -> Bool { (a.name, b.side) < (b.name, a.side) }
  }

  private(set) var points: Set<Point> = []
  /// Mentions of crash points that a reader of the source cannot resolve.
  private(set) var unreadable: [String] = []

  /// Reads every Swift file below `folder` but the one that defines crash points.
  init(_ folder: URL = Project.folder.appendingPathComponent("Sources")) throws {
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    while let file = files?.nextObject() as? URL {
      guard file.pathExtension == "swift", !file.path.hasSuffix("/CrashPoints/CrashPoint.swift") else { continue }
      read(try String(contentsOf: file, encoding: .utf8), file.lastPathComponent)
    }
  }

  init(text: String) { read(text, "text") }

  /// Takes every `CrashPoint.hit("a literal")` with its side; a side that is a variable stands for both.
  private mutating func read(_ text: String, _ file: String) {
    let calls =
      /CrashPoint(?![A-Za-z])(?<call>\.hit\(\s*"(?<name>[^"\\]+)"\s*(?:,\s*(?<side>[A-Za-z.]+)\s*)?\)|\.Side(?![A-Za-z]))?/
    for match in text.matches(of: calls) {
      guard match.call != nil else {
        let line = text[..<match.range.lowerBound].count { $0 == "\n" } + 1
        unreadable.append("\(file):\(line)")
        continue
      }
      guard let name = match.name.map(String.init) else { continue }
      switch match.side {
      case nil, ".before": points.insert(Point(name: name, side: "before"))
      case ".after": points.insert(Point(name: name, side: "after"))
      default: for side in ["before", "after"] { points.insert(Point(name: name, side: side)) }
      }
    }
  }

  var names: Set<String> { Set(points.map(\.name)) }

  /// Names that have only one side.
  var lopsided: [String] {
    names.filter { name in points.count { $0.name == name } != 2 }.sorted()
  }
}
