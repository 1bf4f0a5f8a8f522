import Columns
import Foundation

/// Windows of whole days by the clock of a place: from local midnight, plus an offset, to the next. A day has 23 or 25 hours
/// where the clocks change.
///
/// A day begins at the first moment at which the local clock shows its beginning or later. Belongs to one thread.
final class DayCalendar {
  private static let day: Int64 = 86_400_000_000

  private let zone: TimeZone
  private let size: Int64
  private let offset: Int64
  /// Beginnings by number of window since 1970.
  private var known: [Int64: Int64] = [:]
  /// The window last asked for.
  private var last: (start: Int64, end: Int64) = (0, 0)

  init(_ name: String, size: Int64, offset: Int64, isTumbling: Bool) throws(WindowsError) {
    guard let zone = TimeZone(identifier: name) else { throw .unsupported("the TIME ZONE \(name), which is not known here") }
    guard isTumbling, size % Self.day == 0 else {
      throw .unsupported("a TIME ZONE for windows other than tumbling ones of whole days")
    }
    self.zone = zone
    self.size = size
    self.offset = offset
  }

  /// The start of the window that holds `time`.
  func start(_ time: Int64) -> Int64 {
    if time < last.start || time >= last.end { look(time) }
    return last.start
  }

  /// The end of the window that starts at `start`.
  func end(_ start: Int64) -> Int64 {
    if start != last.start || last.end <= start { look(start) }
    return last.end
  }

  func isStart(_ start: Int64) -> Bool { self.start(start) == start }

  private func look(_ time: Int64) {
    var index = (time + shift(time) - offset).flooredQuotient(size)
    while beginning(index) > time { index -= 1 }
    while beginning(index + 1) <= time { index += 1 }
    last = (beginning(index), beginning(index + 1))
  }

  private func beginning(_ index: Int64) -> Int64 {
    if let known = known[index] { return known }
    if known.count > 10_000 { known.removeAll() }
    let beginning = moment(index * size + offset)
    known[index] = beginning
    return beginning
  }

  /// The first moment at which the local clock shows `local` or later.
  private func moment(_ local: Int64) -> Int64 {
    let (before, after) = (shift(local - Self.day), shift(local + Self.day))
    if before == after { return local - before }
    // The change of the clocks, to the second.
    var (low, high) = ((local - Self.day) / 1_000_000, (local + Self.day) / 1_000_000)
    while low + 1 < high {
      let middle = (low + high) / 2
      if shift(middle * 1_000_000) == before { low = middle } else { high = middle }
    }
    let change = high * 1_000_000
    return local - before < change ? local - before : max(change, local - after)
  }

  /// Local clock minus UTC, microseconds.
  private func shift(_ time: Int64) -> Int64 {
    Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time.flooredQuotient(1_000_000))))) * 1_000_000
  }
}
