// The interface's description, Sources/API/openapi.yaml, as it stood when the program was built.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Its bytes; they are constant and stay as long as the program runs.
const uint8_t *copenapi_bytes(void);

size_t copenapi_byte_count(void);
