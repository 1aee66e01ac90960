public import Primitives
public import Telemetry

/// SenML packs (RFC 8428) to rows, from JSON and from CBOR. Allocates its scratch memory once.
///
/// A bad record costs itself alone: one with a value of another type, without a value or with several, with a name that is
/// none. A pack is refused as a whole where it cannot be read on, where a base value is bad, since all that follows builds
/// on it, where a field must be understood that is not, and where no record is good.
///
/// **Rows.** All records of one device and one time of a pack make one row, also if others stand between them; a field
/// that the row has already starts another row of that device and time.
///
/// **Devices and fields.** A name is a base name and a name put together; what of it is the device:
/// - With a base name and a name the base name is the device, without one `/`, `:`, `.`, `_` or `-` at its end, and
///   the name is the field, without one such byte at its begin if the base name had none at its end.
///   A base name that is only the begin of a device URN (`urn:dev:mac:`) counts as part of the name.
/// - With a base name alone it is the device and the field is `value`; except that a device URN's component, from its
///   first `_` on (RFC 9039 section 3), is the field.
/// - With a name alone, of a device URN the component behind the first `_` is the field, else what stands behind the
///   last `/` or `:` of the identifier: `urn:dev:ow:10e2073a01080063:voltage` is `voltage` of
///   `urn:dev:ow:10e2073a01080063`. Of other names what stands behind the last `/` is. Where there is nothing to
///   split, the name is the device and the field is `value`.
///
/// **Times.** Base time and time are added up, exact where they were decimals; beyond 64 bits of
/// nanoseconds they are the last time in their direction. Below 2^28 seconds they are relative to
/// the arrival (section 4.5.3); zero is the arrival itself, and the row has no time of its own.
///
/// **Values.** Numbers are exact: decimals of 18 digits, integers of 64 bits, or doubles. `vd` stays the base64url
/// text that it is in JSON, and becomes it from CBOR. A sum is the field `<name>_sum`, an update time
/// `<name>_update_time`. Of members that a record has twice the last counts.
///
/// A record with nothing but base values only sets them, though RFC 8428 wants a value in each: LwM2M sends such.
public struct SenMLDecoder: ~Copyable {
  var rows = SenMLRows()

  /// Allocates the scratch memory.
  public init() {}

  /// Decodes a pack in JSON (RFC 8428 section 5) into `out`, which was reset.
  ///
  /// - Parameters:
  ///   - pack: the pack's bytes and no others.
  ///   - place: where they stand.
  ///   - measurement: the rows' measurement, at most `Limits.nameBytes`.
  ///   - arrivalNanos: what relative times count from.
  /// - Returns: `.decoded` with a row at least, or the reason for which the pack was refused, with `out` empty.
  public mutating func decodeJSON(
    _ pack: RawSpan, place: SenMLPackPlace, measurement: RawSpan, arrivalNanos: UnixNanos,
    into out: inout DecodedDatagram
  ) -> DatagramVerdict {
    guard rows.begin(pack, place: place, arrivalNanos: arrivalNanos, arena: &out.arena) else {
      return conclude(.textTooLong, into: &out)
    }
    return conclude(readJSON(pack, measurement: measurement, into: &out), into: &out)
  }

  /// Decodes a pack in CBOR (RFC 8428 section 6) into `out`, which was reset. Parameters and result as of `decodeJSON`.
  public mutating func decodeCBOR(
    _ pack: RawSpan, place: SenMLPackPlace, measurement: RawSpan, arrivalNanos: UnixNanos,
    into out: inout DecodedDatagram
  ) -> DatagramVerdict {
    guard rows.begin(pack, place: place, arrivalNanos: arrivalNanos, arena: &out.arena) else {
      return conclude(.textTooLong, into: &out)
    }
    return conclude(readCBOR(pack, measurement: measurement, into: &out), into: &out)
  }

  private func refuse(_ reason: RejectReason, _ out: inout DecodedDatagram) -> DatagramVerdict {
    out.reset()
    return .rejected(reason)
  }

  private mutating func conclude(_ failure: RejectReason?, into out: inout DecodedDatagram) -> DatagramVerdict {
    if let failure { return refuse(failure, &out) }
    rows.finish(into: &out)
    if rows.firstFlaw != nil { SenMLRows.dropEmptyRows(of: &out) }
    if out.rows.isEmpty { return refuse(rows.firstFlaw ?? .senmlMissingValue, &out) }
    return .decoded
  }
}
