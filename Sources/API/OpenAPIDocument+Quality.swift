extension OpenAPIDocument {
  static let qualityPath = """
      /v1/quality:
        get:
          operationId: quality
          summary: How good what came was, by step, all devices together or in groups.
          description: |
            Complete and live are null for the time before the node's first start.
            The average of devices. correct: readings within their range, of those that have one. complete: rows received of
            those expected by the interval of the registry. clean: rows that were neither doubled nor malformed. live: devices
            whose newest row was no older than three intervals when the bucket ended. null where nothing can be said. Without a
            range it is the 24 hours that end with the bucket of now.
          parameters:
            - { name: step, in: query, description: "As in /v1/rollups.", schema: { type: string, pattern: "^[0-9]+[mhd]$", default: 1h } }
            - { $ref: "#/components/parameters/from" }
            - { $ref: "#/components/parameters/to" }
            - { $ref: "#/components/parameters/area" }
            - { $ref: "#/components/parameters/class" }
            - { $ref: "#/components/parameters/domain" }
            - { $ref: "#/components/parameters/agency" }
            - { $ref: "#/components/parameters/device" }
            - { name: group_by, in: query, schema: { type: string, enum: [none, area, device, class, domain, agency], default: none } }
            - { name: level, in: query, description: "With group_by=area: how deep in the tree the groups lie, 1 at its top.", schema: { type: integer, minimum: 1, maximum: 64 } }
          responses:
            "200":
              description: The shares, by group and time.
              headers: { Missing-Tables: { schema: { type: string } } }
              content: { application/json: { schema: { $ref: "#/components/schemas/Quality" } } }
            default: { $ref: "#/components/responses/problem" }

    """

  static let qualitySchemas = """
        Share: { type: [number, "null"], minimum: 0, maximum: 1 }
        Quality:
          type: object
          required: [step, from, to, watermark, groups]
          properties:
            missing: { $ref: "#/components/schemas/Missing" }
            step: { type: string }
            from: { $ref: "#/components/schemas/Time" }
            to: { $ref: "#/components/schemas/Time" }
            watermark: { $ref: "#/components/schemas/Time" }
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
                      required: [time, correct, complete, clean, live, devices, received, expected, duplicates, malformed]
                      properties:
                        time: { $ref: "#/components/schemas/Time" }
                        correct: { $ref: "#/components/schemas/Share" }
                        complete: { $ref: "#/components/schemas/Share" }
                        clean: { $ref: "#/components/schemas/Share" }
                        live: { $ref: "#/components/schemas/Share" }
                        devices: { type: integer }
                        received: { type: integer }
                        expected: { type: integer }
                        duplicates: { type: integer }
                        malformed: { type: integer }

    """
}
