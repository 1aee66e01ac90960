extension OpenAPIDocument {
  static let components = parameterComponents + answerSchemas + qualitySchemas + nodeSchemas

  private static let parameterComponents = """
    components:
      parameters:
        id: { name: id, in: path, required: true, schema: { type: string, minLength: 1 } }
        from: { name: from, in: query, description: Inclusive., schema: { type: string, format: date-time } }
        to: { name: to, in: query, description: Exclusive., schema: { type: string, format: date-time } }
        area: { name: area, in: query, description: "A code of the area tree, with everything under it at the row's time.", schema: { type: string, minLength: 1 } }
        class: { name: class, in: query, description: "camera, bts, sensor or gateway.", schema: { type: string, minLength: 1 } }
        kind: { name: kind, in: query, description: "A kind of events, or with a point at its end all that begin so: alert.", schema: { type: string, minLength: 1 } }
        domain: { name: domain, in: query, schema: { type: string, minLength: 1 } }
        agency: { name: agency, in: query, schema: { type: string, minLength: 1 } }
        device: { name: device, in: query, description: "One that the registry knows or knew, or of which something is stored.", schema: { type: string, minLength: 1 } }
        format: { name: format, in: query, schema: { type: string, enum: [json, csv], default: json } }
        limit: { name: limit, in: query, schema: { type: integer, minimum: 1, maximum: 10000, default: 100 } }
        cursor: { name: cursor, in: query, description: The next of the page before., schema: { type: string, minLength: 1 } }
        tagFilter: { name: "tag.*", in: query, description: "`tag.<name>=<value>`: rows with that tag alone. A tag that no row of the measurement has is unknown.", schema: { type: string, minLength: 1 } }
        tag: { name: If-None-Match, in: header, description: Tags that the client has an answer of., schema: { type: string } }
      responses:
        same: { description: It is as the tag says. }
        problem:
          description: What is wrong.
          content: { application/problem+json: { schema: { $ref: "#/components/schemas/Problem" } } }
        state:
          description: All is well.
          content: { application/json: { schema: { type: object, required: [status], properties: { status: { type: string } } } } }
      schemas:
        Problem:
          type: object
          required: [type, title, status, detail]
          properties:
            type: { type: string, format: uri }
            title: { type: string }
            status: { type: integer }
            detail: { type: string }
            parameter: { type: string, description: The parameter at fault. }
        Next: { type: [string, "null"] }
        Missing:
          type: array
          description: "Tables of which the answer lacks what could not be read; the header Missing-Tables names them too. Left out where nothing is missing."
          items:
            type: object
            required: [table, cause]
            properties: { table: { type: string }, cause: { type: string } }
        Time: { type: string, format: date-time }
        MaybeTime: { type: [string, "null"], format: date-time }
        Fields: { type: object, additionalProperties: { type: [number, boolean, string, "null"] } }
        Tags: { type: object, additionalProperties: { type: string } }
        Status: { type: string, enum: [live, silent, unknown] }

    """

  private static let answerSchemas = """
        Rollups:
          type: object
          required: [measurement, field, step, from, to, watermark, version, groups]
          properties:
            measurement: { type: string }
            field: { type: string }
            step: { type: string }
            from: { $ref: "#/components/schemas/Time" }
            to: { $ref: "#/components/schemas/Time" }
            watermark: { $ref: "#/components/schemas/Time", description: Every row received before it is in the answer. }
            version: { type: integer, description: Raised by every change of the data. }
            groups:
              type: array
              items:
                type: object
                required: [by, buckets]
                properties:
                  by: { $ref: "#/components/schemas/Tags" }
                  buckets:
                    type: array
                    items:
                      type: object
                      required: [time, complete]
                      properties:
                        time: { $ref: "#/components/schemas/Time" }
                        complete: { type: boolean, description: "Whether it ended before the watermark, so that only what comes late can change it." }
                        count: { type: integer }
                        distinct: { type: integer }
                      additionalProperties: { type: [number, "null"] }
        Latest:
          type: object
          required: [rows, next]
          properties:
            missing: { $ref: "#/components/schemas/Missing" }
            rows:
              type: array
              items:
                type: object
                required: [device, measurement, time, fields]
                properties:
                  device: { type: string }
                  measurement: { type: string }
                  time: { $ref: "#/components/schemas/Time" }
                  received: { $ref: "#/components/schemas/Time" }
                  tags: { $ref: "#/components/schemas/Tags" }
                  fields: { $ref: "#/components/schemas/Fields" }
            next: { $ref: "#/components/schemas/Next" }
        Readings:
          type: object
          required: [device, measurement, rows, next]
          properties:
            device: { type: string }
            measurement: { type: string }
            rows:
              type: array
              items:
                type: object
                required: [time, fields]
                properties:
                  time: { $ref: "#/components/schemas/Time" }
                  received: { $ref: "#/components/schemas/Time" }
                  tags: { $ref: "#/components/schemas/Tags" }
                  fields: { $ref: "#/components/schemas/Fields" }
            next: { $ref: "#/components/schemas/Next" }
        Changes:
          type: object
          required: [version, changes, next]
          properties:
            missing: { $ref: "#/components/schemas/Missing" }
            version: { type: integer, description: What to ask from the next time. }
            changes:
              type: array
              items:
                type: object
                required: [measurement, device, field, step, time, version]
                properties:
                  measurement: { type: string }
                  device: { type: string }
                  field: { type: string }
                  step: { type: string, enum: [1m, 5m, 1h, 1d] }
                  time: { $ref: "#/components/schemas/Time" }
                  version: { type: integer }
            next: { $ref: "#/components/schemas/Next" }
        Devices:
          type: object
          required: [devices, next]
          properties:
            missing: { $ref: "#/components/schemas/Missing" }
            devices:
              type: array
              items:
                type: object
                required: [id, class, name, area, domain, agency, status, last_seen, measurements]
                properties:
                  id: { type: string }
                  class: { type: [string, "null"] }
                  name: { type: [string, "null"] }
                  area: { type: [string, "null"] }
                  domain: { type: [string, "null"] }
                  agency: { type: [string, "null"] }
                  latitude: { type: [number, "null"] }
                  longitude: { type: [number, "null"] }
                  interval: { type: [number, "null"], description: Seconds between its rows. }
                  status: { $ref: "#/components/schemas/Status" }
                  last_seen: { $ref: "#/components/schemas/MaybeTime" }
                  measurements: { type: array, items: { type: string }, description: What it sent, the last day. }
                  refused:
                    type: object
                    description: "Only of a sender that the registry keeps out; nothing of it is stored."
                    required: [source, listener, count]
                    properties:
                      source: { type: string }
                      listener: { type: string }
                      count: { type: integer }
            next: { $ref: "#/components/schemas/Next" }
        Measurements:
          type: object
          required: [measurements]
          properties:
            missing: { $ref: "#/components/schemas/Missing" }
            measurements:
              type: array
              items:
                type: object
                required: [name, fields, rows, first, last]
                properties:
                  name: { type: string }
                  fields:
                    type: array
                    items:
                      type: object
                      required: [name, type, unit]
                      properties:
                        name: { type: string }
                        type: { type: string, enum: [integer, decimal, double, boolean, string] }
                        unit: { type: [string, "null"] }
                  rows: { type: integer }
                  first: { $ref: "#/components/schemas/MaybeTime" }
                  last: { $ref: "#/components/schemas/MaybeTime" }
        Events:
          type: object
          required: [events, next]
          properties:
            missing: { $ref: "#/components/schemas/Missing" }
            events:
              type: array
              items:
                type: object
                required: [time, device, severity, kind, message, attributes]
                properties:
                  time: { $ref: "#/components/schemas/Time" }
                  device: { type: string }
                  severity: { type: [string, "null"] }
                  kind: { type: [string, "null"] }
                  message: { type: string }
                  attributes: { type: object }
            next: { $ref: "#/components/schemas/Next" }

    """

  private static let nodeSchemas = """
        Reasons: { type: object, additionalProperties: { type: integer } }
        Counts:
          type: object
          required: [received, kernel_dropped, decoded, rejected, rows, events, stored, duplicate, shed]
          properties:
            protocol: { type: string }
            received: { type: integer, description: Datagrams. }
            kernel_dropped: { type: integer, description: Datagrams that never reached the socket. }
            decoded: { type: integer, description: Datagrams. }
            rejected: { $ref: "#/components/schemas/Reasons" }
            rows: { type: integer }
            events: { type: integer }
            readings: { type: integer }
            rejected_rows: { $ref: "#/components/schemas/Reasons" }
            rejected_fields: { $ref: "#/components/schemas/Reasons" }
            stored: { type: integer, description: Rows and events. }
            duplicate: { type: integer, description: Rows and events. }
            shed: { $ref: "#/components/schemas/Reasons" }
            clock_ahead: { type: integer }
            clock_behind: { type: integer }
            trailing_bytes: { type: integer }
            time_cut: { type: integer }
        Ledger:
          type: object
          required: [balanced, total, listeners]
          properties:
            balanced: { type: boolean }
            total: { $ref: "#/components/schemas/Counts" }
            listeners: { type: object, additionalProperties: { $ref: "#/components/schemas/Counts" } }
        Refused:
          type: object
          required: [refused]
          properties:
            refused:
              type: array
              items:
                type: object
                required: [listener, reason, address, device, count, last, sample]
                properties:
                  listener: { type: string }
                  reason: { type: string, description: The ledger's label. }
                  address: { type: [string, "null"], description: Null where rows of many senders were shed together. }
                  device: { type: [string, "null"], description: "Whose address it is, as far as that is known." }
                  count: { type: integer, minimum: 1, description: Datagrams or rows. }
                  last: { type: string, format: date-time }
                  sample: { type: string, description: 'The first 64 octets at most of the newest datagram: printable ASCII as it is, a backslash doubled, other octets as \\xNN.' }
        Areas:
          type: object
          required: [areas]
          properties:
            areas:
              type: array
              items:
                type: object
                required: [code, parent, name, valid_from, valid_to]
                properties:
                  code: { type: string }
                  parent: { type: [string, "null"] }
                  name: { type: [string, "null"] }
                  valid_from: { type: [string, "null"], format: date }
                  valid_to: { type: [string, "null"], format: date, description: The first day on which it is so no more. }

    """
}
