/// The description of the interface that is served at `/v1/openapi.json`: OpenAPI 3.1.
enum OpenAPIDocument {
  /// The file `Description/openapi.json`, compiled in.
  static var bytes: [UInt8] { PackageResources.openapi_json }
}
