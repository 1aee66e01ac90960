import Primitives

/// Whether a stream's pictures stand still, told by their sizes alone.
///
/// An encoder that sees the same scene makes the same pictures from one key picture to the next: each is compared with the
/// one in its place of the group before. They may differ by an octet or two, key pictures by a little more, since encoders number
/// them. In groups that are too long for that, and where no key picture is known, all pictures between are of one size.
/// What was damaged on its way says nothing.
struct StillPicture: BitwiseCopyable {
  private var sizeCount = 0
  private var place = 0
  private var groupBegan = UnixNanos.max
  private var groupBeforeBegan = UnixNanos.max
  private var differs = true
  /// Since when groups repeat each other; `.max` if they do not.
  private var repeatsSince = UnixNanos.max
  /// The size that pictures between key pictures have, and since when.
  private var plainSize: Int32 = -1
  private var plainSince = UnixNanos.max
  private var plainCount: Int32 = 0
  private var keySize: Int32 = -1
  /// A moving mean of the sizes of pictures, where it is not known which are key pictures.
  private var mean: Int32 = 0
  /// Pictures of this second that could be compared, and of those the ones that differed.
  private var compared: Int32 = 0
  private var different: Int32 = 0
  /// For how many seconds with pictures they have differed.
  private(set) var movingSeconds: Int32 = 0
  /// Sizes of the group before, overwritten as this one comes; 0 where it is not known.
  private var sizes = InlineArray<256, Int32>(repeating: 0)

  private static let nearOctets: Int32 = 2
  private static let keyShare: Int32 = 1_000
  private static let fewestPlain: Int32 = 4

  /// A picture is over.
  mutating func take(size: Int32, isKey given: Bool?, isDamaged: Bool, skipped: Int, began: UnixNanos) {
    let isKey = given ?? isProbablyKey(size)
    if isKey { beginGroup(began) }
    place = min(place &+ skipped, Limits.rtpPictures)
    let near = isKey ? max(Self.nearOctets, size / Self.keyShare) : Self.nearOctets
    var isSame: Bool?
    if place < Limits.rtpPictures {
      if !isDamaged {
        if place < sizeCount && sizes[place] > 0 {
          isSame = (sizes[place] &- size).magnitude <= UInt32(near)
        } else if place >= sizeCount && sizeCount > 0 {
          isSame = false
        }
        sizes[place] = size
      }
    }
    place = min(place &+ 1, Limits.rtpPictures)
    if place >= Limits.rtpPictures || isSame == false || sizeCount == 0 {
      differs = true
      repeatsSince = .max
    }
    let isSamePlain = isDamaged ? nil : takePlain(size, isKey: isKey, near: near, began)
    if let same = isSame ?? isSamePlain {
      compared &+= 1
      if !same { different &+= 1 }
    }
  }

  /// Compares with the pictures before, whatever their places; nil if there is nothing to compare with.
  private mutating func takePlain(_ size: Int32, isKey: Bool, near: Int32, _ began: UnixNanos) -> Bool? {
    if isKey {
      let isSame = keySize < 0 || (keySize &- size).magnitude <= UInt32(near)
      keySize = size
      if !isSame {
        plainSize = -1
        plainSince = .max
        plainCount = 0
      }
      return nil
    }
    if plainSize >= 0 && (plainSize &- size).magnitude <= UInt32(Self.nearOctets) {
      plainCount = min(plainCount &+ 1, 1 << 20)
      return true
    }
    let isFirst = plainSize < 0
    plainSize = size
    plainSince = began
    plainCount = 1
    return isFirst ? nil : false
  }

  private mutating func beginGroup(_ began: UnixNanos) {
    if !differs && place == sizeCount {
      if repeatsSince == .max { repeatsSince = groupBeforeBegan }
    } else {
      repeatsSince = .max
    }
    sizeCount = place >= Limits.rtpPictures ? 0 : place
    groupBeforeBegan = groupBegan
    groupBegan = began
    place = 0
    differs = sizeCount == 0
  }

  /// Where the codec does not tell: a picture that is far larger than the others.
  private mutating func isProbablyKey(_ size: Int32) -> Bool {
    if mean == 0 {
      mean = size
      return true
    }
    if size > 1_000 && size / 5 > mean / 2 { return true }
    mean &+= (size &- mean) / 8
    return false
  }

  /// Whether pictures have stood still for so long.
  func stands(at now: UnixNanos, for nanos: Int64) -> Bool {
    if repeatsSince != .max && now &- repeatsSince >= nanos { return true }
    return plainCount >= Self.fewestPlain && plainSince != .max && now &- plainSince >= nanos
  }

  mutating func closeSecond() {
    if compared > 0 {
      // One that differs among many is no motion: encoders mend their pictures now and then.
      movingSeconds = different &* 4 >= compared ? min(movingSeconds &+ 1, 1_000) : 0
    }
    compared = 0
    different = 0
  }
}
