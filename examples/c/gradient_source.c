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
                             ald_buffer **buffer, ald_view *view, ald_item *item, ald_error **err) {
    const int64_t shape[] = {HEIGHT, WIDTH};
    ald_status status = ALD_OK;
    (void)user_data;
    (void)cancel;
    if (index >= IMAGES) {
        return ALD_E_END;
    }
    status = ald_buffer_new(HEIGHT * WIDTH * sizeof(uint16_t), buffer, err);
    if (status != ALD_OK) {
        return status;
    }
    uint16_t *pixels = ald_buffer_data(*buffer);
    for (int y = 0; y < HEIGHT; ++y) {
        for (int x = 0; x < WIDTH; ++x) {
            pixels[y * WIDTH + x] = (uint16_t)(x + 10 * index);
        }
    }
    item->t_mono_ns = ald_clock_mono_ns();
    return ald_buffer_get_view(*buffer, 0, ALD_DTYPE_UINT16, shape, 2, view, err);
}

/* The mean of an array value. */
static ald_status mean(void *user_data, const ald_value *arguments, const ald_cancel *cancel,
                       ald_value **result, ald_error **err) {
    ald_buffer *buffer = NULL;
    ald_view view;
    double sum = 0;
    (void)user_data;
    (void)cancel;
    ald_view_init(&view, sizeof view);
    const ald_status status = ald_value_get_array(arguments, &buffer, &view, err);
    if (status != ALD_OK) {
        return status;
    }
    for (int64_t y = 0; y < view.shape[0]; ++y) {
        for (int64_t x = 0; x < view.shape[1]; ++x) {
            const char *pixel = (const char *)view.data + y * view.strides[0] + x * view.strides[1];
            sum += *(const uint16_t *)pixel;
        }
    }
    ald_buffer_unref(buffer);
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
        ald_buffer *buffer = NULL;
        ald_value *image = NULL;
        ald_value *measured = NULL;
        ald_view view;
        ald_item item;
        double brightness = 0;
        ald_view_init(&view, sizeof view);
        ald_item_init(&item, sizeof item);
        const ald_status status =
            ald_source_next(source, ALD_WAIT_FOREVER, NULL, &buffer, &view, &item, &why);
        if (status == ALD_E_END) {
            ald_error_unref(why);
            break;
        }
        must(status);
        must(ald_value_new_array(buffer, &view, &image, &why));
        must(ald_callable_call(measure, image, ALD_WAIT_FOREVER, NULL, &measured, &why));
        must(ald_value_get_double(measured, &brightness, &why));
        printf("image %d: mean %s\n", (int)item.index, GENERAL(brightness, 6));
        ald_value_unref(measured);
        ald_value_unref(image);
        ald_buffer_unref(buffer);
    }
    ald_callable_unref(measure);
    ald_source_unref(source);
    return 0;
}
