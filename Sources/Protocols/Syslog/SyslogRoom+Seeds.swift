extension SyslogRoom {
  /// What firmware sends that has not read the RFCs, many parameters, and octets that grow in JSON.
  public static let seeds: [[UInt8]] =
    [
      "\u{FEFF}<131>1 2026-11-20T14:59:30Z gate app - - - x", "46 <131>Nov 20 09:59:30 PM gate app: door is open",
      "<189>7: 000042: *Nov 20 21:59:30.000 CEST: %SYS-5-A: x", "<189>8: 5w1d: %SYS-5-A: x",
      "<189>9: core-2 LC/0/3/CPU0:Nov 20 21:59:30.000 (ICT): ifmgr[12]: %PKT-3-A : x",
      "<134>1 1795186770.5 MX_1 flows x", "<134> 11/20/2026:14:59:30 GMT ns-1 0-PPE-0 : default",
      "<14>Nov 20 2026 21:59:30+07:00 DST SW %%01A/4/B(l)[5]:x",
      "<13>1 - h a p m [i" + (0..<5_000).map { " p\($0 % 200)=\"\\\"\"" }.joined() + "] t",
    ].map { Array($0.utf8) } + [
      "\u{FEFF}<131>1 2026-11-20T14:59:30Z gate app - - - x".utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] },
      Array("<13>h: ".utf8) + [0x81, 0x40, 0xB0], Array("<13>".utf8) + [UInt8](repeating: 1, count: 60_000),
    ]
}
