import NIOPosix
import Primitives

/// The same client for tasks: what it is asked waits on threads of its own, so that none of the cooperative pool does.
///
/// `close` is to be called before the last reference goes.
public final class AsyncObjectClient: Sendable {
  public let client: ObjectClient
  private let threads: NIOThreadPool

  /// - Parameter threads: requests at once; more of them wait for one.
  public init(_ client: ObjectClient, threads: Int? = nil) {
    self.client = client
    self.threads = NIOThreadPool(numberOfThreads: threads ?? client.settings.connections)
    self.threads.start()
  }

  /// Asks on a thread that may wait. A task that is cancelled before its turn asks for nothing; what was begun is ended.
  public func run<Value: Sendable>(
    _ body: @escaping @Sendable (ObjectClient) throws(ObjectFault) -> Value
  ) async throws(ObjectFault) -> Value {
    let client = client
    let result: Result<Value, ObjectFault>
    do {
      result = try await threads.runIfActive { () -> Result<Value, ObjectFault> in
        do throws(ObjectFault) { return .success(try body(client)) } catch { return .failure(error) }
      }
    } catch {
      throw ObjectFault(.cancelled, "ask \(client.label)", "the task was cancelled or the client closed")
    }
    return try result.get()
  }

  /// All bytes under a name, at most so many; nil if nothing has it.
  public func get(_ name: String, longestBytes: Int) async throws(ObjectFault) -> StoredBytes? {
    try await run { client throws(ObjectFault) in try client.get(name, longestBytes: longestBytes) }
  }

  /// What the store knows of a name; nil if nothing has it.
  public func head(_ name: String) async throws(ObjectFault) -> ObjectInfo? {
    try await run { client throws(ObjectFault) in try client.head(name) }
  }

  /// Gives bytes a name that nothing has yet.
  public func putIfAbsent(_ bytes: [UInt8], as name: String) async throws(ObjectFault) -> PutOutcome {
    try await run { client throws(ObjectFault) in try client.putIfAbsent(bytes, as: name) }
  }

  /// What stands under the prefix.
  public func list(
    _ start: String = "", after: String? = nil, isDeep: Bool = true
  ) async throws(ObjectFault) -> ObjectListing {
    try await run { client throws(ObjectFault) in try client.list(start, after: after, isDeep: isDeep) }
  }

  /// Ends the threads, once what was begun has ended.
  public func close() async {
    try? await threads.shutdownGracefully()
  }
}
