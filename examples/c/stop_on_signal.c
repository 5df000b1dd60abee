/*
 * Moves an axis until it is there or a signal comes: Ctrl-C, kill, a closed terminal. However the
 * program is ended, the axis stands then.
 *
 *   cc stop_on_signal.c $(pkg-config --cflags --libs alidade) -o stop_on_signal
 *   ./stop_on_signal; echo $?          # 143 after `kill`
 *
 * With a number n it sends itself the signal n in mid-move, to be tried out: the exit code is 0 if
 * that has stopped the axis.
 */
#define _POSIX_C_SOURCE 200809L
#include "numbers.h"

#include <alidade.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static ald_error *why = NULL;
static ald_cancel *stop = NULL;
static volatile sig_atomic_t ended_by = 0;

static void must(ald_status status) {
    if (status != ALD_OK) {
        fprintf(stderr, "%s %s\n", ald_error_message(why), ald_error_where(why));
        exit(1);
    }
}

/* Does nothing but what is allowed in a handler: ald_cancel_trigger is. */
static void on_signal(int number) {
    ended_by = number;
    ald_cancel_trigger(stop);
}

/* A signal that is ignored stays so: nohup ignores SIGHUP. */
static void heed(int number) {
    struct sigaction before;
    struct sigaction mine = {.sa_handler = on_signal};
    sigemptyset(&mine.sa_mask);
    if (sigaction(number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(number, &mine, NULL);
}

static ald_device *open_slow_stage(void) {
    static const char options[] = "{\"velocity\": 1.0}";
    ald_value *slow = NULL;
    ald_device *stage = NULL;
    must(ald_value_from_json(options, sizeof options - 1, ALD_JSON_PLAIN, &slow, &why));
    must(ald_device_new("stage", "mock-movable", slow, &stage, &why));
    must(ald_device_open(stage, ALD_WAIT_DEFAULT, stop, &why));
    ald_value_unref(slow);
    return stage;
}

int main(int argc, char **argv) {
    const int expected = argc > 1 ? atoi(argv[1]) : 0;
    if (expected && fork() == 0) {
        sleep(1);
        kill(getppid(), expected);
        _exit(0);
    }
    must(ald_cancel_new(&stop, &why));
    heed(SIGINT);
    heed(SIGTERM);
    heed(SIGHUP);

    /* A move that is cancelled stops its axis and waits until it stands. */
    ald_device *stage = open_slow_stage();
    const ald_status status = ald_movable_move_abs(stage, 50, ALD_WAIT_FOREVER, stop, &why);
    if (status != ALD_E_CANCELLED)
        must(status);

    double at = 0;
    must(ald_movable_position(stage, ALD_WAIT_DEFAULT, NULL, &at, &why));
    printf("at %s %s\n", GENERAL(at, 6), ald_movable_unit(stage));

    ald_device_close(stage);
    ald_device_unref(stage);
    ald_error_unref(why);
    ald_cancel_unref(stop);
    if (expected)
        return ended_by != expected || status != ALD_E_CANCELLED || at >= 50;
    return ended_by ? 128 + ended_by : 0;
}
