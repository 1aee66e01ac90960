/// What a section says of an interface (pcapng interface description block).
struct CaptureInterface: BitwiseCopyable {
  var linkType: LinkType
  /// The most octets that were kept of a frame; 0 if there was no limit.
  var snapLength: Int
  var scale = TimestampScale()
}
