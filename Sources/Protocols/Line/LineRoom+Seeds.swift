extension LineRoom {
  public static let seeds: [[UInt8]] = [
    Array("weather,device=mast-7,site=a temperature=23.5,n=4i,open=t,text=\"a b\" 1795186800000000000\n".utf8),
    Array("\u{FEFF}m,device=d a=1,b=,c=nan,d=\"x\"y,e=99999999999999999999i 99999999999999999999\n".utf8),
    Array((0..<3_000).map { "m\($0),d=\($0) f\($0)=1" }.joined(separator: "\n").utf8),
    Array(("m " + (0..<1_100).map { "f\($0)=1" }.joined(separator: ",")).utf8),
    Array(("m,d=1 v=\"" + String(repeating: "\\\"", count: 20_000) + "\"").utf8),
  ]
}
