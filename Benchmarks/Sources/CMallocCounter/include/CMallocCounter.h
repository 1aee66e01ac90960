// Counts the allocations of a program: whoever links this target has the C library's allocator behind a counter.
#ifndef CMALLOCCOUNTER_H
#define CMALLOCCOUNTER_H

#include <stdint.h>

#if defined(__cplusplus)
extern "C" {
#endif

// Blocks that the calling thread has asked for since it began, those that realloc moved or might have moved included.
uint64_t cmalloccounter_allocations(void);

#if defined(__cplusplus)
}
#endif

#endif
