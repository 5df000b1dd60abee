/*
 * A driver outside the source tree of alidade: a number in a file, as Linux shows sensors, fans,
 * lamps and pins under /sys.
 *
 *   make && ALIDADE_DRIVER_PATH=$PWD your-program
 *
 *   [devices.board]
 *   driver = "sysfs"
 *   file = "/sys/class/thermal/thermal_zone0/temp"
 *   scale = 0.001                # the file has thousandths of a degree
 *   unit = "Cel"
 *
 * It is linked with nothing of alidade: all that it calls is in the table `ald_host`.
 */
#define _POSIX_C_SOURCE 200809L

#include <alidade/driver.h>

#include <errno.h>
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ald_host *host;

struct sensor {
    ald_node *node;
    char *path;
    double scale;
    double safe;
};

/* Failures */

static ald_status status_of(int number) {
    switch (number) {
    case ENOENT:
    case ENODEV:
    case ENXIO: return ALD_E_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS: return ALD_E_PERMISSION;
    case EBUSY: return ALD_E_BUSY;
    case ENOMEM: return ALD_E_NO_MEMORY;
    default: return ALD_E_IO;
    }
}

static ald_error *error_about(const char *path, ald_status code, int number, const char *what) {
    char message[512];
    snprintf(message, sizeof message, "'%s' %s", path, what);
    return host->error_new(code, "sysfs", number, message);
}

/* The file. Both give ALD_OK, or a status and an owned error. */

static ald_status read_number(const struct sensor *s, double *number, ald_error **error) {
    char text[64];
    size_t size = 0;
    FILE *file = fopen(s->path, "re");
    if (file == NULL) {
        const int why = errno;
        *error = error_about(s->path, status_of(why), why, strerror(why));
        return status_of(why);
    }
    errno = 0;
    size = fread(text, 1, sizeof text, file);
    if (ferror(file)) {
        const int why = errno;
        fclose(file);
        *error = error_about(s->path, status_of(why), why, strerror(why));
        return status_of(why);
    }
    fclose(file);
    /* Not strtod: it wants a comma for the point where the program has such a locale. */
    if (host->number_parse(text, size, number, NULL, NULL) != ALD_OK ||
        !isfinite(*number *= s->scale)) {
        *error = error_about(s->path, ALD_E_PROTOCOL, 0, "holds no number; give another file");
        return ALD_E_PROTOCOL;
    }
    return ALD_OK;
}

static ald_status write_number(const struct sensor *s, double number, ald_error **error) {
    int failed = 0;
    char text[32];
    FILE *file = NULL;
    /* Not "%.15g": where the program has such a locale that writes "12,5", which is 12 to Linux. */
    ald_status status = host->number_format(number / s->scale, ALD_NOTATION_GENERAL, 15, text,
                                            sizeof text, NULL, error);
    if (status != ALD_OK) {
        return status;
    }
    file = fopen(s->path, "r+e"); /* never makes one */
    if (file == NULL) {
        const int why = errno;
        *error = error_about(s->path, status_of(why), why, strerror(why));
        return status_of(why);
    }
    failed = fprintf(file, "%s\n", text) < 0;
    failed = fclose(file) != 0 || failed;
    if (failed) {
        const int why = errno;
        *error = error_about(s->path, status_of(why), why, strerror(why));
        return status_of(why);
    }
    return ALD_OK;
}

/* What the device has, in the order in which it is added: a request names its row by that place. */

struct row {
    const char *name;
    const char *doc;
    ald_status (*get)(const struct sensor *s, double *number, ald_error **error);
    ald_status (*set)(const struct sensor *s, double number,
                      ald_error **error); /* NULL: read only */
};

static const struct row rows[] = {
    {"value", "the number in the file", read_number, NULL},
    {"output", "the number to write to the file", read_number, write_number},
};
enum { row_count = sizeof rows / sizeof rows[0] };

/* Requests */

static void answer(const struct sensor *s, ald_request *request, ald_status status,
                   ald_error *error, double number) {
    ald_reading reading;
    if (status != ALD_OK) {
        if (status == ALD_E_NOT_FOUND) { /* it was there when the device was opened */
            host->disconnected(s->node, "its file is gone");
        }
        host->complete(request, status, NULL, error);
        host->error_unref(error);
        return;
    }
    memset(&reading, 0, sizeof reading);
    reading.struct_size = sizeof reading;
    reading.value = number;
    host->complete_reading(request, &reading); /* times that are 0 mean now */
}

static void open_it(const struct sensor *s, ald_request *request) {
    double number = 0;
    ald_error *error = NULL;
    const ald_status status = read_number(s, &number, &error);
    host->complete(request, status, NULL, error);
    host->error_unref(error);
}

static void get_it(const struct sensor *s, ald_request *request, const struct row *of) {
    double number = 0;
    ald_error *error = NULL;
    const ald_status status = of->get(s, &number, &error);
    answer(s, request, status, error, number);
}

static void set_it(const struct sensor *s, ald_request *request, const struct row *of, double to) {
    ald_error *error = NULL;
    const ald_status status = of->set(s, to, &error);
    if (status != ALD_OK) {
        answer(s, request, status, error, 0);
    } else { /* what the instrument has now, not what it was asked for */
        get_it(s, request, of);
    }
}

static void submit(void *instance, ald_request *request) {
    const struct sensor *s = instance;
    ald_request_info info;
    memset(&info, 0, sizeof info);
    info.struct_size = sizeof info;
    host->describe(request, &info);
    switch (info.verb) {
    case ALD_VERB_OPEN: open_it(s, request); break;
    case ALD_VERB_GET: get_it(s, request, &rows[info.property]); break;
    case ALD_VERB_SET: set_it(s, request, &rows[info.property], info.number); break;
    case ALD_VERB_ACT: set_it(s, request, &rows[1], s->safe); break; /* "safe" is the only action */
    default: host->complete(request, ALD_OK, NULL, NULL); break;     /* close: nothing to release */
    }
}

/* Making a device */

static ald_schema record(const char *name, ald_type type, const char *unit, const char *doc) {
    ald_schema s;
    memset(&s, 0, sizeof s);
    s.struct_size = sizeof s;
    s.type = type;
    s.name = name;
    s.unit = unit;
    s.doc = doc;
    s.min = NAN;
    s.max = NAN;
    s.step = NAN;
    s.flags = ALD_SCHEMA_READ;
    return s;
}

/* An option of the complete and checked map; owned. */
static ald_value *option(const ald_value *options, const char *name) {
    ald_value *found = NULL;
    (void)host->value_get(options, name, &found, NULL);
    return found;
}

static double number_option(const ald_value *options, const char *name) {
    double number = NAN;
    ald_value *found = option(options, name);
    (void)host->value_get_double(found, &number, NULL);
    host->value_unref(found);
    return number;
}

static int32_t flag_option(const ald_value *options, const char *name) {
    int32_t flag = 0;
    ald_value *found = option(options, name);
    (void)host->value_get_bool(found, &flag, NULL);
    host->value_unref(found);
    return flag;
}

static char *text_option(const ald_value *options, const char *name) {
    const char *text = NULL;
    size_t size = 0;
    char *copy = NULL;
    ald_value *found = option(options, name);
    if (host->value_get_string(found, &text, &size, NULL) == ALD_OK) {
        copy = malloc(size + 1);
        if (copy != NULL) {
            memcpy(copy, text, size);
            copy[size] = '\0';
        }
    }
    host->value_unref(found);
    return copy;
}

static ald_status describe_node(ald_node *node, const char *unit, int32_t writable, int32_t starts,
                                ald_error **err) {
    ald_status status = ALD_OK;
    int i = 0;
    for (i = 0; i < row_count && status == ALD_OK; ++i) {
        ald_schema s = record(rows[i].name, ALD_TYPE_DOUBLE, unit, rows[i].doc);
        if (rows[i].set != NULL && !writable) {
            continue;
        }
        if (rows[i].set != NULL) {
            s.flags |= ALD_SCHEMA_WRITE;
        }
        if (rows[i].set != NULL &&
            starts) { /* refused while an emergency stop holds; "safe" is not */
            s.flags |= ALD_SCHEMA_STARTS;
        }
        status = host->add_property(node, &s, err);
    }
    if (status == ALD_OK) {
        status = host->add_capability(node, "readable", 1, err);
    }
    if (status == ALD_OK && writable) {
        status = host->add_action(node, "safe", "write the number that is safe", 0, err);
    }
    return status;
}

static void destroy(void *instance) {
    struct sensor *s = instance;
    free(s->path);
    free(s);
}

static ald_status create(ald_node *node, const ald_value *options, void **instance,
                         ald_error **err) {
    ald_status status = ALD_E_NO_MEMORY;
    struct sensor *s = calloc(1, sizeof *s);
    char *unit = text_option(options, "unit");
    if (s != NULL) {
        s->node = node;
        s->path = text_option(options, "file");
        s->scale = number_option(options, "scale");
        s->safe = number_option(options, "safe");
    }
    if (s != NULL && s->path != NULL && unit != NULL) {
        status = describe_node(node, unit, flag_option(options, "writable"),
                               flag_option(options, "starts"), err);
    }
    free(unit); /* records are copied */
    if (status != ALD_OK && s != NULL) {
        destroy(s);
        s = NULL;
    }
    *instance = s;
    return status;
}

/* Candidates: the temperatures of this computer. Nothing is written to find them. */

static ald_status put_text(ald_value *map, const char *key, const char *text, ald_error **err) {
    ald_value *item = NULL;
    ald_status status = host->value_new_string(text, strlen(text), &item, err);
    if (status == ALD_OK) {
        status = host->value_set(map, key, strlen(key), item, err);
    }
    host->value_unref(item);
    return status;
}

static ald_status candidate(ald_value *list, const char *path, ald_error **err) {
    ald_value *found = NULL;
    ald_value *options = NULL;
    ald_value *scale = NULL;
    ald_status status = host->value_new_map(&found, err);
    if (status == ALD_OK) {
        status = host->value_new_map(&options, err);
    }
    if (status == ALD_OK) {
        status = host->value_new_double(0.001, &scale, err);
    }
    if (status == ALD_OK) {
        status = put_text(options, "file", path, err);
    }
    if (status == ALD_OK) {
        status = put_text(options, "unit", "Cel", err);
    }
    if (status == ALD_OK) {
        status = host->value_set(options, "scale", strlen("scale"), scale, err);
    }
    if (status == ALD_OK) {
        status = put_text(found, "name", "temperature", err);
    }
    if (status == ALD_OK) {
        status = put_text(found, "description", path, err);
    }
    if (status == ALD_OK) {
        status = host->value_set(found, "options", strlen("options"), options, err);
    }
    if (status == ALD_OK) {
        status = host->value_append(list, found, err);
    }
    host->value_unref(scale);
    host->value_unref(options);
    host->value_unref(found);
    return status;
}

static ald_status discover(ald_value **candidates, ald_error **err) {
    glob_t files;
    ald_status status = host->value_new_list(candidates, err);
    if (status == ALD_OK && glob("/sys/class/thermal/thermal_zone*/temp", 0, NULL, &files) == 0) {
        size_t i = 0;
        for (i = 0; i < files.gl_pathc && status == ALD_OK; ++i) {
            status = candidate(*candidates, files.gl_pathv[i], err);
        }
        globfree(&files);
    }
    return status;
}

/* The driver */

#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
const ald_driver *
ald_driver_v2(const ald_host *given);

const ald_driver *ald_driver_v2(const ald_host *given) {
    static ald_schema options[6];
    static ald_driver driver;
    ald_value *one = NULL;
    ald_value *zero = NULL;
    ald_value *no = NULL;
    ald_value *plain = NULL;
    if (given->struct_size < sizeof *given) {
        return NULL; /* a library that is older than these headers */
    }
    host = given;
    if (host->value_new_double(1, &one, NULL) != ALD_OK ||
        host->value_new_double(0, &zero, NULL) != ALD_OK ||
        host->value_new_bool(0, &no, NULL) != ALD_OK ||
        host->value_new_string("1", 1, &plain, NULL) != ALD_OK) {
        return NULL;
    }
    options[0] = record("file", ALD_TYPE_STRING, "", "the file with the number");
    options[0].flags |= ALD_SCHEMA_REQUIRED;
    options[1] = record("unit", ALD_TYPE_STRING, "", "unit of the number (UCUM)");
    options[1].initial = plain;
    options[2] =
        record("scale", ALD_TYPE_DOUBLE, "", "what the number in the file is multiplied by");
    options[2].initial = one;
    options[3] = record("writable", ALD_TYPE_BOOL, "", "whether it can be written");
    options[3].initial = no;
    options[4] = record("safe", ALD_TYPE_DOUBLE, "", "what the action \"safe\" writes");
    options[4].initial = zero;
    options[5] =
        record("starts", ALD_TYPE_BOOL, "", "whether writing it starts a motion or an exposure");
    options[5].initial = no;

    driver.struct_size = sizeof driver;
    driver.abi = ALD_DRIVER_ABI;
    driver.name = "sysfs";
    driver.doc = "A number in a file, as Linux shows sensors and pins under /sys.";
    driver.flags = ALD_DRIVER_BLOCKING; /* a sensor may take its time */
    driver.options = options;
    driver.option_stride = sizeof options[0];
    driver.option_count = (int64_t)(sizeof options / sizeof options[0]);
    driver.create = create;
    driver.destroy = destroy;
    driver.submit = submit;
    driver.discover = discover;
    return &driver;
}
