/* readers/room.h -- what a worker keeps from scan to scan: contexts of the codecs and buffers.
 *
 * A scan takes the buffers that another one has left and gives its own back, so that nothing is allocated, zeroed or faulted in
 * anew for each unit. At most ROOM_SPARES buffers of a kind wait, none larger than ROOM_LARGEST. Zeroed with `memory` set is
 * empty. One thread at a time; a scan that was opened with a room must be closed before it.
 */
#ifndef READERS_ROOM_H
#define READERS_ROOM_H

#include "readers/codecs/codec.h"

enum room_kind { ROOM_WINDOW, ROOM_BODY, ROOM_DICTIONARY, ROOM_ENTRIES, ROOM_VALID, ROOM_INDEX, ROOM_VALUES, ROOM_SPANS, ROOM_KINDS };
enum { ROOM_SPARES = 2, ROOM_LARGEST = 4 << 20 };

struct read_room {
    struct memory *memory;
    struct codec_context codecs;
    struct buffer spare[ROOM_KINDS][ROOM_SPARES];
};

void read_room_init(struct read_room *room, struct memory *memory);
/* *to is empty and becomes a spare buffer of that kind, without contents, where one waits. room may be NULL. */
void read_room_take(struct read_room *room, enum room_kind kind, struct buffer *to);
/* *from is kept for later or freed, and empty afterwards. room may be NULL. */
void read_room_give(struct read_room *room, enum room_kind kind, struct buffer *from);
void read_room_done(struct read_room *room);

#endif
