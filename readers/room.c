/* readers/room.c -- see room.h. */
#include "readers/room.h"

void read_room_init(struct read_room *room, struct memory *memory)
{
    *room = (struct read_room){.memory = memory};
    room->codecs.memory = memory;
}

void read_room_take(struct read_room *room, enum room_kind kind, struct buffer *to)
{
    for (int i = 0; room && i < ROOM_SPARES; i++) {
        struct buffer *spare = &room->spare[kind][i];

        if (!spare->at || spare->memory != to->memory)
            continue;
        to->at = spare->at;
        to->capacity = spare->capacity;
        to->size = 0;
        *spare = (struct buffer){0};
        return;
    }
}

void read_room_give(struct read_room *room, enum room_kind kind, struct buffer *from)
{
    for (int i = 0; room && from->at && from->capacity <= ROOM_LARGEST && i < ROOM_SPARES; i++) {
        struct buffer *spare = &room->spare[kind][i];

        if (spare->at)
            continue;
        *spare = (struct buffer){.at = from->at, .capacity = from->capacity, .memory = from->memory};
        *from = (struct buffer){.memory = from->memory};
        return;
    }
    buffer_done(from);
}

void read_room_done(struct read_room *room)
{
    for (int k = 0; k < ROOM_KINDS; k++)
        for (int i = 0; i < ROOM_SPARES; i++)
            buffer_done(&room->spare[k][i]);
    codec_context_done(&room->codecs);
}
