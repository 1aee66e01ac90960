// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours is built alike: Swift 6 mode, explicit existentials and imports, warnings as errors.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableExperimentalFeature("Lifetimes"),
  .treatAllWarnings(as: .error),
]

/// A target of the data's way. The order below is the order in which a datagram travels;
/// `tools/tidy` holds the imports against it.
func stage(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}

/// Tests of a target. All of them may damage octets from a seed.
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies + ["Mutation"], swiftSettings: settings)
}

let package = Package(
  name: "thinai",
  products: [
    .executable(name: "thinai", targets: ["thinai"]),
    // For Fuzzing/, which is built with a sanitizer: each step of a reading's way.
    .library(
      name: "ThiNaiDataPlane",
      targets: [
        "Primitives", "Telemetry", "Registry", "Capture", "Protocols", "Intake", "Journal", "Parquet", "Rollups",
        "Lagoon",
      ]),
    // For Fuzzing/ too: what reads the files of a node, and those that are imported.
    .library(name: "ThiNaiNode", targets: ["Text", "Access", "Alerts", "Node", "Import"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
  ],
  targets: [
    .target(name: "CLinux"),
    .target(name: "CChecksum"),
    .target(name: "COpenAPI"),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CPcap", pkgConfig: "libpcap", providers: [.apt(["libpcap-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    stage("Primitives", []),
    stage("Text", ["Primitives"]),
    stage("Checksum", ["CChecksum", "CZlib"]),
    stage("Sys", ["CLinux", "Primitives"]),
    stage("Telemetry", ["Primitives", "Sys"]),
    stage("Registry", ["Primitives", "Sys"]),
    stage("Zstd", ["CZstd"]),
    stage("Gzip", ["CZlib"]),
    stage("Capture", ["CPcap", "Primitives", "Sys", "Zstd", "Gzip"]),
    stage("Cryptography", ["CCrypto"]),
    stage("Protocols", ["Primitives", "Text", "Sys", "Telemetry", "Registry", "Capture", "Cryptography"]),
    stage("Intake", ["Primitives", "Text", "Sys", "Telemetry", "Registry", "Capture", "Protocols"]),
    stage("Journal", ["Primitives", "Checksum", "Sys", "Zstd"]),
    stage("Parquet", ["Primitives", "Checksum", "Zstd", "Gzip"]),
    stage("Rollups", ["Primitives", .product(name: "RealModule", package: "swift-numerics")]),
    stage(
      "ObjectStore",
      [
        "Primitives", "Text", "Sys", "Cryptography",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ]),
    stage("PromQL", [.product(name: "RealModule", package: "swift-numerics")]),
    stage("Lagoon", ["Primitives", "Text", "Sys", "Telemetry", "Registry", "Parquet", "Rollups"]),
    stage("Access", ["Primitives", "Text", "Sys", "Registry", "Cryptography"]),
    stage("Alerts", ["Primitives", "Text", "Telemetry", "Rollups", "Lagoon"]),
    stage(
      "Pipeline",
      [
        "Primitives", "Text", "Sys", "Telemetry", "Registry", "Cryptography", "Protocols", "Intake", "Journal",
        "Lagoon", "Alerts",
      ]),
    stage(
      "Node",
      [
        "Primitives", "Text", "Checksum", "Sys", "Telemetry", "Registry", "Capture", "Protocols", "Intake", "Journal",
        "Rollups", "Lagoon", "Access", "Pipeline", "Alerts", "Cryptography", .product(name: "Yams", package: "Yams"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    stage(
      "Secure",
      [
        "Primitives", "Text", "Sys", "Cryptography", "Access", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOTLS", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ]),
    stage(
      "API",
      [
        "COpenAPI", "Primitives", "Text", "Sys", "Telemetry", "Registry", "Cryptography", "Access", "Zstd", "Gzip",
        "Rollups", "Lagoon", "Alerts", "Secure",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "Logging", package: "swift-log"),
      ],
      // COpenAPI puts it into the program.
      exclude: ["openapi.yaml"]),
    stage("Fleet", ["Primitives", "Text", "Sys"]),
    stage("Import", ["Primitives", "Text", "Sys", "Gzip", "Parquet", "Lagoon"]),
    .executableTarget(
      name: "thinai",
      dependencies: [
        "Primitives", "Text", "Sys", "Telemetry", "Registry", "Gzip", "Capture", "Protocols", "Intake", "Journal",
        "Parquet", "Rollups",
        "Lagoon", "Access", "Pipeline", "Alerts",
        "Node", "Secure", "API", "Fleet", "Import",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: settings),

    // What tools/bench runs. Here and in no package of its own, so that the product's modules are built once for both.
    .executableTarget(
      name: "traffic", dependencies: ["Primitives", "Sys", "Fleet"], path: "Benchmarks/Sources/traffic",
      swiftSettings: settings),
    // NIO's HTTP/1 and nothing else, for `tools/bench floor`.
    .executableTarget(
      name: "floor",
      dependencies: [
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      path: "Benchmarks/Sources/floor", swiftSettings: settings),
    // Counts allocations for `micro`. Linked to nothing else: it replaces the allocator's entry points.
    .target(name: "CMallocCounter", path: "Benchmarks/Sources/CMallocCounter"),
    .executableTarget(
      name: "micro",
      dependencies: [
        "CMallocCounter", "Primitives", "Sys", "Telemetry", "Registry", "Protocols", "Intake", "Journal", "Parquet",
        "Rollups", "Lagoon", "Fleet",
      ],
      path: "Benchmarks/Sources/micro", swiftSettings: settings),

    // The whole pipeline on a simulated machine, and what runs it from seeds (`tools/soak`).
    .target(
      name: "TestEngine",
      dependencies: [
        "Primitives", "Text", "Sys", "Telemetry", "Registry", "Protocols", "Intake", "Rollups", "Lagoon", "Alerts",
        "Pipeline",
        "Node",
      ],
      path: "Tests/TestEngine", swiftSettings: settings),
    .executableTarget(
      name: "soak", dependencies: ["TestEngine", "Sys", "Primitives"], path: "Tests/soak", swiftSettings: settings),

    .target(name: "Mutation", path: "Tests/Mutation", swiftSettings: settings),
    tests("PrimitivesTests", ["Primitives"]),
    tests("ChecksumTests", ["Primitives", "Checksum"]),
    tests("TextTests", ["Primitives", "Text"]),
    tests("SysTests", ["Primitives", "Sys"]),
    tests("TelemetryTests", ["Primitives", "Telemetry"]),
    tests(
      "ProtocolsTests",
      ["Primitives", "Sys", "Telemetry", "Registry", "Cryptography", "Capture", "Protocols"]),
    tests("RegistryTests", ["Primitives", "Registry"]),
    tests("CaptureTests", ["Primitives", "Zstd", "Gzip", "Capture"]),
    tests(
      "IntakeTests", ["Primitives", "Sys", "Telemetry", "Registry", "Cryptography", "Protocols", "Intake"]),
    tests("JournalTests", ["Primitives", "Checksum", "Sys", "Zstd", "Journal"]),
    tests("ParquetTests", ["Primitives", "Checksum", "Zstd", "Parquet"]),
    tests("RollupsTests", ["Primitives", "Rollups"]),
    tests(
      "ObjectStoreTests",
      [
        "Primitives", "Text", "Sys", "ObjectStore", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),
    tests("PromQLTests", ["PromQL"]),
    tests("LagoonTests", ["Primitives", "Text", "Sys", "Telemetry", "Registry", "Parquet", "Rollups", "Lagoon"]),
    tests("AccessTests", ["CCrypto", "Primitives", "Text", "Registry", "Cryptography", "Access"]),
    tests("AlertsTests", ["Primitives", "Text", "Telemetry", "Rollups", "Lagoon", "Alerts"]),
    tests(
      "PipelineTests",
      [
        "Primitives", "Sys", "Telemetry", "Registry", "Protocols", "Intake", "Journal", "Lagoon", "Pipeline",
        "TestEngine",
      ]),
    tests(
      "NodeTests",
      [
        "Primitives", "Text", "Checksum", "Sys", "Telemetry", "Registry", "Cryptography", "Capture", "Protocols",
        "Intake",
        "Lagoon", "Pipeline", "Access", "Alerts", "Node",
        .product(name: "Logging", package: "swift-log"), .product(name: "Yams", package: "Yams"),
      ]),
    tests(
      "SecureTests",
      [
        "Primitives", "Text", "Access", "Secure", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
      ]),
    tests("FleetTests", ["Primitives", "Sys", "Fleet"]),
    tests("ImportTests", ["Primitives", "Sys", "Gzip", "Parquet", "Lagoon", "Import"]),
    tests(
      "APITests",
      [
        "Primitives", "Text", "Sys", "Telemetry", "Registry", "Access", "Zstd", "Gzip", "Lagoon", "Alerts", "API",
        .product(name: "Yams", package: "Yams"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"), .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"), .product(name: "Logging", package: "swift-log"),
      ]),
    tests("HouseTests", []),
  ]
)
