// swift-tools-version:6.1
import PackageDescription

// Targets stand in the order in which a trade meets them. A target may import what its `dependencies` name and nothing else;
// `make lint` builds with `--explicit-target-dependency-import-check error`, so this table is the rule.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .unsafeFlags(["-warnings-as-errors"]),
]

let nio: [Target.Dependency] = [
  .product(name: "NIOCore", package: "swift-nio"),
  .product(name: "NIOPosix", package: "swift-nio"),
]
let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")

func room(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
  .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

/// As `room`, compiled with optimisation in debug builds too, with every assertion kept: the searching tests spend their time
/// here, and try three times as much in the same minutes.
func hotRoom(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  let optimised = SwiftSetting.unsafeFlags(["-O", "-assert-config", "Debug"], .when(configuration: .debug))
  return .target(name: name, dependencies: dependencies, swiftSettings: strict + [optimised])
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let package = Package(
  name: "wick",
  products: [
    .executable(name: "wick", targets: ["wick"]),
    // For tests: put in front of a process, it fails the disk under it.
    .library(name: "DiskFaults", type: .dynamic, targets: ["DiskFaults"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
  ],
  targets: [
    .systemLibrary(name: "CRdKafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
    .systemLibrary(name: "CAvro", providers: [.apt(["libavro-dev"])]),
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    room("CrashPoints", []),
    room("JSON", []),
    room(
      "HTTPServing",
      [
        log, hummingbird, .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HummingbirdTLS", package: "hummingbird"), .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ]),
    room("WebSocket", ["COpenSSL"]),
    room("Telemetry", ["JSON", "HTTPServing", log, coreMetrics, hummingbird, .product(name: "NIOCore", package: "swift-nio")]),
    room("Lineage", ["JSON", "SQL"]),
    room("Governance", [.product(name: "Yams", package: "Yams")]),
    hotRoom("Columns", []),
    room("Market", []),
    room("Contracts", ["JSON", "Columns", "CAvro", "CCurl"]),
    room("Kafka", ["CRdKafka", log]),
    room("Venues", ["Market", "CZlib"]),
    room("Ingest", ["JSON", "Venues", "Market", "Contracts", "Kafka", "CrashPoints", "CZlib", log, metrics]),
    hotRoom("SQL", []),
    hotRoom("Values", ["SQL", "JSON", "Market", "Columns"]),
    hotRoom("Windows", ["SQL", "Values", "Market", "Columns"]),
    room("Formats", ["JSON", "Market", "Columns", "Contracts", "SQL", "Values"]),
    room("Cases", ["JSON", "Contracts", "SQL", "Values", "Columns", "Formats", "Windows"]),
    room(
      "Streams",
      [
        "JSON", "Kafka", "Contracts", "Formats", "SQL", "Values", "Windows", "Columns", "CrashPoints", log, metrics,
      ]),
    room("Tokens", ["JSON", .product(name: "JWTKit", package: "jwt-kit")]),
    room(
      "MarketAPI",
      [
        "COpenSSL", "JSON", "Tokens", "WebSocket", "Market", "Columns", "Iceberg", "Parquet", hummingbird, httpTypes,
        .product(name: "NIOCore", package: "swift-nio"),
      ], resources: [.embedInCode("Description")]),
    room(
      "Serve",
      [
        "JSON", "Market", "MarketAPI", "Dashboard", httpTypes, "Contracts", "Kafka", "SQL", "Values", "Columns", "Formats",
        "Windows", "Streams", "HTTPServing", log, metrics,
        hummingbird, .product(name: "NIOCore", package: "swift-nio"),
      ]),
    room("Dashboard", [], resources: [.embedInCode("Page")]),
    room("Replay", ["Contracts", "Kafka", "SQL", "Streams", log]),
    room("Prompt", []),
    room("Parquet", ["Columns", "CZstd"]),
    room("Iceberg", ["JSON", "Parquet", "Columns", "CrashPoints", .product(name: "GRDB", package: "GRDB.swift")]),
    room(
      "Lake", ["JSON", "Kafka", "Contracts", "Iceberg", "Columns", "Parquet", "CrashPoints", log, metrics]),
    hotRoom(
      "EmbeddedKafka",
      ["JSON", "Contracts", "CrashPoints", "HTTPServing", "CZlib", "CZstd", log, hummingbird] + nio),
    .executableTarget(
      name: "wick",
      dependencies: [
        "Market", "Contracts", "Kafka", "Venues", "Ingest", "SQL", "Windows", "Streams", "Parquet", "Iceberg", "Lake",
        "EmbeddedKafka", "Columns", "Cases", "Serve", "MarketAPI", "Prompt", "Telemetry", "Governance", "Lineage", "Replay",
        "HTTPServing", "Tokens", "JSON", log,
        coreMetrics, arguments, .product(name: "Yams", package: "Yams"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "wick-bench",
      dependencies: [
        "CRdKafka", "CrashPoints", "Columns", "Market", "Contracts", "Kafka", "Venues", "Ingest", "SQL", "Windows", "Streams",
        "Parquet", "Iceberg", "Lake", "Serve", "MarketAPI", "HTTPServing", "EmbeddedKafka", log,
      ],
      path: "Benchmarks", swiftSettings: strict),
    hotRoom("TestSupport", []),
    hotRoom(
      "Simulation",
      ["Kafka", "Market", "SQL", "Values", "Windows", "Streams", "Lake", "EmbeddedKafka", "Columns", "TestSupport"]),
    .executableTarget(name: "wick-simulate", dependencies: ["Simulation", arguments], swiftSettings: strict),
    room(
      "Fuzzing", ["JSON", "WebSocket", "MarketAPI", "Contracts", "SQL", "Values", "Columns", "Formats", "Cases", "TestSupport"]),
    .executableTarget(name: "wick-fuzz", dependencies: ["Fuzzing", arguments], swiftSettings: strict),
    room("ClusterSupport", ["EmbeddedKafka"]),
    room("NetworkFaults", []),
    room("Histories", []),
    tests("JSONTests", ["JSON", "TestSupport"]),
    tests("TelemetryTests", ["Telemetry", "TestSupport", log, coreMetrics]),
    tests("GovernanceTests", ["Governance", "Telemetry", "JSON", "TestSupport", .product(name: "Yams", package: "Yams")]),
    .target(name: "DiskFaults", path: "Tests/DiskFaults"),
    tests("MarketTests", ["Market", "TestSupport"]),
    tests("ContractsTests", ["JSON", "Contracts", "Columns", "TestSupport"], exclude: ["Fixtures"]),
    tests("KafkaTests", ["Kafka", "ClusterSupport", "TestSupport", log]),
    tests("VenuesTests", ["Venues", "Market", "TestSupport"]),
    tests("IngestTests", ["Ingest", "Contracts", "Market"]),
    tests("SQLTests", ["SQL", "TestSupport"], exclude: ["Errors.txt"]),
    tests("ValuesTests", ["Values", "SQL", "JSON", "Columns", "TestSupport"]),
    tests("WindowsTests", ["Windows", "SQL", "Values", "Columns", "Market", "TestSupport"]),
    tests("FormatsTests", ["Formats", "JSON", "Contracts", "SQL", "Values", "Columns", "TestSupport"]),
    tests("FuzzingTests", ["Fuzzing", "TestSupport"], exclude: ["Inputs"]),
    tests("CasesTests", ["Cases", "JSON", "SQL", "TestSupport"]),
    tests(
      "StreamsTests",
      [
        "Streams", "Kafka", "Contracts", "Formats", "JSON", "SQL", "Values", "Windows", "Columns", "ClusterSupport",
        "TestSupport", log,
      ]),
    tests("WebSocketTests", ["WebSocket", "TestSupport"]),
    tests("TokensTests", ["Tokens", "COpenSSL", "JSON", "TestSupport"]),
    tests("MarketAPITests", ["MarketAPI", "Tokens", "Iceberg", "Columns", "JSON", "Market", "TestSupport"]),
    tests("HTTPServingTests", ["HTTPServing", "TestSupport", log, hummingbird, .product(name: "NIOCore", package: "swift-nio")]),
    tests(
      "ServeTests",
      [
        "Serve", "MarketAPI", "Tokens", "Market", "HTTPServing", "JSON", "Kafka", "Contracts", "SQL", "Values", "Formats",
        "Windows",
        "Streams", "ClusterSupport", "TestSupport",
        log,
      ]),
    tests("LineageTests", ["Lineage", "JSON", "SQL"]),
    tests("ReplayTests", ["Replay"]),
    tests("PromptTests", ["Prompt"]),
    tests("ParquetTests", ["Parquet", "Columns", "TestSupport"]),
    tests(
      "IcebergTests", ["JSON", "Iceberg", "Parquet", "Columns", "TestSupport", .product(name: "GRDB", package: "GRDB.swift")]),
    tests(
      "LakeTests",
      ["Lake", "Iceberg", "Parquet", "Columns", "Kafka", "Contracts", "ClusterSupport", "TestSupport", log]),
    tests("EmbeddedLogTests", ["EmbeddedKafka", "Simulation", "TestSupport"]),
    tests("EmbeddedKafkaTests", ["EmbeddedKafka", "TestSupport", log] + nio),
    tests("SimulationTests", ["Simulation", "EmbeddedKafka", "TestSupport"]),
    tests("RegistryTests", ["JSON", "EmbeddedKafka", "Contracts", "TestSupport", log]),
    tests("HistoriesTests", ["Histories", "TestSupport"]),
    tests(
      "NetworkFaultTests",
      ["NetworkFaults", "Histories", "Ingest", "Venues", "Kafka", "EmbeddedKafka", "ClusterSupport", "TestSupport", log] + nio),
    tests(
      "PipelineTests",
      ["JSON", "MarketAPI", "Kafka", "Contracts", "Lake", "Iceberg", "Parquet", "Columns", "TestSupport", log]),
  ]
)
