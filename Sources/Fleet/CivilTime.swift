import Primitives

/// An instant as a wall clock at a fixed offset from UTC shows it.
struct CivilTime: Equatable {
  var date: CalendarDate
  /// 0…86,399
  var secondOfDay: Int
  var nanoOfSecond: Int64

  init(_ time: UnixNanos, utcOffsetSeconds: Int) {
    let seconds = flooredDivision(time, by: Nanos.perSecond)
    // The first second that can be said begins before what can be.
    nanoOfSecond = time &- seconds &* Nanos.perSecond
    let local = seconds + Int64(utcOffsetSeconds)
    let day = flooredDivision(local, by: 86_400)
    date = CalendarDate(daysSinceEpoch: Int(day))
    secondOfDay = Int(local - day * 86_400)
  }
}
