/// Every bound of the product, with the relations between them.
///
/// A bound that a user may change has its default here; what is not here is unbounded only by the machine.
public enum Limits {
  // MARK: intake

  /// Datagrams taken by one `recvmmsg`.
  public static let datagramsPerReceive = 64
  /// The largest UDP payload that IPv4 and IPv6 carry without jumbograms is 65,527 octets; GRO coalesces up to 64 KiB.
  public static let receiveBytesPerSlot = 65_536
  /// Rows that one datagram may hold: 65,527 octets of the shortest line, `a b=1\n`, and some to spare.
  public static let rowsPerDatagram = 16_384
  /// Fields that one datagram may hold, over all of its rows.
  public static let fieldsPerDatagram = 32_768
  /// Fields of one row.
  public static let fieldsPerRow = 1_024
  /// Unescaped or resolved text that one datagram may need beside its own bytes.
  public static let arenaBytesPerDatagram = 1 << 20
  /// A series' key as it stands on the wire: measurement and tags.
  public static let seriesKeyBytes = 8_192
  /// A measurement, field, tag or device name.
  public static let nameBytes = 512
  /// The name of a table's folder, with its characters encoded; a longer one is cut and ends in its hash.
  public static let folderNameBytes = 200
  /// A field's unit.
  public static let unitBytes = 64
  /// Objects, arrays, maps and tags within each other of a SenML pack that are still read.
  public static let senmlDepth = 16
  /// Elements within each other of a WS-Discovery message that are still read.
  public static let xmlDepth = 32
  /// Structured data with more elements, more parameters of one, or longer names stay text: to find repeated names takes
  /// the square of their number. RFC 5424 has 32 octets for a name.
  public static let syslogElements = 64
  public static let syslogParameters = 128
  public static let syslogNameBytes = 64
  /// Tags of one series.
  public static let tagsPerSeries = 64
  /// Live series of one lane, above which a new one is refused by name.
  public static let seriesPerLane = 4_194_304
  /// Distinct field lists of one lane.
  public static let layoutsPerLane = 65_536
  /// What the keys of a lane's series may take, and the names of its field lists.
  public static let seriesBytesPerLane = 1 << 30
  public static let layoutBytesPerLane = 64 << 20
  /// Tables (measurements) of one node.
  public static let tables = 4_096
  /// Columns (tags and fields) of one table, and of all tables.
  public static let columnsPerTable = 2_048
  public static let columns = 262_144
  /// Of tables, columns, series and layouts, the part of so many that is kept for devices that are known: a registered
  /// one, or one that has been heard for longer than a journal segment.
  public static let reservedShare = 8
  /// Sources that are told apart where each has its share; more of them share shares.
  public static let sourceShares = 4_096
  /// Rows of one series and instant that a new one is compared with, beside the one that its fingerprint leads to.
  public static let rowsComparedAtInstant = 16
  /// New tables that are sealed at once: some seconds' worth of files.
  public static let newTablesPerSeal = 256
  /// Late rows that wait to be looked up in the parts, above which a committer looks them up itself.
  public static let lateRowsWaiting = 131_072

  /// Rows of a chunk of an unsealed table.
  public static let rowsPerChunk = 8_192
  /// The bytes of unsealed rows at which new ones are shed, as a multiple of what a seal takes at once: so far may sealing
  /// fall behind. And the least that is.
  public static let unsealedSeals = 16
  public static let leastUnsealedBytes = 256 << 20
  /// The part of so many of it that one table may take which cannot be sealed.
  public static let stuckTableShare = 4

  /// Series of a table from which on those that are idle are given back after a seal, and the unsealed rows up to which
  /// that is done: they are copied with the table locked.
  public static let seriesLookedAt = 131_072
  public static let rowsRenumbered = 1_048_576

  // MARK: from the lane to the disk

  /// Bytes of records in one batch; a batch is closed when the next datagram might not fit.
  public static let batchBytes = 4 << 20
  /// Batches between a lane and its committer.
  public static let batchesInFlight = 8
  /// What the records of one datagram can take at the most: definitions included.
  public static let recordBytesPerDatagram = 2 << 20
  /// What a row can take beside its texts: its series' and its layout's definition, and its head, with the longest
  /// numbers everywhere.
  public static let recordBytesPerRow = 73
  /// What a field can take beside its texts: its place in a layout, and its value.
  public static let recordBytesPerField = 31
  /// Answers that one batch may owe: a batch with more is handed over.
  public static let repliesPerBatch = 32_768
  /// One answer: what repeats a datagram, and some to spare.
  public static let replyBytes = 128 << 10
  /// A journal frame's payload before compression.
  public static let journalFrameBytes = batchBytes
  /// No frame that is read is larger, whatever its header says: a bound of the format, above that of the writer.
  public static let readableFrameBytes = 64 << 20
  /// Rows of one call by which the node tells something itself, and calls that may wait.
  public static let internalRows = 4_096
  public static let internalCalls = 16
  /// Whole lines that somebody hands over at once: what fits as one datagram fits here.
  public static let linePieceBytes = receiveBytesPerSlot
  /// Pieces of one body on their way, requests that write at once, and what may wait for the lane of all of them.
  public static let linePiecesInFlight = 4
  public static let writesAtOnce = 128
  public static let waitingLinePieces = linePiecesInFlight * writesAtOnce
  /// Faults of a body that are named, and what is shown of each line.
  public static let lineFaults = 10
  public static let lineFaultBytes = 256

  // MARK: CoAP

  /// RFC 7252 section 4.8.2.
  public static let coapExchangeLifetimeSeconds = 247
  public static let coapNonLifetimeSeconds = 145
  /// Bodies under assembly by Block1 at once in one lane, and the size of each.
  public static let coapBodies = 256
  public static let coapBodyBytes = 65_536
  /// A body of which nothing came for so long gives way to a new one, if there is no other place.
  public static let coapBodyIdleSeconds = 20
  /// The largest message that needs no knowledge of the path (RFC 7252 section 4.6), and what all answers of a batch take.
  public static let coapReplyBytes = 1_152
  public static let coapReplyBufferBytes = 256 << 10
  /// Addresses that have proved that they are what they say.
  public static let coapProofs = 4_096
  /// Exchanges remembered for deduplication in one lane: those of requests with rows or blocks.
  public static let coapExchanges = 262_144
  /// Queues that they stand in by a hash of their source's address, for confirmable requests and as many for others.
  /// Where all places are taken, the longest queue of those that are not confirmable loses its oldest, else the longest
  /// of all: who sends the most forgets first.
  public static let coapExchangeShares = 128

  // MARK: SNMP

  /// Variable bindings of one notification.
  public static let snmpVarbinds = 256
  /// Names that mappings may give.
  public static let snmpNames = 30_000
  /// Engines whose clocks and keys one lane remembers, and informs whose retransmissions it would know.
  public static let snmpEngines = 16_384
  public static let snmpInforms = 4_096
  /// Engines whose refusals are told apart; those beyond are counted together, as `other`.
  public static let snmpEnginesTallied = 1_024
  /// How long they would be known: senders retry for seconds, and a request id comes back much later.
  public static let snmpInformSeconds = 60
  /// How far an engine's clock may be from ours (RFC 3414 section 3.2).
  public static let snmpWindowSeconds: Int64 = 150
  /// Of the informs as many stand together by their source's address: no source makes those of others forgotten.
  public static let snmpInformsPerShare = 64

  // MARK: RTP

  /// Ports of one listener.
  public static let rtpPorts = 4_096
  /// Streams of one lane: those followed, and those of which one packet was seen.
  public static let rtpStreams = 16_384
  public static let rtpCandidates = 8_192
  /// Streams of one number and sender that one word of RTCP is for.
  public static let rtcpStreamsPerSource = 16
  /// Goodbyes of one datagram that are told as events: those of one packet, and some to spare.
  public static let rtcpGoodbyes = 64
  /// Fields of one of RTCP's rows, at most.
  public static let rtcpFieldsPerRow = 8
  /// Rows of streams that are written at once: as many as surely fit what one datagram may take.
  public static let rtpRowsAtOnce = 256
  /// Streams whose totals a replay tells of.
  public static let rtpTotals = 65_536
  /// How long a stream that is silent still has rows, and after how long it is forgotten.
  public static let rtpSilentRowsSeconds: Int64 = 60
  public static let rtpForgottenSeconds: Int64 = 600
  /// Numbers of a stream that are known one by one, behind the newest.
  public static let rtpNumbers = 2_048
  /// Pictures of one group that are compared with those of the group before.
  public static let rtpPictures = 256
  /// Cameras of one listener of which it is known how they are.
  public static let cameras = 16_384

  // MARK: WS-Discovery

  /// Devices of one message: more than a discovery proxy gets into one datagram.
  public static let discoveryMatches = 128
  /// Messages that would be known again, and for how long: SOAP over UDP repeats within seconds (appendix I).
  public static let discoveryMessages = 2_048
  public static let discoveryMessageSeconds: Int64 = 10

  // MARK: refusals

  /// Kinds of refusals (listener, reason and address) that are listed, and those that a lane notes between two looks.
  public static let refusals = 2_048
  public static let refusalsNoted = 512
  /// Senders that the registry does not know, and devices of which something was refused, that are told apart.
  public static let unknownSenders = 4_096
  public static let faultyDevices = 65_536
  /// Devices of which it is known from where they were heard last.
  public static let deviceSenders = 131_072
  /// Refused parts of a datagram whose device is noted.
  public static let refusedKeysPerDatagram = 16
  /// Octets of what was refused that are kept.
  public static let refusalSampleBytes = 64

  // MARK: captures

  /// A frame that claims more is taken for damage: libpcap's own bound for all link types.
  public static let captureFrameBytes = 128 << 20
  /// A section that describes more interfaces is damaged, or made to eat memory; further ones are passed over.
  public static let captureInterfaces = 65_536
  /// Live frames longer than this are cut, and what is cut is refused by name: jumbo frames and offloaded ones fit.
  public static let liveFrameBytes: Int32 = 262_144
  /// Headers within headers that one frame of a capture may hold: VLAN tags, tunnels, IPv6 extension headers.
  public static let captureLayers = 32
  /// Fragmented packets under assembly at once, and the octets that they may hold together.
  public static let reassemblies = 1_024
  public static let reassemblyBytes = 16 << 20
  /// How long the pieces of a packet are waited for, by capture time (RFC 8200 section 4.5).
  public static let reassemblySeconds = 60
  /// The largest packet put together from fragments, without its first header.
  public static let reassembledBytes = 65_535
  /// The longest frame of a compressed capture, whose file is read through a window: libpcap's own bound, and some.
  public static let captureWindowBytes = 136 << 20
  /// A message of RTSP, or a packet within TCP, is no longer than this, and a message's first line up to where it names its
  /// protocol.
  public static let interleavedMessageBytes = 65_539
  public static let interleavedLineBytes = 512
  /// TCP connections of which RTP is taken out at once, and the octets that they may hold together.
  public static let interleavedStreams = 1_024
  public static let interleavedBytes = 16 << 20
  /// Segments of one connection, and their octets, that are kept while one before them is missing.
  public static let interleavedSegments = 64
  public static let interleavedHeldBytes = 256 << 10
  /// Frames that are looked at behind one whose time is far from the others', and how far that is.
  public static let captureTimeFrames = 8
  public static let captureTimeJumpSeconds: Int64 = 3_600

  // MARK: memory

  /// Freed memory that the allocator keeps between two seals.
  public static let keptFreedBytes = 512 << 20

  // MARK: text

  /// Objects and arrays within each other of a JSON text that is read.
  public static let jsonDepth = 64

  // MARK: questions

  /// Buckets of one group, and of an answer, held at 80 bytes each.
  public static let bucketsPerGroup = 4_000_000
  public static let buckets = 4_000_000
  /// Buckets of an answer about quality, held at some 250 bytes each, whether or not anything came.
  public static let qualityBuckets = 500_000
  /// Changed buckets, held at some 200 bytes each; and those that stay in memory for the next page.
  public static let changedBuckets = 4_000_000
  public static let cachedChanges = 65_536
  /// Readings whose quantiles are computed, held at 12 bytes each.
  public static let sortedReadings = 64_000_000
  /// How long a start may read what is asked for first.
  public static let preparingNanos: Int64 = 700_000_000
  /// A step's longest length: ten years.
  public static let stepDays: Int64 = 3_660
  /// Depth of the tree of areas that may be asked for.
  public static let areaLevels = 64
  /// Memory of buckets that were asked for, and of columns that were read.
  public static let bucketCacheBytes = 256 << 20
  public static let columnCacheBytes = 64 << 20
  /// Parts that stay open.
  public static let openParts = 512
  /// Names of devices, and kinds of events, of all parts that stay in memory.
  public static let storedNames = 65_536
  /// Sessions of pages at once; how long one lasts, from its last request if it may do nothing but read; and how long that
  /// one lasts at the most.
  public static let sessions = 10_000
  public static let sessionNanos = 12 * Nanos.perHour
  public static let longestSessionNanos = 30 * Nanos.perDay
  /// Names whose rate of requests is remembered.
  public static let knownAskers = 65_536
  /// Lines a second, in the audit and the log, of requests of one address that nobody's token comes with; and the seconds
  /// of it that may come at once. Those beyond are counted alone: they read nothing, and would fill the disk.
  public static let refusedLinesPerSecond = 10.0
  public static let refusedLinesBurstSeconds = 500.0
  /// Scopes of which is remembered what exists for them.
  public static let knownScopes = 256
  /// Devices of parts, over all parts, of which is remembered what a part holds of them.
  public static let knownPartDevices = 1 << 20
  /// Rows of one page, whatever is asked for.
  public static let pageRows = 10_000
  /// Aggregates of one question: each is looked at for every bucket.
  public static let aggregates = 64
  /// Rows of one instant that a cursor may skip: more than memory holds of one instant.
  public static let pageSkip = 1 << 32
  /// Memory of answers that are being sent, in bytes (`http.memory`).
  public static let answerBytes = 128 << 20
  /// What an answer is sent in, and what a client that does not read takes beside the kernel's buffers.
  public static let answerPieceBytes = 64 << 10
  /// Answers up to this are made at once and say how long they are.
  public static let wholeAnswerBytes = 256 << 10
  /// Answers with a tag, which has to be known first, up to this; larger ones are made twice.
  public static let taggedAnswerBytes = 8 << 20
  /// Questions that may wait for a turn, and how long.
  public static let waitingQuestions = 64
  public static let questionPatienceSeconds = 10
  /// How long a question goes on whose client closed its side: it may only have said that it asks nothing more.
  public static let halfClosedMillis = 250
  /// How long a client may take nothing of what is sent to it; and where memory is short.
  public static let stalledClientSeconds = 60
  public static let stalledClientSecondsInNeed = 2
  /// What a request's target, or its headers together, may take.
  public static let httpHeadBytes = 80 * 1_024
  /// A request's body as it comes, and unpacked; a registry's file, which is taken whole.
  public static let bodyBytes = 32 << 20
  public static let unpackedBodyBytes = 256 << 20
  public static let registryFileBytes = 16 << 20
  /// How long the next octets of a body may take, and how fast a body comes at least, once that time is used up.
  public static let bodySilenceSeconds: Int64 = 20
  public static let bodyBytesPerSecond = 8_192
  /// What a request that writes lines holds at the most: pieces on their way, and what is unpacked and cut.
  public static let writeRequestBytes = (linePiecesInFlight + 3) * linePieceBytes
  /// What a change of a registry's file lists.
  public static let registryChangesListed = 1_000
  /// How long a connection may be silent, and how long answers may take when the server is stopped.
  public static let idleConnectionSeconds: Int64 = 120
  /// How long a connection may take from an answer to the next request's whole head, however its octets drip.
  public static let slowHeadSeconds: Int64 = 130
  public static let stoppingSeconds: Int64 = 20
  /// Rows of a record batch of Arrow.
  public static let arrowBatchRows = 65_536
  /// Open HTTP connections, where the limit of open files allows for so many.
  public static let httpConnections = 8_192
  /// The page's files: how many, how large each, how deep its folders lie, and the shapes of areas (`http.shapes`). They
  /// are held in memory, packed as well.
  public static let pageFiles = 512
  public static let pageFileBytes = 2 << 20
  public static let pageFolderDepth = 4
  public static let pageShapesBytes = 32 << 20
  /// Origins of `http.origins`.
  public static let pageOrigins = 64
  /// Descriptors that are left for the journal, the tables and what else is opened as the node runs.
  public static let reservedDescriptors = 64

  // MARK: the stream

  /// Clients of `/v1/stream` at once.
  public static let streams = 256
  /// Items that are handed on at once, those that a client which catches up holds, some hundred bytes each, and what one
  /// millisecond may hold, which cannot be cut.
  public static let streamItems = 50_000
  public static let streamPageItems = 20_000
  public static let streamInstantItems = 2_000_000
  /// What may wait for a client beside the news of the last second.
  public static let streamQueueBytes = 4 << 20

  // MARK: who asks

  /// A JSON web token, the name of a key in its head, and whom it may name.
  public static let webTokenBytes = 16 << 10
  public static let webKeyNameBytes = 512
  public static let subjectBytes = 255
  /// Names of areas, domains or agencies that one token may hold.
  public static let tokenNames = 1_024
  /// How far an issuer's clock may be from ours.
  public static let tokenSkewSeconds: Int64 = 60
  /// Keys of an issuer that are kept, and the longest answer of it that is read, and how long one may take.
  public static let issuerKeys = 64
  /// Keys that a token is tried with which names none.
  public static let issuerKeysTried = 8
  public static let issuerAnswerBytes = 1 << 20
  public static let issuerAnswerSeconds: Int64 = 4
  /// How old an issuer's keys may become before they are asked for again, and what it said of itself.
  public static let issuerKeysSeconds: Int64 = 30
  public static let issuerDocumentSeconds: Int64 = 600
  /// How often keys are asked for because a token names one that nobody knows.
  public static let issuerUnknownKeySeconds: Int64 = 10
  /// The longest pause after questions that an issuer did not answer.
  public static let issuerPauseSeconds: Int64 = 60
  /// Requests that may wait for an issuer's keys at once, and how long.
  public static let issuerWaiters = 256
  public static let issuerPatienceSeconds: Int64 = 4

  // MARK: TLS

  /// How long a connection may take to become secure.
  public static let handshakeSeconds: Int64 = 10
  /// What a connection keeps of the room in which what it sends is encrypted.
  public static let tlsBufferBytes = 64 << 10

  // MARK: the audit

  /// Octets of a path or a query that its line keeps, and of anything else in it.
  public static let auditTextBytes = 4_096
  public static let auditWordBytes = 512
  /// Lines that are in no part, above which questions are refused, and their octets, about.
  public static let auditLines = 131_072
  public static let auditBytes = 64 << 20
  /// Lines that are sealed before their time.
  public static let auditLinesPerSeal = 8_192
  /// Lines that are looked at in one go where a page of them is sought.
  public static let auditLinesPerLook = 65_536
  /// Gaps that retention may leave: each clock that was set back makes one.
  public static let auditGaps = 1_024
  /// Problems of one chain that are told one by one.
  public static let auditProblems = 32

  // MARK: the security operations centre

  /// What waits for it, above which the oldest is given up; and a file of it.
  public static let socBytes = 256 << 20
  public static let socFileBytes = 128 << 10
  /// What is sent at once, and what may be on its way without an acknowledgement.
  public static let socSendBytes = 64 << 10
  public static let socFlyingBytes = 1 << 20
  /// How long a connection may take to be made, and may take nothing.
  public static let socSeconds: Int64 = 10

  // MARK: Parquet

  public static let rowsPerPage = 61_440
  public static let rowsPerRowGroup = 1_048_576
  /// Of how many rows of a part a new column learns its type.
  public static let learnedRows = 16_384
  /// Parts of more rows are not made by compaction.
  public static let rowsPerPart = 64 << 20
  /// What is believed of a file that others wrote: rows of a row group, a page's bytes before compression, the footer.
  public static let readableRowsPerRowGroup = 1 << 24
  public static let readablePageBytes = 1 << 28
  public static let readableFooterBytes = 1 << 28
  /// Structures, lists and maps within each other of a footer that are skipped.
  public static let thriftDepth = 16

  /// The relations. Called once at start and by a test.
  public static func check() {
    // The shortest line, `a b=1` and its end, is a row of one field; the shortest further field is `,b=1`. A key may
    // grow eightfold: the device is composed of all tags, and composed characters may be written in parts.
    precondition(
      receiveBytesPerSlot / 6 * (recordBytesPerRow + recordBytesPerField + 8 + 16 + 6) <= recordBytesPerDatagram,
      "BUG: the lines of a datagram must fit a batch")
    precondition(
      receiveBytesPerSlot * 8 + receiveBytesPerSlot / 4 * (recordBytesPerField + 4) <= recordBytesPerDatagram,
      "BUG: the fields of a datagram's lines must fit a batch")
    precondition(snmpInforms % snmpInformsPerShare == 0, "BUG: shares must be equal")
    precondition(recordBytesPerDatagram <= batchBytes, "BUG: a datagram's records must fit a batch")
    precondition(journalFrameBytes >= batchBytes, "BUG: a batch must fit a journal frame")
    precondition(fieldsPerRow <= fieldsPerDatagram, "BUG: a row's fields must fit a datagram's")
    precondition(receiveBytesPerSlot >= 65_527, "BUG: a slot must hold the largest datagram")
    precondition(seriesKeyBytes + nameBytes < recordBytesPerDatagram, "BUG: a definition must fit a batch")
    precondition(
      interleavedHeldBytes + interleavedMessageBytes <= interleavedBytes, "BUG: a connection must fit the room for all")
    precondition(reassembledBytes <= reassemblyBytes, "BUG: a packet must fit the room for its pieces")
    precondition(snmpVarbinds <= 256 && snmpNames < Int(Int16.max), "BUG: bindings and names must fit their slots")
    precondition(pageRows < pageSkip, "BUG: a cursor must be able to skip a page")
    precondition(wholeAnswerBytes <= answerBytes / 64, "BUG: many small answers must fit the memory of answers")
    precondition(answerPieceBytes <= wholeAnswerBytes, "BUG: a piece must be smaller than an answer made at once")
    checkFiles()
    checkWaiting()
    precondition(columnsPerTable <= columns && tables <= columns, "BUG: a table's columns must fit all tables'")
    precondition(fieldsPerRow <= Int(UInt16.max), "BUG: a row's values must be counted in 16 bits")
    precondition(sourceShares <= Int(UInt16.max), "BUG: a share's number must fit 16 bits")
    precondition(rowsComparedAtInstant > 0, "BUG: a row must be compared with one at least")
    precondition(nameBytes <= Int(UInt16.max), "BUG: a name's length must fit 16 bits")
  }
  private static func checkFiles() {
    precondition(rowsPerPage <= rowsPerRowGroup, "BUG: a page must fit a row group")
    precondition(rowsPerRowGroup <= readableRowsPerRowGroup, "BUG: our own row groups must be read")
    precondition(rowsPerRowGroup <= rowsPerPart, "BUG: a row group must fit a part")
    precondition(journalFrameBytes <= readableFrameBytes, "BUG: our own frames must be read")
    precondition(captureFrameBytes < captureWindowBytes, "BUG: a frame must fit the window")
    precondition(captureFrameBytes >= reassembledBytes, "BUG: a packet must fit a frame")
    precondition(liveFrameBytes >= receiveBytesPerSlot, "BUG: the largest datagram must fit a live frame")
    precondition(interleavedLineBytes <= interleavedMessageBytes, "BUG: a line must fit a message")
    precondition(interleavedMessageBytes >= 4 + 65_535, "BUG: the largest packet must fit with its head")
  }

  private static func checkWaiting() {
    precondition(rtpRowsAtOnce <= rowsPerDatagram, "BUG: rows written at once must fit those of a datagram")
    precondition(rtpRowsAtOnce * rtcpFieldsPerRow <= fieldsPerDatagram, "BUG: their fields must fit too")
    precondition(linePieceBytes <= receiveBytesPerSlot, "BUG: a piece's lines must fit a batch")
    precondition(internalRows <= rowsPerDatagram, "BUG: a call's rows must fit those of a datagram")
    precondition(coapNonLifetimeSeconds <= coapExchangeLifetimeSeconds, "BUG: RFC 7252 section 4.8.2")
    precondition(rtpSilentRowsSeconds < rtpForgottenSeconds, "BUG: a stream with rows must be known")
    precondition(folderNameBytes + 40 <= 255, "BUG: a folder's name must fit a file system, with an ending behind it")
    precondition(coapReplyBytes <= coapReplyBufferBytes, "BUG: a reply must fit the room for all")
    precondition(syslogNameBytes <= nameBytes, "BUG: a name of structured data must be a name")
    precondition(batchBytes * batchesInFlight <= leastUnsealedBytes, "BUG: batches in flight must fit unsealed rows")
    precondition(rowsPerChunk % 64 == 0, "BUG: a chunk's bits must fill words")
    precondition(streamPageItems <= streamItems, "BUG: who catches up must not hold more than who is told what is new")
    precondition(streams <= httpConnections, "BUG: streams must fit the connections")
    precondition(idleConnectionSeconds < slowHeadSeconds, "BUG: who is only silent must not be taken for slow")
    precondition(bucketsPerGroup <= buckets, "BUG: a group must fit an answer")
    precondition(outages <= silences, "BUG: an outage is a time without a row")
    precondition(cachedChanges <= changedBuckets, "BUG: what is kept of an answer must fit it")
    precondition(webTokenBytes < httpHeadBytes, "BUG: a token must fit a request's head")
    precondition(
      issuerKeysSeconds + 2 * issuerAnswerSeconds < 45, "BUG: a withdrawn key must be refused within 45 seconds")
    precondition(auditLinesPerSeal <= auditLines / 4, "BUG: lines must be sealed before questions are refused")
    precondition(outboxFileBytes <= outboxBytes, "BUG: a file must fit an outbox")
  }
}
