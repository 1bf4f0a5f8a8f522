/// The page at `/`.
enum DashboardPage {
  static let html = """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8"><title>Wick</title><link rel="stylesheet" href="/dashboard.css"></head>
    <body><h1>Wick</h1><p>The dashboard is to come. The interface is described at <a href="/v1/openapi.json">/v1/openapi.json</a>.</p>
    <script src="/dashboard.js"></script></body></html>
    """
  static let js = "// To come.\n"
  static let css = "body { font-family: system-ui, sans-serif; margin: 2rem; }\n"
}
