/* validator/unit_scan.c -- the vectors of a plan's slots, whether a file holds them, a path names them or neither. */
#include "validator/scan.h"

#include "core/number.h"

static const uint64_t no_row[CHUNK_MAX_ROWS / 64]; /* validity of a column that a file lacks */

enum status unit_scan_init(struct unit_scan *u, const struct plan *plan, struct arena *arena, struct error *err)
{
    size_t n = (size_t)plan->n_slots + 1;

    *u = (struct unit_scan){.plan = plan};
    u->slot_of_want = arena_array(arena, n, sizeof *u->slot_of_want);
    u->constants = arena_array(arena, n, sizeof *u->constants);
    u->constant_texts = arena_array(arena, n, sizeof *u->constant_texts);
    u->constant_numbers = arena_array(arena, n, sizeof *u->constant_numbers);
    if (!u->slot_of_want || !u->constants || !u->constant_texts || !u->constant_numbers)
        return error_no_memory(err);
    return STATUS_OK;
}

/* A constant vector for a partition key or a missing column. */
static void make_constant(struct unit_scan *u, int32_t slot)
{
    const struct slot *s = &u->plan->slots[slot];
    const struct batch *batch = u->plan->batch;
    const char *text = NULL;
    struct vector *v = &u->constants[slot];

    if (batch->columns[s->column].partition >= 0)
        text = batch_partition_value(batch, u->file, s->column);
    *v = (struct vector){.type = s->type, .lane = type_lane(s->type), .shape = SHAPE_CONSTANT, .n_entries = 1};
    u->constant_numbers[slot] = 0;
    u->constant_texts[slot] = span_text(text ? text : "");
    v->values = v->lane == LANE_BYTES ? (const void *)&u->constant_texts[slot] : &u->constant_numbers[slot];
    if (!text)
        v->valid = no_row;
    else if (s->type.kind == TYPE_DATE)
        (void)clock_parse_date(u->constant_texts[slot], &u->constant_numbers[slot]);
    else if (v->lane == LANE_I64)
        (void)number_parse_i64(u->constant_texts[slot], &u->constant_numbers[slot]);
}

static struct want slot_want(const struct plan *plan, const struct slot *slot, int32_t at, enum need need)
{
    const struct time_zone *zone = plan->time ? plan->time->zone : NULL;

    if (plan->batch->is_typed || slot->type.kind != TYPE_TIMESTAMP || (zone && strcmp(zone->name, "UTC") == 0))
        zone = NULL;
    return (struct want){at, slot->type, need, zone, slot->is_inferred || slot->is_open};
}

enum status unit_scan_open(struct unit_scan *u, struct arena *arena, int32_t file, int32_t unit, const int8_t *needs,
                           const struct want *extra, int32_t n_extra, int flags, struct error *err)
{
    const struct batch *batch = u->plan->batch;
    struct table *table = batch->tables[file];
    struct want *wants = arena_array(arena, (size_t)(u->plan->n_slots + n_extra) + 1, sizeof *wants);
    bool is_repeated = false;

    if (!wants)
        return error_no_memory(err);
    u->file = file;
    u->unit = unit;
    u->scan = NULL;
    u->n_wants = 0;
    for (int32_t s = 0; s < u->plan->n_slots; s++) {
        int32_t at = batch->positions[file][u->plan->slots[s].column];

        u->constants[s].lane = LANE_NONE;
        u->constants[s].n_entries = 0; /* not one of ours */
        if (needs[s] < 0)
            continue;
        is_repeated = is_repeated || batch->schema.columns[u->plan->slots[s].column].repeated;
        if (at == COLUMN_ABSENT) {
            make_constant(u, s);
            continue;
        }
        u->slot_of_want[u->n_wants] = s;
        wants[u->n_wants++] = slot_want(u->plan, &u->plan->slots[s], at, (enum need)needs[s]);
    }
    for (int32_t i = 0; i < n_extra; i++)
        wants[u->n_wants + i] = extra[i];
    u->next_row = 0;
    u->first_row = 0;
    u->n_rows = is_repeated ? 0 : table->reader->unit_rows(table, unit); /* counted where nothing is read: a list that the file lacks */
    if (u->part && u->n_rows >= 0) {
        u->first_row += u->part->first_row;
        u->n_rows = u->part->n_rows;
    }
    if (u->n_wants + n_extra == 0 && u->n_rows >= 0 && flags == 0) { /* nothing to read */
        u->first_row += table_unit_start(table, unit);
        return STATUS_OK;
    }
    if (flags == 0 && table->reader->scan_part)
        return table->reader->scan_part(table, unit, u->part, wants, u->n_wants + n_extra, u->room, &u->scan, err);
    return table->reader->scan_open(table, unit, wants, u->n_wants + n_extra, flags, &u->scan, err);
}

static void point_slots(struct unit_scan *u, struct eye *eye)
{
    for (int32_t s = 0; s < u->plan->n_slots; s++) {
        struct vector *v = &u->constants[s];

        eye->slots[s] = NULL;
        if (v->n_entries == 0)
            continue;
        v->n_rows = u->chunk.n_rows;
        v->n_nulls = v->valid ? v->n_rows : 0;
        eye->slots[s] = v;
    }
    for (int32_t i = 0; i < u->n_wants; i++)
        eye->slots[u->slot_of_want[i]] = &u->chunk.vectors[i];
}

enum status unit_scan_next(struct unit_scan *u, struct eye *eye, struct error *err)
{
    if (u->scan) {
        TRY(u->scan->reader->scan_next(u->scan, &u->chunk, err));
    } else {
        int64_t left = u->n_rows - u->next_row;

        u->chunk = (struct chunk){.first_row = u->first_row + u->next_row, .n_rows = left < CHUNK_MAX_ROWS ? left : CHUNK_MAX_ROWS};
        u->next_row += u->chunk.n_rows;
    }
    point_slots(u, eye);
    eye_turn(eye, u->chunk.n_rows);
    return STATUS_OK;
}

void unit_scan_close(struct unit_scan *u)
{
    if (u->scan)
        u->scan->reader->scan_close(u->scan);
    u->scan = NULL;
}
