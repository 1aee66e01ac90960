public import NIOCore
import NIOSSL
public import Primitives
import Synchronization

/// TLS of a server: TLS 1.2 and 1.3 with what the files say, which may be read anew while connections stand.
public final class ServerTLS: Sendable {
  private let files: TLSFiles
  private let current: Mutex<Material>
  private let failed = Atomic<UInt64>(0)

  private struct Material: Sendable {
    var context: NIOSSLContext
    var expires: UnixNanos
    var serialNumber: [UInt8]
  }

  /// - Throws: the first file that cannot be used.
  public init(_ files: TLSFiles) throws(TLSFault) {
    self.files = files
    current = Mutex(try Self.material(files))
  }

  /// All that is wrong with the files, each by its name.
  public static func faults(of files: TLSFiles) -> [String] {
    var faults: [String] = []
    func gather(_ step: () throws(TLSFault) -> Void) {
      do throws(TLSFault) { try step() } catch { faults.append(error.description) }
    }
    gather { () throws(TLSFault) in _ = try PEMFiles.certificates(files.certificate, "certificate") }
    gather { () throws(TLSFault) in _ = try PEMFiles.key(files.key) }
    if let path = files.clientAuthorities {
      gather { () throws(TLSFault) in _ = try PEMFiles.certificates(path, "client_ca") }
    }
    // Whether they belong together can only be said of files that can be read.
    if faults.isEmpty { gather { () throws(TLSFault) in _ = try material(files) } }
    return faults
  }

  /// Reads the files anew: who connects from now on is shown what they hold. Connections stay.
  ///
  /// - Returns: whether the certificate is another one.
  /// - Throws: what is wrong with them; what was in force stays.
  public func renew() throws(TLSFault) -> Bool {
    let material = try Self.material(files)
    return current.withLock { current in
      defer { current = material }
      return current.serialNumber != material.serialNumber
    }
  }

  /// When the certificate ends.
  public var expires: UnixNanos { current.withLock { $0.expires } }

  /// Connections that ended before they were secure.
  public var failedHandshakes: UInt64 { failed.load(ordering: .relaxed) }

  /// Puts TLS into a new connection, in front of all that is in its pipeline.
  public func secure(_ pipeline: ChannelPipeline.SynchronousOperations) throws {
    let context = current.withLock { $0.context }
    var configuration = NIOSSLHandler.Configuration()
    configuration.maximumPreservedOutboundBufferCapacity = Limits.tlsBufferBytes
    let watch = HandshakeWatch { [self] in failed.add(1, ordering: .relaxed) }
    try pipeline.addHandlers(
      [AbruptClose(), NIOSSLServerHandler(context: context, configuration: configuration), watch], position: .first)
  }

  private static func material(_ files: TLSFiles) throws(TLSFault) -> Material {
    let certificates = try PEMFiles.certificates(files.certificate, "certificate")
    let key = try PEMFiles.key(files.key)
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key))
    if let path = files.clientAuthorities {
      configuration.trustRoots = .certificates(try PEMFiles.certificates(path, "client_ca"))
      // Who connects has a name, and no host's.
      configuration.certificateVerification = .noHostnameVerification
      // A browser that has several certificates offers those that are taken.
      configuration.sendCANameList = true
    }
    configuration.minimumTLSVersion = .tlsv12
    configuration.cipherSuites = TLSSuites.names
    configuration.applicationProtocols = ["http/1.1"]
    do {
      let context = try NIOSSLContext(configuration: configuration)
      return Material(
        context: context, expires: Int64(certificates[0].notValidAfter).multipliedOrLargest(by: Nanos.perSecond),
        serialNumber: certificates[0].serialNumber)
    } catch {
      throw TLSFault("cannot use certificate \(files.certificate) with key \(files.key): \(TLSFault(error))")
    }
  }
}

extension Int64 {
  fileprivate func multipliedOrLargest(by factor: Int64) -> Int64 {
    let (product, isBeyond) = multipliedReportingOverflow(by: factor)
    return isBeyond ? .max : product
  }
}
