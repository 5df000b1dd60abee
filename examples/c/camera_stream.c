/*
 * Takes frames from a camera that runs freely: one stream gets all of them, another one only ever
 * the newest.
 *
 *   cc camera_stream.c $(pkg-config --cflags --libs alidade) -o camera_stream
 */
#include "numbers.h"

#include <alidade.h>

#include <inttypes.h>
#include <stdio.h>

enum { FRAMES = 20 };

static int failed(ald_error *why) {
    fprintf(stderr, "%s\n", ald_error_message(why));
    ald_error_unref(why);
    return 1;
}

/* The mean of all pixels. They are read where the camera has written them. */
static double mean_of(const ald_view *view) {
    double sum = 0;
    for (int64_t y = 0; y < view->shape[0]; ++y) {
        const uint16_t *row = (const uint16_t *)((const char *)view->data + y * view->strides[0]);
        for (int64_t x = 0; x < view->shape[1]; ++x) {
            sum += row[x];
        }
    }
    return sum / (double)(view->shape[0] * view->shape[1]);
}

/* Fetches one frame and gives it back at once. */
static int look(ald_frame_stream *stream, const char *who, ald_error **why) {
    ald_frame *frame = NULL;
    ald_view view;
    ald_frame_info info;
    ald_view_init(&view, sizeof view);
    ald_frame_info_init(&info, sizeof info);
    if (ald_frame_stream_next(stream, INT64_C(10000000000), NULL, &frame, &view, why) != ALD_OK) {
        return 0;
    }
    const int known = ald_frame_get_info(frame, &info, why) == ALD_OK;
    printf("%-6s frame %4" PRId64 ", %3" PRId64 " lost before, %s s, mean %s\n", who, info.seq,
           info.lost_before, GENERAL(info.exposure, 6), FIXED(mean_of(&view), 1));
    ald_frame_unref(frame); /* the camera may use the memory again */
    return known;
}

/* The time of exposure is a property of the camera, as all its settings are. */
static int expose(ald_device *camera, double seconds, ald_error **why) {
    ald_value *exposure = NULL;
    const int done =
        ald_value_new_double(seconds, &exposure, why) == ALD_OK &&
        ald_device_set(camera, "exposure", exposure, ALD_WAIT_DEFAULT, NULL, NULL, why) == ALD_OK;
    ald_value_unref(exposure);
    return done;
}

static int watch(ald_device *camera, ald_frame_stream *all, ald_frame_stream *newest,
                 ald_error **why) {
    if (!expose(camera, 0.001, why) ||
        ald_camera_arm(camera, ALD_WAIT_DEFAULT, NULL, why) != ALD_OK) {
        return 0;
    }
    for (int i = 0; i < FRAMES; ++i) {
        if (!look(all, "all", why) || (i % 5 == 4 && !look(newest, "newest", why))) {
            return 0;
        }
    }
    ald_frame_stream_stats stats;
    ald_frame_stream_stats_init(&stats, sizeof stats);
    if (ald_frame_stream_get_stats(newest, &stats, why) != ALD_OK) {
        return 0;
    }
    printf("newest: %" PRId64 " received, %" PRId64 " lost\n", stats.received, stats.lost);
    return ald_camera_disarm(camera, ALD_WAIT_DEFAULT, NULL, why) == ALD_OK;
}

int main(void) {
    static const char json[] = "{\"pattern\": \"gradient\", \"width\": 320, \"height\": 240,"
                               " \"trigger_mode\": \"internal\", \"frame_rate\": 500.0}";
    ald_error *why = NULL;
    ald_value *options = NULL;
    ald_device *camera = NULL;
    ald_frame_stream *all = NULL;
    ald_frame_stream *newest = NULL;
    ald_frame_stream_options wanted;
    ald_frame_stream_options_init(&wanted, sizeof wanted);

    int good =
        ald_value_from_json(json, sizeof json - 1, ALD_JSON_PLAIN, &options, &why) == ALD_OK &&
        ald_device_new("camera", "mock-camera", options, &camera, &why) == ALD_OK &&
        ald_device_open(camera, ALD_WAIT_DEFAULT, NULL, &why) == ALD_OK;
    wanted.policy = ALD_POLICY_LOSSLESS;
    good = good && ald_frame_stream_open(camera, &wanted, &all, &why) == ALD_OK;
    wanted.policy = ALD_POLICY_LATEST;
    good = good && ald_frame_stream_open(camera, &wanted, &newest, &why) == ALD_OK &&
           watch(camera, all, newest, &why);

    ald_frame_stream_unref(newest);
    ald_frame_stream_unref(all);
    ald_device_close(camera);
    ald_device_unref(camera);
    ald_value_unref(options);
    return good ? 0 : failed(why);
}
