#pragma once
#include <zlib.h>

// deflateInit2 is a macro, which Swift does not see. 16 more than the largest window asks for gzip's frame.
static inline int thinai_gzip_begin(z_stream *stream, int level) {
  return deflateInit2(stream, level, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
}

// The same for inflateInit2: gzip's frame alone.
static inline int thinai_gunzip_begin(z_stream *stream) {
  return inflateInit2(stream, MAX_WBITS + 16);
}
