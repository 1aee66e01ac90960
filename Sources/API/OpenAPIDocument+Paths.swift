extension OpenAPIDocument {
  static let head = """
    openapi: 3.1.0
    info:
      title: ThiNai
      version: "1"
      summary: Telemetry of cameras, base stations and sensors, as rows and as rollups.
      description: |
        Times are RFC 3339; answers give UTC, questions may use any offset. `from` is inclusive, `to` exclusive.
        Lists come in pages of `limit`; `next` is the `cursor` of the page that follows, null on the last one.
        A device, area, class, domain, agency, severity, kind, measurement or field that nothing knows is 404 or 400 and
        named; what is known and has no data is an empty answer. Parameters that a path does not have, that are empty or
        given twice are 400. In CSV a text that begins with =, +, - or @ has an apostrophe before it.
        Every error is a problem as RFC 9457 has it, also of what is no HTTP (400, 414, 431, 505).
        HEAD is answered wherever GET is, but for the stream.
        A list answers for all tables that can be read and names the others in `missing`.
        Where too many ask at once, or answers that are being sent take all memory, it is 503 with Retry-After.
        Bodies of a kilobyte and more are packed by gzip or zstd where `Accept-Encoding` takes it.
      license:
        name: Apache-2.0
        identifier: Apache-2.0
    servers:
      - url: /

    """

  static let paths = rollupPaths + qualityPath + streamPath + rowPaths + nodePaths

  private static let rollupPaths = """
    paths:
      /v1/rollups:
        get:
          operationId: rollups
          summary: Buckets of one field by step, all devices together or in groups.
          description: |
            A bucket is there if it sums up at least one reading. Steps below a day cut UTC; steps of days begin at
            local midnight of the configured zone. Without a range it is the 24 hours that end with the bucket of now.
            Where every bucket asked for had ended before the watermark, the answer has a tag for If-None-Match; it
            changes with the buckets, not with the watermark and the version.
          parameters:
            - { name: measurement, in: query, required: true, schema: { type: string, minLength: 1 } }
            - { name: field, in: query, required: true, schema: { type: string, minLength: 1 } }
            - { name: step, in: query, required: true, description: "1m, 5m, 1h, 1d or any other number of minutes, hours or whole days.", schema: { type: string, pattern: "^[0-9]+[mhd]$" } }
            - { $ref: "#/components/parameters/from" }
            - { $ref: "#/components/parameters/to" }
            - { name: aggregate, in: query, description: "Any of avg, min, max, sum, count, first, last, stddev, increase and rate (of counters), distinct (devices) and quantiles such as p50 or p99.9, by commas. Quantiles are at nearest rank, from steps of an hour up within one percent.", schema: { type: string, default: "avg,min,max,count" } }
            - { $ref: "#/components/parameters/area" }
            - { $ref: "#/components/parameters/class" }
            - { $ref: "#/components/parameters/domain" }
            - { $ref: "#/components/parameters/agency" }
            - { $ref: "#/components/parameters/device" }
            - name: group_by
              in: query
              description: "`tag:<name>` tells rows apart by the value of a tag."
              schema: { anyOf: [{ type: string, enum: [none, area, device, class, domain, agency] }, { type: string, pattern: "^tag:.+" }], default: none }
            - { $ref: "#/components/parameters/tagFilter" }
            - { name: level, in: query, description: "With group_by=area: how deep in the tree the groups lie, 1 at its top.", schema: { type: integer, minimum: 1, maximum: 64 } }
            - { name: format, in: query, description: "arrow is a stream of Arrow IPC messages: the group's name, time, and the aggregates.", schema: { type: string, enum: [json, csv, arrow], default: json } }
            - { $ref: "#/components/parameters/tag" }
          responses:
            "200":
              description: The buckets, by group and time.
              headers:
                ETag: { schema: { type: string } }
              content:
                application/json: { schema: { $ref: "#/components/schemas/Rollups" } }
                text/csv: { schema: { type: string } }
                application/vnd.apache.arrow.stream: { schema: { type: string, format: binary } }
            "304": { $ref: "#/components/responses/same" }
            default: { $ref: "#/components/responses/problem" }
      /v1/changes:
        get:
          operationId: changes
          summary: The buckets that gained rows since a version, each once, by version.
          description: |
            Late rows add to their bucket whatever its age. A puller asks for rollups, keeps their version, and asks here
            from it on: what is listed has to be asked for again. A bucket may be listed once more than it changed, around
            the version asked from; it is never left out. Versions hold over restarts.
          parameters:
            - { name: since, in: query, required: true, description: "The version of an answer; 0 for everything.", schema: { type: integer, minimum: 0 } }
            - { name: limit, in: query, schema: { type: integer, minimum: 1, maximum: 10000, default: 1000 } }
            - { $ref: "#/components/parameters/cursor" }
          responses:
            "200":
              description: The changes, by version.
              headers: { Missing-Tables: { schema: { type: string } } }
              content: { application/json: { schema: { $ref: "#/components/schemas/Changes" } } }
            default: { $ref: "#/components/responses/problem" }

    """

  private static let streamPath = """
      /v1/stream:
        get:
          operationId: stream
          summary: Changed buckets and stored events as they come, as Server-Sent Events.
          description: |
            An event of type `change` has in its data what /v1/changes lists, one of type `event` what /v1/events lists.
            They come some two to five seconds after the row, when nothing older can come any more. A client that comes
            back with Last-Event-ID is told everything behind it, each once, also after a restart of the server; without
            it the stream begins now. Comments keep the connection, with an `id` that says where the client stands.
            An event of type `missing` names tables that cannot be read: the stream goes on without them.
            An event of type `problem` is the stream's last: what it says in its data ended it.
            measurement, field and step are of changes, kind is of events. One that does not read is dropped.
          parameters:
            - { name: types, in: query, description: "change, event, or both by a comma.", schema: { type: string, pattern: "^(change|event)(,(change|event))*$", default: "change,event" } }
            - { $ref: "#/components/parameters/area" }
            - { $ref: "#/components/parameters/class" }
            - { $ref: "#/components/parameters/domain" }
            - { $ref: "#/components/parameters/agency" }
            - { $ref: "#/components/parameters/device" }
            - { name: measurement, in: query, schema: { type: string, minLength: 1 } }
            - { name: field, in: query, schema: { type: string, minLength: 1 } }
            - { name: step, in: query, schema: { type: string, enum: [1m, 5m, 1h, 1d] } }
            - { $ref: "#/components/parameters/kind" }
            - { name: Last-Event-ID, in: header, description: The id of the last event that the client took., schema: { type: string } }
          responses:
            "200":
              description: Events, without an end.
              content: { text/event-stream: { schema: { type: string } } }
            "503": { $ref: "#/components/responses/problem" }
            default: { $ref: "#/components/responses/problem" }

    """

  private static let rowPaths = """
      /v1/latest:
        get:
          operationId: latest
          summary: The newest row of each series, which is a device, a measurement and the row's tags.
          parameters:
            - { name: measurement, in: query, schema: { type: string, minLength: 1 } }
            - { $ref: "#/components/parameters/area" }
            - { $ref: "#/components/parameters/class" }
            - { $ref: "#/components/parameters/device" }
            - { $ref: "#/components/parameters/tagFilter" }
            - { $ref: "#/components/parameters/limit" }
            - { $ref: "#/components/parameters/cursor" }
          responses:
            "200":
              description: Rows by device, measurement and tags.
              headers: { Missing-Tables: { schema: { type: string } } }
              content: { application/json: { schema: { $ref: "#/components/schemas/Latest" } } }
            default: { $ref: "#/components/responses/problem" }
      /v1/devices:
        get:
          operationId: devices
          summary: The devices of the registry, and those that were heard without being in it.
          parameters:
            - { $ref: "#/components/parameters/area" }
            - { $ref: "#/components/parameters/class" }
            - { $ref: "#/components/parameters/domain" }
            - { $ref: "#/components/parameters/agency" }
            - { name: status, in: query, schema: { $ref: "#/components/schemas/Status" } }
            - { $ref: "#/components/parameters/limit" }
            - { $ref: "#/components/parameters/cursor" }
          responses:
            "200":
              description: Devices by id.
              headers: { Missing-Tables: { schema: { type: string } } }
              content: { application/json: { schema: { $ref: "#/components/schemas/Devices" } } }
            default: { $ref: "#/components/responses/problem" }
      /v1/devices/{id}:
        get:
          operationId: device
          summary: One device.
          parameters:
            - { $ref: "#/components/parameters/id" }
          responses:
            "200":
              description: A list of this device.
              headers: { Missing-Tables: { schema: { type: string } } }
              content: { application/json: { schema: { $ref: "#/components/schemas/Devices" } } }
            default: { $ref: "#/components/responses/problem" }
      /v1/devices/{id}/readings:
        get:
          operationId: readings
          summary: The rows of one device in one measurement, oldest first.
          description: In CSV the next page's cursor is in the header Next-Cursor.
          parameters:
            - { $ref: "#/components/parameters/id" }
            - { name: measurement, in: query, required: true, schema: { type: string, minLength: 1 } }
            - { $ref: "#/components/parameters/from" }
            - { $ref: "#/components/parameters/to" }
            - { $ref: "#/components/parameters/tagFilter" }
            - { $ref: "#/components/parameters/format" }
            - { $ref: "#/components/parameters/limit" }
            - { $ref: "#/components/parameters/cursor" }
          responses:
            "200":
              description: Rows by time.
              headers:
                Next-Cursor: { schema: { type: string } }
              content:
                application/json: { schema: { $ref: "#/components/schemas/Readings" } }
                text/csv: { schema: { type: string } }
            default: { $ref: "#/components/responses/problem" }
      /v1/measurements:
        get:
          operationId: measurements
          summary: What is measured, with which fields, since when.
          responses:
            "200":
              description: Measurements by name.
              headers: { Missing-Tables: { schema: { type: string } } }
              content: { application/json: { schema: { $ref: "#/components/schemas/Measurements" } } }
            default: { $ref: "#/components/responses/problem" }
      /v1/events:
        get:
          operationId: events
          summary: Events, newest first.
          parameters:
            - { $ref: "#/components/parameters/from" }
            - { $ref: "#/components/parameters/to" }
            - { name: severity, in: query, description: "One or several, by commas: emergency, alert, critical, error, warning, notice, informational, debug.", schema: { type: string, minLength: 1 } }
            - { $ref: "#/components/parameters/kind" }
            - { $ref: "#/components/parameters/device" }
            - { $ref: "#/components/parameters/class" }
            - { $ref: "#/components/parameters/area" }
            - { $ref: "#/components/parameters/limit" }
            - { $ref: "#/components/parameters/cursor" }
          responses:
            "200":
              description: Events.
              headers: { Missing-Tables: { schema: { type: string } } }
              content: { application/json: { schema: { $ref: "#/components/schemas/Events" } } }
            default: { $ref: "#/components/responses/problem" }

    """

  private static let nodePaths = """
      /v1/ledger:
        get:
          operationId: ledger
          summary: What became of every datagram and row, by listener and in total, since the process began.
          responses:
            "200":
              description: The accounts.
              content: { application/json: { schema: { $ref: "#/components/schemas/Ledger" } } }
            default: { $ref: "#/components/responses/problem" }
      /v1/refused:
        get:
          operationId: refused
          summary: What was refused lately, and of whom, newest first.
          description: |
            Datagrams and rows that were refused, and rows that were shed, counted together by listener, reason and
            address. As many are listed as there is room for; the ledger counts all of them.
          responses:
            "200":
              description: Refusals by their last time.
              content: { application/json: { schema: { $ref: "#/components/schemas/Refused" } } }
            default: { $ref: "#/components/responses/problem" }
      /v1/areas:
        get:
          operationId: areas
          summary: The administrative areas with their validity, as the registry has them.
          responses:
            "200":
              description: Areas in the order of their file.
              content: { application/json: { schema: { $ref: "#/components/schemas/Areas" } } }
            default: { $ref: "#/components/responses/problem" }
      /metrics:
        get:
          operationId: metrics
          summary: The ledger and the process in Prometheus' text format.
          responses:
            "200":
              description: Metrics.
              content: { text/plain: { schema: { type: string } } }
            default: { $ref: "#/components/responses/problem" }
      /healthz:
        get:
          operationId: health
          summary: Whether the process answers.
          responses:
            "200": { $ref: "#/components/responses/state" }
            default: { $ref: "#/components/responses/problem" }
      /readyz:
        get:
          operationId: readiness
          summary: Whether data may be sent to the node; 503 if not.
          responses:
            "200": { $ref: "#/components/responses/state" }
            "503": { $ref: "#/components/responses/problem" }
            default: { $ref: "#/components/responses/problem" }
      /openapi.yaml:
        get:
          operationId: openapi
          summary: This document.
          parameters:
            - { $ref: "#/components/parameters/tag" }
          responses:
            "200":
              description: This document.
              headers:
                ETag: { schema: { type: string } }
              content: { application/yaml: { schema: { type: object } } }
            "304": { $ref: "#/components/responses/same" }
            default: { $ref: "#/components/responses/problem" }

    """
}
