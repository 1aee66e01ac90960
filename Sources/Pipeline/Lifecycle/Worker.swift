public import Sys

/// Something that works on a thread of its own until it is told to stop.
public protocol Worker: AnyObject, Sendable {
  /// Its thread's name: 15 octets show.
  var name: String { get }
  /// As `nice` has it: 0 is as urgent as the lanes, 19 takes what is left of the processor.
  var niceness: Int32 { get }
  /// Its whole life, on its own thread; returns soon after `stop`, with its work handed on.
  func run() throws(SystemError)
  /// Tells it to end, and returns at once. Any thread; also before `run`, which then returns at once.
  func stop()
}

extension Worker {
  public var niceness: Int32 { 0 }
}
