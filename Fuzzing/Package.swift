// swift-tools-version: 6.2
import PackageDescription

/// libFuzzer targets for all that reads octets from the network or from files: see `tools/fuzz`.
let package = Package(
  name: "fuzzing",
  dependencies: [.package(name: "thinai", path: "..")],
  targets: [
    .executableTarget(
      name: "fuzz",
      dependencies: [
        .product(name: "ThiNaiDataPlane", package: "thinai"), .product(name: "ThiNaiNode", package: "thinai"),
      ],
      swiftSettings: [
        .swiftLanguageMode(.v6), .enableExperimentalFeature("Lifetimes"),
        // libFuzzer brings the main function.
        .unsafeFlags(["-parse-as-library", "-sanitize=fuzzer,address"]),
      ],
      linkerSettings: [.unsafeFlags(["-use-ld=lld", "-sanitize=fuzzer,address"])])
  ]
)
