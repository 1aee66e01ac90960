import Telemetry
import Testing

/// What of a name is the device and what the field.
struct SenMLNameTests {
  @Test(arguments: [
    // A base name and a name.
    ("urn:dev:ow:10e2073a01080063:", "voltage", "urn:dev:ow:10e2073a01080063", "voltage"),
    ("urn:dev:ow:10e2073a01080063", "_voltage", "urn:dev:ow:10e2073a01080063", "voltage"),
    ("urn:dev:ow:10e2073a01080063", "voltage", "urn:dev:ow:10e2073a01080063", "voltage"),
    ("2001:db8::2/", "temperature", "2001:db8::2", "temperature"),
    ("building-1.", "room/2", "building-1", "room/2"),
    // A base name that is only the begin of one.
    ("urn:dev:mac:", "0024befffe804ff1_t", "urn:dev:mac:0024befffe804ff1", "t"),
    ("urn:dev:", "mac:0024befffe804ff1", "urn:dev:mac:0024befffe804ff1", "value"),
    // A base name alone.
    ("urn:dev:ow:10e2073a01080063", "", "urn:dev:ow:10e2073a01080063", "value"),
    ("urn:dev:ow:10e2073a01080063_temperature", "", "urn:dev:ow:10e2073a01080063", "temperature"),
    ("urn:dev:ow:10e2073a01080063:x", "", "urn:dev:ow:10e2073a01080063:x", "value"),
    ("house/7/", "", "house/7", "value"),
    // A name alone.
    ("", "urn:dev:ow:10e2073a01080063_temperature", "urn:dev:ow:10e2073a01080063", "temperature"),
    ("", "urn:dev:ow:10e2073a01080063:voltage", "urn:dev:ow:10e2073a01080063", "voltage"),
    ("", "urn:dev:mac:0024befffe804ff1/a/b", "urn:dev:mac:0024befffe804ff1/a", "b"),
    ("", "urn:dev:os:32473-12_a_b", "urn:dev:os:32473-12", "a_b"),
    ("", "urn:dev:mac:0024befffe804ff1", "urn:dev:mac:0024befffe804ff1", "value"),
    ("", "URN:DEV:mac:0024befffe804ff1_x", "URN:DEV:mac:0024befffe804ff1", "x"),
    ("", "urn:dev:mac:", "urn:dev:mac", "value"),
    ("", "house/7/temperature", "house/7", "temperature"),
    ("", "2001:db8::3", "2001:db8::3", "value"),
    ("", "station-1", "station-1", "value"),
    ("", "u", "u", "value"),
    ("a", "/", "a", "value"),
  ])
  func splits(base: String, name: String, device: String, field: String) {
    let baseMember = base.isEmpty ? "" : #""bn":"\#(base)","#
    let nameMember = name.isEmpty ? "" : #""n":"\#(name)","#
    let pack = PlainPack(json: #"[{\#(baseMember)\#(nameMember)"v":1}]"#)
    #expect(pack.verdict == .decoded)
    #expect(pack.rows == [PlainRow(device, nil, ["\(field)=1"])])
    #expect(pack.measurements == ["weather"])
  }
}
