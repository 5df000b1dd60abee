/*
 * Prints the events of a lab, until so many have come or Ctrl-C is pressed.
 *
 *   cc watch_events.c $(pkg-config --cflags --libs alidade) -o watch_events
 *   ./watch_events ../experiments/changes.toml 10
 */
#include "numbers.h"

#include <alidade.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static ald_cancel *interrupted = NULL;

/* Triggering a cancel is safe in a signal handler. */
static void on_interrupt(int number) {
    (void)number;
    ald_cancel_trigger(interrupted);
}

static ald_error *why = NULL;

static void must(ald_status status) {
    if (status != ALD_OK) {
        fprintf(stderr, "%s %s\n", ald_error_message(why), ald_error_where(why));
        exit(1);
    }
}

static void print_record(const ald_record *record) {
    ald_buffer *text = NULL;
    const ald_value *payload = record->payload;
    printf("%8s s  %s", FIXED((double)record->t_mono_ns * 1e-9, 3), ald_event_name(record->kind));
    if (ald_value_to_json(payload, ALD_JSON_PLAIN, 0, &text, NULL) == ALD_OK) {
        printf("  %s", (const char *)ald_buffer_data(text));
    }
    printf(record->lost_before > 0 ? "  (some were lost before)\n" : "\n");
    ald_buffer_unref(text);
    ald_handle_unref(record->payload);
}

int main(int argc, char **argv) {
    ald_settings *settings = NULL;
    ald_lab *lab = NULL;
    ald_queue *queue = NULL;
    long left = argc > 2 ? atol(argv[2]) : 10;
    if (argc < 2 || left < 1) {
        fprintf(stderr, "usage: %s LAB.toml [EVENTS]\n", argv[0]);
        return 2;
    }
    must(ald_cancel_new(&interrupted, &why));
    signal(SIGINT, on_interrupt);
    must(ald_settings_load(argv[1], &settings, &why));
    must(ald_lab_from_settings(settings, &lab, &why));
    must(ald_queue_new(1000, ALD_POLICY_DROP_OLDEST, &queue, &why));
    must(ald_lab_subscribe(lab, queue, 0, 0, &why));
    must(ald_lab_open(lab, ALD_WAIT_DEFAULT, interrupted, NULL, &why));

    ald_record records[16];
    while (left > 0 && ald_queue_wait(queue, ALD_WAIT_FOREVER, interrupted, NULL) == ALD_OK) {
        int64_t taken = 0;
        const int64_t room = left < 16 ? left : 16;
        must(ald_queue_drain(queue, records, sizeof *records, room, &taken, &why));
        for (int64_t i = 0; i < taken; ++i) {
            print_record(&records[i]);
        }
        left -= (long)taken;
    }
    must(ald_lab_unsubscribe(lab, queue, &why));
    ald_lab_close(lab);
    ald_lab_unref(lab);
    ald_queue_unref(queue);
    ald_settings_unref(settings);
    signal(SIGINT, SIG_DFL);
    ald_cancel_unref(interrupted);
    return 0;
}
