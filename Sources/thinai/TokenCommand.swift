import Access
import ArgumentParser
import Node
import Primitives
import Registry
import Text

/// Makes, lists and takes away tokens. The file holds digests alone: what a token opens is only known to who has it.
struct TokenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token", abstract: "Makes tokens for who may ask over HTTP, lists them, takes them away.",
    subcommands: [Create.self, List.self, Revoke.self])

  struct Create: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes a token: it is shown once, with its entry for the tokens file.")

    @Option(help: "Who will have it, as the audit names them.") var name: String
    @Option(help: "What they may do: read, operate, write, admin. May be given several times.") var scope: [String]
    @Option(help: "Only devices in this area, and under it. May be given several times.") var area: [String] = []
    @Option(help: "Only devices of this domain. May be given several times.") var domain: [String] = []
    @Option(help: "Only devices of this agency. May be given several times.") var agency: [String] = []
    @Option(help: "The last day on which it is valid, such as 2027-06-30, or a time.") var expires: String?
    @Option(help: "Requests a second that may be made with it, such as 50/s.") var rate: String?

    func validate() throws {
      if !TokenFiles.isName(name) { throw ValidationError("cannot name a token \(name): its letters are not fit") }
      for word in scope where Permission(rawValue: word) == nil {
        let known = Permission.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("cannot use --scope \(word): it must be one of \(known)")
      }
      if scope.isEmpty { throw ValidationError("cannot make a token without --scope") }
      if (area + domain + agency).contains("") { throw ValidationError("cannot limit a token to nothing") }
      if let expires, TokenFiles.end(ofTerm: expires, zone: .fixed(offsetSeconds: 0)) == nil {
        throw ValidationError("cannot use --expires \(expires): it must be a day such as 2027-06-30, or a time")
      }
      if let rate, TokenFiles.rate(rate) == nil {
        throw ValidationError("cannot use --rate \(rate): it must be one such as 50/s")
      }
    }

    func run() throws {
      let token = AccessToken.make()
      let limits = TokenFiles.Limitation(areas: area, domains: domain, agencies: agency, expires: expires, rate: rate)
      print("The token, which is shown this once:\n\n\(token)\n\nIts entry for the file that http.tokens names:\n")
      print("tokens:")
      print(TokenFiles.line(digest: AccessToken.digest(token), name: name, scopes: scope, limits: limits))
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists who has a token, and what they may see and do.")

    @Option(help: "The configuration file.") var config: String

    func run() throws {
      let (book, _) = try TokenCommand.book(config)
      for grant in book.all {
        var text = "\(grant.name): \(grant.permissions.map(\.rawValue).sorted().joined(separator: ", "))"
        for (word, limits) in [
          ("areas", grant.scope.areas), ("domains", grant.scope.domains), ("agencies", grant.scope.agencies),
        ] where !limits.isEmpty {
          text += "; \(word) \(limits.joined(separator: ", "))"
        }
        if let expires = grant.expires { text += "; until \(RFC3339.text(expires))" }
        if let rate = grant.requestsPerSecond { text += "; \(rate) requests a second" }
        print(text)
      }
    }
  }

  struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Takes the entry of a name out of the tokens file. SIGHUP makes a server refuse it.")

    @Argument(help: "Whose token it is.") var who: String?
    @Option(help: "Whose token it is.") var name: String?
    @Option(help: "The configuration file.") var config: String

    func validate() throws {
      if (who == nil) == (name == nil) { throw ValidationError("cannot take away a token without the name of one") }
    }

    func run() throws {
      let wanted = who ?? name ?? ""
      let (_, path) = try TokenCommand.book(config)
      do {
        if try TokenFiles.revoke(wanted, in: path) {
          print("\(path): \(wanted) is taken out; a running server refuses it after SIGHUP")
          return
        }
      } catch {
        throw CommandFailure.failed("cannot write \(path): \(error)")
      }
      throw CommandFailure.failed("cannot find token \(wanted): \(path) has none of that name")
    }
  }

  /// The tokens that a configuration names, and their file.
  private static func book(_ config: String) throws -> (TokenBook, String) {
    let configuration = try ConfigurationLoading.load(config)
    guard let path = configuration.tokensFile else {
      throw CommandFailure.misuse("cannot find tokens: \(config) has no http.tokens")
    }
    do { return (try TokenFiles.read(path, zone: configuration.zone), path) } catch {
      throw CommandFailure.misuse("\(error)")
    }
  }
}
