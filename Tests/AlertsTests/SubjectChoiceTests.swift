import Lagoon
import Primitives
import Testing

@testable import Alerts

/// Which devices a rule is about, and what their rows are told as.
@Suite struct SubjectChoiceTests {
  private let directory = TestDirectory(devices: [
    DeviceFacts(id: "cam", deviceClass: "camera", area: "2101", domain: "traffic", agency: "police"),
    DeviceFacts(id: "bare"),
  ])

  private func choice(_ scope: AlertScope, _ filter: DeviceFilter = DeviceFilter()) -> SubjectChoice {
    SubjectChoice(filter: filter, scope: scope, directory: directory)
  }

  @Test func aScopeSaysWhatADeviceIsToldAs() {
    let subjects: [(AlertScope, cam: String?, bare: String?, stranger: String?)] = [
      (.device, "cam", "bare", "stranger"), (.area, "2101", nil, nil), (.deviceClass, "camera", nil, nil),
      (.all, "", "", ""),
    ]
    for (scope, cam, bare, stranger) in subjects {
      let choice = choice(scope)
      #expect(choice.subject(ofDevice: "cam", at: 0) == cam, "\(scope)")
      // Without an area there is none to tell of.
      #expect(
        choice.subject(ofDevice: "bare", at: 0) == bare && choice.subject(ofDevice: "stranger", at: 0) == stranger)
    }
  }

  /// Whatever only the registry can tell leaves out who is not in it.
  @Test(arguments: [
    DeviceFilter(deviceClass: "camera"), DeviceFilter(area: "2101"), DeviceFilter(area: "52"),
    DeviceFilter(domain: "traffic"), DeviceFilter(agency: "police"),
    DeviceFilter(device: "cam", deviceClass: "camera", area: "52", domain: "traffic", agency: "police"),
  ])
  func aFilterOfTheRegistryTakesOnlyWhoMatches(filter: DeviceFilter) {
    let choice = choice(.device, filter)
    #expect(choice.subject(ofDevice: "cam", at: 0) == "cam")
    #expect(choice.subject(ofDevice: "bare", at: 0) == nil && choice.subject(ofDevice: "stranger", at: 0) == nil)
  }

  @Test(arguments: [
    DeviceFilter(device: "other"), DeviceFilter(deviceClass: "bts"), DeviceFilter(area: "22"),
    DeviceFilter(domain: "water"), DeviceFilter(agency: "fire"), DeviceFilter(device: ""),
    // One of several is enough to be left out.
    DeviceFilter(device: "cam", deviceClass: "camera", area: "52", domain: "traffic", agency: "fire"),
  ])
  func aFilterThatDoesNotFitTakesNobody(filter: DeviceFilter) {
    for scope in AlertScope.allCases { #expect(choice(scope, filter).subject(ofDevice: "cam", at: 0) == nil) }
    #expect(!choice(.all, filter).isWanted(directory.devices[0], at: 0))
  }

  @Test func aDeviceThatIsNamedNeedNoRegistry() {
    let choice = choice(.device, DeviceFilter(device: "stranger"))
    #expect(choice.subject(ofDevice: "stranger", at: 0) == "stranger")
    #expect(choice.subject(ofDevice: "cam", at: 0) == nil && choice.subject(ofDevice: "", at: 0) == nil)
  }
}
