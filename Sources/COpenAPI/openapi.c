#include "COpenAPI.h"

// C23's #embed costs nothing, where an array of numbers in Swift costs the compiler seconds; the build system follows
// it as it follows #include.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const uint8_t document[] = {
#embed "../API/openapi.yaml"
};

const uint8_t *copenapi_bytes(void) { return document; }

size_t copenapi_byte_count(void) { return sizeof document; }
