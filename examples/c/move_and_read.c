/*
 * Moves a mock axis through a few places and reads a mock sensor at each.
 *
 *   cc move_and_read.c $(pkg-config --cflags --libs alidade) -o move_and_read
 */
#include "numbers.h"

#include <alidade.h>

#include <stdio.h>
#include <stdlib.h>

static ald_error *why = NULL;

static void must(ald_status status) {
    if (status != ALD_OK) {
        fprintf(stderr, "%s %s\n", ald_error_message(why), ald_error_where(why));
        exit(1);
    }
}

static ald_device *open_mock(const char *name, const char *driver) {
    ald_device *device = NULL;
    must(ald_device_new(name, driver, NULL, &device, &why));
    must(ald_device_open(device, ALD_WAIT_DEFAULT, NULL, &why));
    return device;
}

int main(void) {
    ald_device *stage = open_mock("stage", "mock-movable");
    ald_device *sensor = open_mock("sensor", "mock-readable");

    for (int um = 0; um <= 30; um += 10) {
        double target = 0;
        double reached = 0;
        ald_reading reading;
        ald_reading_init(&reading, sizeof reading);
        must(ald_unit_convert(um, "um", ald_movable_unit(stage), &target, &why));
        must(ald_movable_move_abs(stage, target, ALD_WAIT_DEFAULT, NULL, &why));
        must(ald_movable_position(stage, ALD_WAIT_DEFAULT, NULL, &reached, &why));
        must(ald_readable_read(sensor, ALD_WAIT_DEFAULT, NULL, &reading, &why));
        printf("%s %s: %s\n", GENERAL(reached, 6), ald_movable_unit(stage),
               GENERAL(reading.value, 6));
    }

    /* What is outside the limits is refused before anything moves. */
    if (ald_movable_move_abs(stage, 1000, ALD_WAIT_DEFAULT, NULL, &why) == ALD_E_RANGE) {
        printf("refused: %s\n", ald_error_message(why));
        ald_error_unref(why);
        why = NULL;
    }

    /* A motion that is started can be watched, and stopped. */
    ald_op *motion = NULL;
    ald_progress progress;
    ald_progress_init(&progress, sizeof progress);
    must(ald_movable_start_move_abs(stage, 100, ALD_WAIT_DEFAULT, &motion, &why));
    must(ald_op_wait_begun(motion, ALD_WAIT_FOREVER, NULL, &why));
    must(ald_op_progress(motion, &progress, &why));
    printf("%s, %s %s to go\n", progress.phase, GENERAL(progress.total, 6), progress.unit);
    must(ald_movable_stop(stage, ALD_WAIT_DEFAULT, &why));
    must(ald_op_wait(motion, ALD_WAIT_FOREVER, NULL, &why));
    printf("%s\n", ald_op_status(motion) == ALD_OP_CANCELLED ? "stopped" : "too late");
    must(ald_movable_home(stage, ALD_WAIT_DEFAULT, NULL, &why));

    ald_op_unref(motion);
    ald_device_close(stage);
    ald_device_close(sensor);
    ald_device_unref(stage);
    ald_device_unref(sensor);
    return 0;
}
