import CCurl
import Synchronization

/// One HTTP exchange, without retries.
struct HTTPRequest {
  var method: String
  var url: String
  var body: [UInt8]?
}

/// What came back.
struct HTTPResponse {
  var status: Int
  var body: [UInt8]
}

/// Blocking HTTP over libcurl. Connections are kept and reused; safe to use from several threads at once.
final class HTTPTransport: Sendable {
  private let connectTimeoutMs: Int
  private let timeoutMs: Int
  // Handles are used by one thread at a time: taken out of the pool for a request and put back after it.
  private let idle = Mutex<[Handle]>([])

  private struct Handle: @unchecked Sendable {
    let curl: UnsafeMutableRawPointer
  }

  // libcurl wants its global state made once, before any thread uses it.
  private static let global: CURLcode = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

  init(connectTimeoutMs: Int, timeoutMs: Int) {
    self.connectTimeoutMs = connectTimeoutMs
    self.timeoutMs = timeoutMs
  }

  deinit {
    idle.withLock { handles in
      for handle in handles { curl_easy_cleanup(handle.curl) }
      handles = []
    }
  }

  /// - Throws: `unavailable` with libcurl's reason when no complete response came.
  func send(_ request: HTTPRequest) throws(ContractError) -> HTTPResponse {
    let handle = try takeHandle()
    defer { idle.withLock { $0.append(handle) } }
    let sink = ResponseSink()
    let headers = Self.headers(hasBody: request.body != nil)
    defer { curl_slist_free_all(headers) }
    configure(handle.curl, request, sink)
    wick_curl_set_headers(handle.curl, headers)
    let code = withExtendedLifetime(sink) { curl_easy_perform(handle.curl) }
    wick_curl_set_headers(handle.curl, nil)
    guard code == CURLE_OK else { throw Self.failure(code, request.url) }
    var status = 0
    wick_curl_status(handle.curl, &status)
    return HTTPResponse(status: status, body: sink.bytes)
  }

  private func takeHandle() throws(ContractError) -> Handle {
    if let handle = idle.withLock({ $0.popLast() }) { return handle }
    guard Self.global == CURLE_OK, let curl = curl_easy_init() else {
      throw ContractError(.unavailable, "libcurl cannot be started", advice: "Check the memory of the machine")
    }
    return Handle(curl: curl)
  }

  private func configure(_ curl: UnsafeMutableRawPointer, _ request: HTTPRequest, _ sink: ResponseSink) {
    // Keeps the connections of the handle, clears the options of the last request.
    curl_easy_reset(curl)
    wick_curl_set_string(curl, CURLOPT_URL, request.url)
    wick_curl_set_string(curl, CURLOPT_CUSTOMREQUEST, request.method)
    wick_curl_set_string(curl, CURLOPT_PROTOCOLS_STR, "http,https")
    // Without this libcurl uses SIGALRM for time-outs, which is not safe with threads.
    wick_curl_set_long(curl, CURLOPT_NOSIGNAL, 1)
    wick_curl_set_long(curl, CURLOPT_CONNECTTIMEOUT_MS, connectTimeoutMs)
    wick_curl_set_long(curl, CURLOPT_TIMEOUT_MS, timeoutMs)
    if let body = request.body {
      wick_curl_set_long(curl, CURLOPT_POSTFIELDSIZE, body.count)
      body.withUnsafeBytes { bytes in
        _ = wick_curl_set_pointer(curl, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
      }
    }
    let collect: wick_curl_write = { data, size, count, context in
      guard let data, let context else { return 0 }
      let sink = Unmanaged<ResponseSink>.fromOpaque(context).takeUnretainedValue()
      sink.bytes.append(contentsOf: UnsafeRawBufferPointer(start: data, count: size * count))
      return size * count
    }
    wick_curl_set_write(curl, collect, Unmanaged.passUnretained(sink).toOpaque())
  }

  private static func headers(hasBody: Bool) -> UnsafeMutablePointer<curl_slist>? {
    var list = curl_slist_append(nil, "Accept: application/vnd.schemaregistry.v1+json, application/json")
    if hasBody {
      list = curl_slist_append(list, "Content-Type: application/vnd.schemaregistry.v1+json")
      // Small bodies gain nothing from asking first, and some proxies stumble over it.
      list = curl_slist_append(list, "Expect:")
    }
    return list
  }

  private static func failure(_ code: CURLcode, _ url: String) -> ContractError {
    let reason = curl_easy_strerror(code).map { String(cString: $0) } ?? "error \(code.rawValue)"
    return ContractError(.unavailable, "\(RegistryAddress.withoutPassword(url)): \(reason)")
  }
}

/// Collects a body while libcurl runs.
private final class ResponseSink {
  var bytes: [UInt8] = []
}
