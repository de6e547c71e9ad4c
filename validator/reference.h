/* validator/reference.h -- the data that checks compare a batch with: opened, planned and scanned like a batch, before it.
 *
 * Equal references are opened once, equal metrics over their columns are computed once, all metrics of a reference in one scan. A
 * reference that cannot be read is remembered with its error: planning again settles its checks as not evaluated.
 *
 * A saved reference (saved_reference.h) is loaded; what it does not know is read from the data that it was made of, where they are
 * still what they were: whole columns while references are scanned, single values when a metric asks for them (refine).
 */
#ifndef VALIDATOR_REFERENCE_H
#define VALIDATOR_REFERENCE_H

#include "validator/plan.h"
#include "validator/timings.h"

struct reference_file;
struct reference_state;

struct references {
    struct timings timings;  /* of reading them */
    struct arena *arena;
    const struct suite *suite;
    const struct validation_options *options;
    const struct read_options *reading; /* of the batch; the format is told by content */
    const struct time_context *time;
    struct memory *memory;
    double deadline;
    struct reference_file *files;   /* a list */
    struct reference_state *states; /* a list, the latest first */
    int32_t n_states;
    struct error outside;           /* the first reference that leads out of its roots; status OK: none */
};

/* What struct planner offers; `references` is opened, never scanned here. */
enum status references_column(struct references *references, const struct reference *reference, struct type *type,
                              struct error *err) NODISCARD;
enum status references_ask(struct references *references, const struct reference *reference, struct type type,
                           const struct metric *metric, const void *params, size_t params_size, int32_t *handle,
                           struct error *err) NODISCARD;
enum status references_schema(struct references *references, const struct reference *reference, const struct schema **out,
                              struct error *err) NODISCARD;
enum status references_facts(struct references *references, const struct reference *reference, struct reference_facts *out,
                             struct error *err) NODISCARD;
/* FORBIDDEN where one of those that were opened so far leads out of its roots. */
enum status references_are_beneath(const struct references *references, struct error *err) NODISCARD;
/* Scans for all states that have been asked for and are not there. *again: a reference turned out to be unreadable,
 * so plan again. Fails only for what is not the reference's fault. */
enum status references_scan(struct references *references, bool *again, struct error *err) NODISCARD;
/* After references_scan without `again`. handle from 1. */
const void *references_state(const struct references *references, int32_t handle);
/* The state, to be told what is to be looked at again; then a round for those that were. */
void *references_for_writing(struct references *references, int32_t handle);
/* Of a state of a saved reference: why its data could not be looked at again, in the arena. NULL: they could, or nobody asked. */
const char *references_trouble(const struct references *references, int32_t handle);
enum status references_continue(struct references *references, struct error *err) NODISCARD;
/* Gives the states to the setups of the plan's requests. */
void references_bind(const struct references *references, struct plan *plan);
void references_close(struct references *references);

#endif
