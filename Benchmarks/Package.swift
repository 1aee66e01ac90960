// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "thinai-benchmarks",
  dependencies: [.package(name: "thinai", path: "..")],
  targets: [
    .executableTarget(
      name: "traffic", dependencies: [.product(name: "ThiNaiTraffic", package: "thinai")],
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
        .treatAllWarnings(as: .error),
      ])
  ]
)
