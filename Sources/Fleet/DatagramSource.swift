/// Something that makes datagrams for the runner: the simulated fleet, or a series from a file.
protocol DatagramSource: ~Copyable {
  /// Appends the next datagram, closed, to `buffer`, which has room for one of `FleetPlan.datagramBytes`; nil at the
  /// end.
  mutating func next(into buffer: inout DatagramBuffer) throws -> FleetDatagram?
  /// The datagrams that are held back at the end of the run, one a call; nil when all are out.
  mutating func rest(into buffer: inout DatagramBuffer) throws -> FleetDatagram?
  /// What was written; the runner adds what came of it.
  var tally: FleetTally { get set }
}

extension FleetPlan: DatagramSource {
  mutating func next(into buffer: inout DatagramBuffer) throws -> FleetDatagram? {
    let datagram: FleetDatagram = next(into: &buffer)
    return datagram
  }

  mutating func rest(into buffer: inout DatagramBuffer) throws -> FleetDatagram? {
    flush(into: &buffer)
  }
}
