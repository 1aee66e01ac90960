/// Bounds of what is watched and told.
extension Limits {
  // MARK: alerts and quality

  public static let alertRules = 500
  /// Devices, areas or classes of one rule that are followed.
  public static let alertSubjects = 100_000
  public static let alertMessageBytes = 1_024
  /// The longest window whose readings are gone through as they come; longer ones are asked of the stored rollups.
  public static let followedWindowNanos = Nanos.perHour
  /// Memory of all such windows.
  public static let followedBytes = 512 << 20
  /// Rows of parts that a window is begun with.
  public static let followedRows = 4_000_000
  /// Memory of one table's rows that are in parts by now and were not looked at yet.
  public static let departedBytes = 128 << 20
  /// Readings of one window that are ahead of the clock.
  public static let followedPending = 250_000
  /// Alarms, and what waits to become one, of one rule.
  public static let alarmsPerRule = 20_000
  /// Alarms that are over and can still be asked for; older ones are in the table `alarms`.
  public static let closedAlarms = 20_000
  /// What became of one alarm, and what somebody may say of it.
  public static let alarmHistory = 200
  public static let alarmNoteBytes = 4_096
  public static let alarmRequestBytes = 64 << 10
  public static let longestShelfNanos = 90 * Nanos.perDay
  /// Planned work that is kept, and how long after its end: availability leaves it out.
  public static let maintenanceWindows = 10_000
  public static let maintenanceKeptNanos = 800 * Nanos.perDay
  /// The longest planned work.
  public static let longestMaintenanceNanos = 366 * Nanos.perDay
  /// What of an event's message a rule's pattern looks at.
  public static let matchedMessageBytes = 2_048
  /// Events of one look, above which a look takes several steps.
  public static let eventsPerLook = 100_000
  /// Weeks over which it is looked what is usual, and the longest window that is held against it.
  public static let usualWeeks = 52
  public static let longestUsualNanos = 3 * Nanos.perHour
  /// A file of rules that is sent, and how far back rules are tried.
  public static let ruleFileBytes = 2 << 20
  public static let longestTrialNanos = 366 * Nanos.perDay
  /// Readings within a minute over which a rule is tried.
  public static let trialReadings = 64_000_000
  /// Alerts, and changes of devices' states, that are found and could not be told yet.
  public static let untoldAlerts = 100_000
  public static let untoldStatuses = 1_000_000
  /// Receivers, and how long an attempt over HTTP may take.
  public static let receivers = 32
  public static let webhookAttemptSeconds: Int64 = 15
  public static let webhookHeaders = 16
  /// What of an answer is read where one is read.
  public static let webhookAnswerBytes = 4 << 20
  /// What is told as one: above either another group begins. And how long the first may wait for others.
  public static let groupNotices = 500
  public static let groupBytes = 1 << 20
  public static let longestGroupNanos = Nanos.perHour
  /// A template, and the places in it.
  public static let templateBytes = 64 << 10
  public static let templatePlaces = 64
  /// What a receiver named that somebody should know.
  public static let receiverRemarks = 64
  /// Labels of every alert for an Alertmanager, and devices that are named in one.
  public static let alertmanagerLabels = 32
  public static let alertmanagerChildren = 100
  /// Alarms of one request to it.
  public static let alertmanagerAlerts = 1_000
  /// Recipients of a mail; how long a connection, each answer and the whole of it may take.
  public static let mailRecipients = 50
  public static let mailConnectSeconds: Int64 = 10
  public static let mailReplySeconds: Int64 = 60
  public static let mailSeconds: Int64 = 300
  /// A line of a mail server's answer, and its lines.
  public static let mailReplyLineBytes = 4_096
  public static let mailReplyLines = 128
  /// Earlier messages that one of CAP names, beside the first.
  public static let capReferences = 16
  /// The subject of a mail, in characters.
  public static let mailSubjectLength = 200
  /// What waits for one receiver: above either the oldest is given up. And a file of it.
  public static let outboxEntries = 10_000
  public static let outboxBytes = 64 << 20
  public static let outboxFileBytes = 1 << 20
}
