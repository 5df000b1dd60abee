/*
 * A source of images that a function makes, and a callable that measures them. Whatever takes a
 * source or a callable of the library takes these too.
 *
 *   cc gradient_source.c $(pkg-config --cflags --libs alidade) -o gradient_source
 */
#include "numbers.h"

#include <alidade.h>

#include <stdio.h>
#include <stdlib.h>

enum { HEIGHT = 48, WIDTH = 64, IMAGES = 5 };

static ald_error *why = NULL;

static void must(ald_status status) {
    if (status != ALD_OK) {
        fprintf(stderr, "%s %s\n", ald_error_message(why), ald_error_where(why));
        exit(1);
    }
}

/* Image number `index`: brightness grows to the right, and by 10 from image to image. */
static ald_status make_image(void *user_data, int64_t index, const ald_cancel *cancel,
                             ald_frame **frame, ald_error **err) {
    const int64_t shape[] = {HEIGHT, WIDTH};
    ald_buffer *memory = NULL;
    ald_view view;
    ald_frame_info info;
    ald_view_init(&view, sizeof view);
    ald_frame_info_init(&info, sizeof info);
    (void)user_data;
    (void)cancel;
    if (index >= IMAGES) {
        return ALD_E_END;
    }
    ald_status status = ald_buffer_new(HEIGHT * WIDTH * sizeof(uint16_t), &memory, err);
    if (status != ALD_OK) {
        return status;
    }
    uint16_t *pixels = ald_buffer_data(memory);
    for (int y = 0; y < HEIGHT; ++y) {
        for (int x = 0; x < WIDTH; ++x) {
            pixels[y * WIDTH + x] = (uint16_t)(x + 10 * index);
        }
    }
    info.t_mono_ns = ald_clock_mono_ns();
    status = ald_buffer_get_view(memory, 0, ALD_DTYPE_UINT16, shape, 2, &view, err);
    if (status == ALD_OK) {
        status = ald_frame_new(&view, memory, &info, NULL, frame, err);
    }
    ald_buffer_unref(memory); /* the frame keeps it */
    return status;
}

/* The mean of a value that holds a frame. */
static ald_status mean(void *user_data, const ald_value *arguments, const ald_cancel *cancel,
                       ald_value **result, ald_error **err) {
    void *frame = NULL;
    ald_view view;
    double sum = 0;
    (void)user_data;
    (void)cancel;
    ald_view_init(&view, sizeof view);
    ald_status status = ald_value_get_handle(arguments, &frame, err);
    if (status == ALD_OK) {
        status = ald_frame_get_view(frame, &view, err);
    }
    if (status != ALD_OK) {
        ald_handle_unref(frame);
        return status;
    }
    for (int64_t y = 0; y < view.shape[0]; ++y) {
        for (int64_t x = 0; x < view.shape[1]; ++x) {
            const char *pixel = (const char *)view.data + y * view.strides[0] + x * view.strides[1];
            sum += *(const uint16_t *)pixel;
        }
    }
    ald_handle_unref(frame);
    return ald_value_new_double(sum / (double)(view.shape[0] * view.shape[1]), result, err);
}

int main(void) {
    ald_source *source = NULL;
    ald_callable *measure = NULL;
    ald_source_info info;
    ald_source_info_init(&info, sizeof info);
    info.dtype = ALD_DTYPE_UINT16;
    info.count = IMAGES;
    info.ndim = 2;
    info.shape[0] = HEIGHT;
    info.shape[1] = WIDTH;
    must(ald_source_new_callback(&info, make_image, NULL, NULL, &source, &why));
    must(ald_callable_new("mean", mean, NULL, NULL, &measure, &why));

    for (;;) {
        ald_frame *frame = NULL;
        ald_value *image = NULL;
        ald_value *measured = NULL;
        ald_frame_info info_of_frame;
        double brightness = 0;
        ald_frame_info_init(&info_of_frame, sizeof info_of_frame);
        const ald_status status = ald_source_next(source, ALD_WAIT_FOREVER, NULL, &frame, &why);
        if (status == ALD_E_END) {
            ald_error_unref(why);
            break;
        }
        must(status);
        must(ald_frame_get_info(frame, &info_of_frame, &why));
        must(ald_value_new_handle(frame, &image, &why));
        must(ald_callable_call(measure, image, ALD_WAIT_FOREVER, NULL, &measured, &why));
        must(ald_value_get_double(measured, &brightness, &why));
        printf("image %d: mean %s\n", (int)info_of_frame.index, GENERAL(brightness, 6));
        ald_value_unref(measured);
        ald_value_unref(image);
        ald_frame_unref(frame);
    }
    ald_callable_unref(measure);
    ald_source_unref(source);
    return 0;
}
