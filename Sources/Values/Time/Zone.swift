import Columns
import Foundation

/// A time zone: a fixed offset such as `+02:00`, or a region such as `Europe/London` with its history.
struct Zone {
  /// As it was written.
  let name: String
  private let fixed: Int?
  private let region: TimeZone?

  static let utc = Zone(name: "UTC", fixed: 0, region: nil)

  private init(name: String, fixed: Int?, region: TimeZone?) {
    self.name = name
    self.fixed = fixed
    self.region = region
  }

  init(offset seconds: Int) {
    self.init(name: OffsetText.text(seconds, .init(pattern: "XXXXX")), fixed: seconds, region: nil)
  }

  init(_ text: String) throws(ValueError) {
    if ["Z", "UTC", "GMT", "UT"].contains(text) {
      self.init(name: text, fixed: 0, region: nil)
      return
    }
    for prefix in ["UTC", "GMT", "UT", ""] where text.hasPrefix(prefix) {
      guard let seconds = OffsetText.seconds(text.dropFirst(prefix.count)) else { continue }
      self.init(name: text, fixed: seconds, region: nil)
      return
    }
    guard text.contains(where: \.isLetter), let region = TimeZone(identifier: text) else {
      throw .invalid("an unknown time zone; use a region such as 'Europe/London' or an offset such as '+02:00'")
    }
    self.init(name: text, fixed: nil, region: region)
  }

  /// Seconds east of UTC at a moment in microseconds since the epoch.
  func offset(at micros: Int64) -> Int {
    if let fixed { return fixed }
    guard let region else { return 0 }
    return region.secondsFromGMT(for: Date(timeIntervalSince1970: Double(micros.flooredQuotient(1_000_000))))
  }

  /// `PST`, `GMT`; the offset where no name is known.
  func shortName(at micros: Int64) -> String {
    guard let region else { return name }
    let date = Date(timeIntervalSince1970: Double(micros.flooredQuotient(1_000_000)))
    let known = ZoneNames.short(name, isSummer: region.isDaylightSavingTime(for: date))
    return known ?? "GMT" + OffsetText.text(offset(at: micros), .init(pattern: "xxx"))
  }

  /// The moment at which clocks of the zone show `local` microseconds. Of two moments, when clocks go back, the first; a time
  /// that clocks skip is moved by what they skip.
  func moment(local: Int64) -> Int64 {
    let micros = { (seconds: Int) in Int64(seconds) * 1_000_000 }
    let day: Int64 = 86_400_000_000
    let (before, after) = (offset(at: local &- day), offset(at: local &+ day))
    let early = local &- micros(before)
    if offset(at: early) == before { return early }
    let late = local &- micros(after)
    return offset(at: late) == after ? late : early
  }
}

/// Offsets from UTC as texts.
enum OffsetText {
  /// What letters such as `XXX` ask for.
  struct Style: Hashable {
    var hasColon: Bool
    /// `+02` for whole hours.
    var dropsMinutes: Bool
    var hasSeconds: Bool
    /// What stands for no offset.
    var zero: String

    /// `X`…`XXXXX`, `x`…`xxxxx`, `Z`, `ZZZZZ`.
    init(pattern: String) {
      let count = pattern.count
      hasColon = count == 3 || count == 5
      dropsMinutes = count == 1
      hasSeconds = count >= 4
      zero = pattern.hasPrefix("X") ? "Z" : ["+00", "+0000", "+00:00", "+0000", "+00:00"][min(max(count, 1), 5) - 1]
      if pattern.hasPrefix("Z") {
        hasColon = count == 5
        dropsMinutes = false
        hasSeconds = count == 5
        zero = count == 5 ? "Z" : "+0000"
      }
    }
  }

  static func text(_ seconds: Int, _ style: Style) -> String {
    if seconds == 0 { return style.zero }
    let magnitude = abs(seconds)
    var text = (seconds < 0 ? "-" : "+") + TimeText.padded(magnitude / 3600, 2)
    let colon = style.hasColon ? ":" : ""
    if !style.dropsMinutes || magnitude / 60 % 60 != 0 { text += colon + TimeText.padded(magnitude / 60 % 60, 2) }
    if style.hasSeconds, magnitude % 60 != 0 { text += colon + TimeText.padded(magnitude % 60, 2) }
    return text
  }

  /// `+H`, `+HH`, `+HHmm`, `+HH:mm` and with seconds; nil for anything else.
  static func seconds(_ text: Substring) -> Int? {
    guard let sign = text.first, sign == "+" || sign == "-" else { return nil }
    let digits = text.dropFirst()
    let parts: [Substring]
    if digits.contains(":") {
      parts = digits.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.allSatisfy({ $0.utf8.count == 2 }) else { return nil }
    } else {
      guard [1, 2, 4, 6].contains(digits.utf8.count) else { return nil }
      parts = [digits.prefix(2), digits.dropFirst(2).prefix(2), digits.dropFirst(4)].filter { !$0.isEmpty }
    }
    let numbers = parts.map { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int($0) ?? 99 : 99 }
    guard numbers.count <= 3, numbers[0] <= 18, numbers.dropFirst().allSatisfy({ $0 < 60 }) else { return nil }
    let total = zip(numbers, [3600, 60, 1]).reduce(0) { $0 + $1.0 * $1.1 }
    return total > 18 * 3600 ? nil : sign == "-" ? -total : total
  }
}
