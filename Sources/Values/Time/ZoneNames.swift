/// Short English names of time zones, as Java knows them. The system's own depend on where it stands.
enum ZoneNames {
  /// By region: the name in standard time, and in summer time.
  private static let known: [String: (standard: String, summer: String)] = {
    var names: [String: (standard: String, summer: String)] = [:]
    for (regions, standard, summer) in groups {
      for region in regions.split(separator: " ") { names[String(region)] = (standard, summer) }
    }
    return names
  }()

  private static let groups: [(regions: String, standard: String, summer: String)] = [
    ("Pacific/Honolulu US/Hawaii", "HST", "HDT"),
    ("America/Anchorage US/Alaska", "AKST", "AKDT"),
    ("America/Los_Angeles America/Vancouver America/Tijuana US/Pacific PST8PDT", "PST", "PDT"),
    ("America/Denver America/Phoenix America/Edmonton US/Mountain MST7MDT", "MST", "MDT"),
    ("America/Chicago America/Winnipeg America/Mexico_City US/Central CST6CDT", "CST", "CDT"),
    ("America/New_York America/Toronto America/Detroit US/Eastern EST5EDT", "EST", "EDT"),
    ("America/Halifax Atlantic/Bermuda", "AST", "ADT"),
    ("America/Sao_Paulo", "BRT", "BRST"),
    ("America/Argentina/Buenos_Aires America/Buenos_Aires", "ART", "ARST"),
    ("Europe/London", "GMT", "BST"),
    ("Europe/Dublin", "GMT", "IST"),
    ("Europe/Lisbon", "WET", "WEST"),
    (
      "Europe/Amsterdam Europe/Belgrade Europe/Berlin Europe/Brussels Europe/Budapest Europe/Copenhagen Europe/Luxembourg "
        + "Europe/Madrid Europe/Malta Europe/Monaco Europe/Oslo Europe/Paris Europe/Prague Europe/Rome Europe/Stockholm "
        + "Europe/Vaduz Europe/Vienna Europe/Warsaw Europe/Zagreb Europe/Zurich CET", "CET", "CEST"
    ),
    (
      "Europe/Athens Europe/Bucharest Europe/Helsinki Europe/Kiev Europe/Kyiv Europe/Riga Europe/Sofia Europe/Tallinn "
        + "Europe/Vilnius EET", "EET", "EEST"
    ),
    ("Europe/Moscow", "MSK", "MSD"),
    ("Africa/Johannesburg", "SAST", "SAST"),
    ("Asia/Jerusalem Asia/Tel_Aviv", "IST", "IDT"),
    ("Asia/Dubai", "GST", "GST"),
    ("Asia/Kolkata Asia/Calcutta", "IST", "IST"),
    ("Asia/Singapore", "SGT", "SGT"),
    ("Asia/Hong_Kong", "HKT", "HKST"),
    ("Asia/Shanghai Asia/Taipei", "CST", "CDT"),
    ("Asia/Seoul", "KST", "KDT"),
    ("Asia/Tokyo", "JST", "JDT"),
    ("Australia/Perth", "AWST", "AWDT"),
    ("Australia/Sydney Australia/Melbourne Australia/Hobart Australia/Brisbane", "AEST", "AEDT"),
    ("Pacific/Auckland", "NZST", "NZDT"),
  ]

  /// Nil for regions that are not in the list.
  static func short(_ region: String, isSummer: Bool) -> String? {
    known[region].map { isSummer ? $0.summer : $0.standard }
  }
}
