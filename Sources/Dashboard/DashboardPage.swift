/// The files of the page that shows live candles, as they are served. They are compiled in, so that one binary is all there is.
public enum DashboardPage {
  /// One file.
  public struct File: Sendable {
    /// With a charset where there is one.
    public let contentType: String
    public let bytes: [UInt8]
  }

  /// By path, such as `/dashboard.js`; the page itself is `/`.
  public static let files: [String: File] = [
    "/": File(contentType: "text/html; charset=utf-8", bytes: PackageResources.index_html),
    "/dashboard.css": File(contentType: "text/css; charset=utf-8", bytes: PackageResources.dashboard_css),
    "/dashboard.js": script(PackageResources.dashboard_js),
    "/chart.js": script(PackageResources.chart_js),
    "/feed.js": script(PackageResources.feed_js),
    "/scale.js": script(PackageResources.scale_js),
    "/series.js": script(PackageResources.series_js),
  ]

  /// What the page may load and run (Content-Security-Policy): itself alone.
  public static let securityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

  private static func script(_ bytes: [UInt8]) -> File {
    File(contentType: "text/javascript; charset=utf-8", bytes: bytes)
  }
}
