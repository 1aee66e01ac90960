// CRC-32C by the processor's own instruction: eight bytes in three cycles, and no table in the cache.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Whether this processor has the instruction.
int32_t cchecksum_has_crc32c(void);
// Takes `count` bytes into `state`, not inverted. Only if the processor has the instruction.
uint32_t cchecksum_crc32c(uint32_t state, const void *bytes, size_t count);
