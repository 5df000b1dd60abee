/*
 * Malus's law: turns a half-wave plate, reads a power meter, takes a frame at each angle, and fits
 * power = amplitude cos^2(2 (angle - theta0)) + offset. What the instruments are, simulated or
 * real, the file tells.
 *
 *   cc malus.c $(pkg-config --cflags --libs alidade) -o malus
 *   ./malus ../experiments/malus.toml malus.csv 31
 */
#define _POSIX_C_SOURCE 200809L
#include "numbers.h"

#include <alidade.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MOST = 361 };

static ald_error *why = NULL;

static void must(ald_status status) {
    if (status != ALD_OK) {
        fprintf(stderr, "%s %s\n", ald_error_message(why), ald_error_where(why));
        exit(1);
    }
}

static ald_device *find(const ald_lab *lab, const char *path) {
    ald_device *device = NULL;
    must(ald_lab_device(lab, path, &device, &why));
    return device;
}

/* A reading whose filter remembers nothing of the angle before. */
static double settled(ald_device *meter) {
    const struct timespec memory = {0, 200000000}; /* of four readings */
    ald_reading reading;
    ald_reading_init(&reading, sizeof reading);
    nanosleep(&memory, NULL);
    do {
        must(ald_readable_read(meter, ALD_WAIT_DEFAULT, NULL, &reading, &why));
    } while ((reading.quality & ALD_READING_UNSETTLED) != 0);
    return reading.value;
}

static double mean(const ald_view *view) {
    double sum = 0;
    for (int64_t y = 0; y < view->shape[0]; ++y) {
        const char *row = (const char *)view->data + y * view->strides[0];
        for (int64_t x = 0; x < view->shape[1]; ++x) {
            sum += *(const uint16_t *)(const void *)(row + x * view->strides[1]);
        }
    }
    return sum / (double)(view->shape[0] * view->shape[1]);
}

static double light(ald_device *camera, ald_frame_stream *frames) {
    ald_frame *frame = NULL;
    ald_view view;
    ald_view_init(&view, sizeof view);
    must(ald_camera_trigger(camera, ALD_WAIT_DEFAULT, NULL, &why));
    must(ald_frame_stream_next(frames, 10000000000, NULL, &frame, &view, &why));
    const double counts = mean(&view);
    ald_frame_unref(frame); /* the camera may use the memory again */
    return counts;
}

int main(int argc, char **argv) {
    const int points = argc > 3 ? atoi(argv[3]) : 31;
    FILE *csv = argc > 2 ? fopen(argv[2], "w") : stdout;
    if (argc < 2 || csv == NULL || points < 4 || points > MOST) {
        fprintf(stderr, "usage: %s malus.toml [FILE.csv [POINTS]]\n", argv[0]);
        return 2;
    }
    ald_settings *settings = NULL;
    ald_lab *lab = NULL;
    ald_frame_stream *frames = NULL;
    must(ald_settings_load(argv[1], &settings, &why));
    must(ald_lab_from_settings(settings, &lab, &why));
    must(ald_lab_open(lab, ALD_WAIT_DEFAULT, NULL, NULL, &why));
    ald_device *plate = find(lab, "rotator/plate");
    ald_device *meter = find(lab, "meter");
    ald_device *camera = find(lab, "camera");
    must(ald_frame_stream_open(camera, NULL, &frames, &why));
    ald_value *exposure = NULL;
    must(ald_value_new_double(0.01, &exposure, &why));
    must(ald_device_set(camera, "exposure", exposure, ALD_WAIT_DEFAULT, NULL, NULL, &why));
    ald_value_unref(exposure);
    must(ald_camera_arm(camera, ALD_WAIT_DEFAULT, NULL, &why));

    double angle[MOST];
    double power[MOST];
    double sigma[MOST];
    fprintf(csv, "rotator/plate [deg],meter [W],frame mean [1]\n");
    for (int i = 0; i < points; ++i) {
        must(ald_movable_move_abs(plate, 90.0 * i / (points - 1), ALD_WAIT_DEFAULT, NULL, &why));
        must(ald_movable_position(plate, ALD_WAIT_DEFAULT, NULL, &angle[i], &why));
        power[i] = settled(meter);
        sigma[i] = 1e-10 + 0.001 * power[i]; /* the meter's noise, mean of four readings */
        fprintf(csv, "%s,%s,%s\n", FIXED(angle[i], 6), GENERAL(power[i], 9),
                FIXED(light(camera, frames), 3));
        fflush(csv); /* what was measured is kept, come what may */
    }

    ald_fit fit;
    ald_fit_init(&fit, sizeof fit);
    must(ald_fit_curve(ALD_FIT_MALUS_HALF_WAVE, angle, power, sigma, points, NULL, NULL, NULL, NULL,
                       &fit, &why));
    printf("theta0 = %s +- %s deg\n", FIXED(fit.parameters[1], 4), FIXED(fit.errors[1], 4));

    fclose(csv);
    ald_frame_stream_unref(frames);
    ald_device_unref(plate);
    ald_device_unref(meter);
    ald_device_unref(camera);
    ald_lab_close(lab);
    ald_lab_unref(lab);
    ald_settings_unref(settings);
    return 0;
}
