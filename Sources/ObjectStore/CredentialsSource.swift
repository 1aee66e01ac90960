import Primitives
import Synchronization
import Sys

/// Where credentials come from: a file, which is read anew when it changes, or the environment.
public final class CredentialsSource: Sendable {
  private let path: String?
  private let profile: String
  private let fixed: Credentials?
  private let known = Mutex(Known())

  private struct Known {
    var credentials: Credentials?
    var stamp: Stamp?
  }

  /// What tells that a file was written.
  private struct Stamp: Equatable {
    var modifiedNanos: UnixNanos
    var byteCount: Int
  }

  /// A file in the form of AWS' own.
  public init(file: String, profile: String = "default") {
    path = file
    self.profile = profile
    fixed = nil
  }

  /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, where there is one, `AWS_SESSION_TOKEN`.
  public init(environment: [String: String]) throws(ObjectFault) {
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] where value(name) == nil {
      throw ObjectFault(.local, "read credentials from the environment", "\(name) is not set")
    }
    path = nil
    profile = ""
    fixed = Credentials(
      keyId: value("AWS_ACCESS_KEY_ID") ?? "", secret: value("AWS_SECRET_ACCESS_KEY") ?? "",
      sessionToken: value("AWS_SESSION_TOKEN"))
  }

  /// Those that are in force. A file that cannot be read now, or is half written, leaves those that were read before.
  ///
  /// - Parameter isForced: the file is read whatever its time says: the store refused what we had.
  public func current(isForced: Bool = false) throws(ObjectFault) -> Credentials {
    if let fixed { return fixed }
    guard let path else { preconditionFailure("BUG: credentials from nowhere") }
    let before = known.withLock { ($0.credentials, $0.stamp) }
    do throws(CredentialsFault) {
      let stamp = try Self.stamp(path)
      if let credentials = before.0, before.1 == stamp, !isForced { return credentials }
      let credentials = try Self.read(path, profile)
      known.withLock { $0 = Known(credentials: credentials, stamp: stamp) }
      return credentials
    } catch {
      if let credentials = before.0 { return credentials }
      throw ObjectFault(.local, "read credentials \(path)", error.description)
    }
  }

  private static func stamp(_ path: String) throws(CredentialsFault) -> Stamp {
    let status: FileStatus?
    do throws(SystemError) { status = try FileSystem.status(path) } catch { throw CredentialsFault("\(error)") }
    guard let status else { throw CredentialsFault("there is no such file") }
    if !status.isRegularFile { throw CredentialsFault("it is no file") }
    if status.byteCount > Limits.objectCredentialsBytes {
      throw CredentialsFault("it is longer than \(Limits.objectCredentialsBytes) bytes")
    }
    return Stamp(modifiedNanos: status.modifiedNanos, byteCount: status.byteCount)
  }

  private static func read(_ path: String, _ profile: String) throws(CredentialsFault) -> Credentials {
    let bytes: [UInt8]
    do throws(SystemError) { bytes = try File.readWhole(path) } catch { throw CredentialsFault("\(error)") }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw CredentialsFault("it is not UTF-8") }
    return try CredentialsFile(text).credentials(profile: profile)
  }
}
