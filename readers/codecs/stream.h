/* readers/codecs/stream.h -- a page unpacked piece by piece, where it is too large to be held.
 *
 * The same bytes as codec.h's `whole` gives, and the same refusals, in as many calls as one likes: the packed bytes are read through
 * a small window, and of what was unpacked no more is kept than the format may point back to. Slower than `whole`, so for large pages only.
 *
 * How far back that is: 32 KiB in DEFLATE, 64 KiB in LZ4, the window that a frame of zstd or Brotli names. Snappy may point
 * back to its start; most writers cut their input into blocks of 64 KiB, and where one does not the stream begins anew with
 * a longer history, as long as memory allows.
 */
#ifndef READERS_CODECS_STREAM_H
#define READERS_CODECS_STREAM_H

#include "readers/codecs/codec.h"

/* Where the packed bytes are. `read` gives all n bytes at `at`, which are within `size`, or an error. */
struct codec_bytes {
    void *from;
    enum status (*read)(void *from, size_t at, void *into, size_t n, struct error *err);
    size_t size;
};

/* Of packed bytes at a time, and in tests: any more than the longest head of an element. */
enum { CODEC_STREAM_WINDOW = 64 << 10, CODEC_STREAM_WINDOW_LEAST = 16 };

struct codec_stream {
    const struct codec *codec;
    struct memory *memory;
    struct codec_bytes bytes;
    size_t unpacked;      /* declared */
    size_t made;          /* given out so far */
    size_t n_read;        /* of the packed bytes, into the window */
    size_t window;        /* how many are read at a time */
    size_t history;       /* Snappy's and LZ4's: how much of what was unpacked is kept */
    size_t wanted_history; /* set by a step that stopped because it is too little; else 0 */
    struct buffer packed;
    struct span rest;     /* of the window: what the codec has not taken yet */
    bool is_end;          /* the packed bytes could end here */
    void *state;          /* the codec's own */
};

/* A codec that can be unpacked piece by piece (codec.stream). */
struct codec_steps {
    /* Makes s->state; the first window is there. */
    enum status (*open)(struct codec_stream *s, struct error *err);
    /* Takes from s->rest, writes up to `room` bytes, sets *made and s->is_end. Neither took nor wrote: it wants more bytes. */
    enum status (*step)(struct codec_stream *s, uint8_t *out, size_t room, size_t *made, struct error *err);
    void (*close)(struct codec_stream *s); /* state may be NULL */
};

extern const struct codec_steps snappy_steps, zstd_steps, gzip_steps, lz4_raw_steps, lz4_hadoop_steps, brotli_steps;

/* Can it be done for this codec? */
bool codec_can_stream(const struct codec *codec);
/* `s` needs no contents and is to be given to codec_stream_done whatever comes of this. The sizes are checked as codec_check_sizes does. `window`: of packed bytes. */
enum status codec_stream_open(struct codec_stream *s, const struct codec *codec, const struct codec_bytes *bytes, size_t unpacked,
                              size_t window, struct memory *memory, struct error *err) NODISCARD;
/* The next n bytes, of which so many must be left; out NULL: they are passed over. */
enum status codec_stream_read(struct codec_stream *s, uint8_t *out, size_t n, struct error *err) NODISCARD;
/* Passes over what is left. BAD_DATA where the packed bytes do not end with it. */
enum status codec_stream_finish(struct codec_stream *s, struct error *err) NODISCARD;
void codec_stream_done(struct codec_stream *s); /* accepts zeroed */

/* past.c: what Snappy and LZ4 unpack into: the bytes before the next one, in one piece, and what of them was not given out yet. */
struct past {
    struct buffer bytes;
    size_t keep;          /* how far back a copy may reach once so much was unpacked */
    size_t at, given;     /* the end of what was unpacked; of that given out */
    size_t total;         /* unpacked since the start */
};
enum { PAST_BLOCK = 64 << 10, PAST_SLACK = 64 }; /* room for new bytes, and for copies that are written wider than they are */

bool past_open(struct past *h, size_t keep, struct memory *memory); /* false: no memory */
/* Gives out what waits, up to `room`; returns how much. */
size_t past_give(struct past *h, uint8_t *out, size_t room);
/* Room for new bytes behind `at`; moves what has to be kept to the front where there is little and all was given out. */
size_t past_room(struct past *h);
void past_add(struct past *h, const uint8_t *from, size_t n); /* n within the room */
/* 0 < offset <= at; overlap repeats; n within the room, and PAST_SLACK bytes behind may be written. */
void past_copy(struct past *h, size_t offset, size_t n);
/* The close of a codec whose state begins with its past. */
void past_close(struct codec_stream *s);

#endif
