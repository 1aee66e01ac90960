// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "thinai-benchmarks",
  dependencies: [.package(name: "thinai", path: "..")],
  targets: [
    .executableTarget(
      name: "traffic", dependencies: [.product(name: "ThiNaiTraffic", package: "thinai")], swiftSettings: settings),
    // Counts allocations for `micro`. Linked to nothing else: it replaces the allocator's entry points.
    .target(name: "CMallocCounter"),
    .executableTarget(
      name: "micro",
      dependencies: [
        "CMallocCounter", .product(name: "ThiNaiTraffic", package: "thinai"),
        .product(name: "ThiNaiDataPlane", package: "thinai"),
      ],
      swiftSettings: settings),
  ]
)
