import Access
import Testing

@Suite struct GrantTests {
  @Test func anAdminMayDoEverythingAndOthersWhatTheyWereGiven() {
    let admin = Grant(name: "a", permissions: [.admin])
    let reader = Grant(name: "r", permissions: [.read])
    for permission in Permission.allCases {
      #expect(admin.allows(permission))
      #expect(reader.allows(permission) == (permission == .read))
    }
  }
}
