/*
 * Records what the sensors of a lab read as a time series and writes it as CSV.
 *
 *   cc computer_series.c $(pkg-config --cflags --libs alidade) -o computer_series
 *   ./computer_series ../experiments/computer.toml computer.csv 20 0.25
 */
#define _POSIX_C_SOURCE 200809L
#include "numbers.h"

#include <alidade.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST = 256 };
static ald_device *sensors[MOST];
static int64_t count = 0;

static ald_error *why = NULL;

static void must(ald_status status) {
    if (status != ALD_OK) {
        fprintf(stderr, "%s %s\n", ald_error_message(why), ald_error_where(why));
        exit(1);
    }
}

/* Keeps a device if it is readable, and its children; takes over the reference. */
static void collect(ald_device *device) {
    for (int64_t i = 0; i < ald_device_child_count(device); ++i) {
        ald_device *child = NULL;
        must(ald_device_child_at(device, i, &child, &why));
        collect(child);
    }
    if (ald_device_can(device, "readable", 1) == 1 && count < MOST) {
        sensors[count++] = device;
    } else {
        ald_device_unref(device);
    }
}

static void write_row(FILE *csv, int64_t begun) {
    const int64_t now = ald_clock_wall_ns();
    const time_t seconds = (time_t)(now / 1000000000);
    char stamp[32];
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", gmtime(&seconds));
    fprintf(csv, "%s.%09dZ,%s", stamp, (int)(now % 1000000000),
            FIXED((double)(now - begun) * 1e-9, 9));
    for (int64_t i = 0; i < count; ++i) {
        ald_reading reading;
        ald_reading_init(&reading, sizeof reading);
        /* A sensor that has gone leaves its cell empty. */
        if (ald_readable_read(sensors[i], ALD_WAIT_DEFAULT, NULL, &reading, NULL) == ALD_OK) {
            fprintf(csv, ",%s", GENERAL(reading.value, 15));
        } else {
            fputc(',', csv);
        }
    }
    fputc('\n', csv);
}

int main(int argc, char **argv) {
    const int rows = argc > 3 ? atoi(argv[3]) : 20;
    double interval = 0.25;
    FILE *csv = argc > 2 ? fopen(argv[2], "w") : stdout;
    ald_settings *settings = NULL;
    ald_lab *lab = NULL;
    if (argc > 4) {
        must(ald_number_parse(argv[4], strlen(argv[4]), &interval, NULL, &why));
    }
    if (argc < 2 || csv == NULL || rows < 1 || !(interval >= 0)) {
        fprintf(stderr, "usage: %s LAB.toml [FILE.csv [ROWS [SECONDS]]]\n", argv[0]);
        return 2;
    }
    must(ald_settings_load(argv[1], &settings, &why));
    must(ald_lab_from_settings(settings, &lab, &why));
    must(ald_lab_open(lab, ALD_WAIT_DEFAULT, NULL, NULL, &why));
    for (int64_t i = 0; i < ald_lab_device_count(lab); ++i) {
        ald_device *device = NULL;
        must(ald_lab_device_at(lab, i, &device, &why));
        collect(device);
    }
    fprintf(csv, "time [UTC],elapsed [s]");
    for (int64_t i = 0; i < count; ++i) {
        fprintf(csv, ",%s [%s]", ald_device_path(sensors[i]), ald_readable_unit(sensors[i]));
    }
    fputc('\n', csv);
    const int64_t begun = ald_clock_wall_ns();
    for (int row = 0; row < rows; ++row) {
        const struct timespec pause = {(time_t)interval,
                                       (long)((interval - (double)(time_t)interval) * 1e9)};
        if (row > 0) {
            nanosleep(&pause, NULL);
        }
        write_row(csv, begun);
    }
    fprintf(stderr, "%d rows of %d sensors of '%s'\n", rows, (int)count, ald_lab_name(lab));
    for (int64_t i = 0; i < count; ++i) {
        ald_device_unref(sensors[i]);
    }
    ald_lab_close(lab);
    ald_lab_unref(lab);
    ald_settings_unref(settings);
    return fclose(csv) == 0 ? 0 : 1;
}
