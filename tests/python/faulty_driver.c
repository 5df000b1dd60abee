/* A driver that does wrong what its option "fault" names: while it is created, or when it is asked.
 */
#include <alidade/driver.h>
#include <string.h>
#include <time.h>

static const ald_host *host;

struct instance {
    ald_node *node;
    char fault[32];
};

static struct instance it;

static int is(const char *fault) { return strcmp(it.fault, fault) == 0; }

static ald_schema schema(const char *name, ald_type type) {
    ald_schema s;
    memset(&s, 0, sizeof s);
    s.struct_size = sizeof s;
    s.type = type;
    s.name = name;
    s.unit = "1";
    s.doc = "";
    s.min = s.max = s.step = 0.0 / 0.0;
    s.flags = ALD_SCHEMA_READ | ALD_SCHEMA_WRITE;
    return s;
}

/* What is told of the node in the wrong way. */
static ald_status declare(ald_node *node, ald_error **err) {
    const ald_view *no_view = NULL;
    ald_frame_sink *sink;
    ald_schema bad = schema("bad", ALD_TYPE_DOUBLE);
    if (is("property-null"))
        return host->add_property(node, NULL, err);
    if (is("property-small")) {
        bad.struct_size = 8;
        return host->add_property(node, &bad, err);
    }
    if (is("property-no-name")) {
        bad.name = NULL;
        return host->add_property(node, &bad, err);
    }
    if (is("property-empty-name")) {
        bad.name = "";
        return host->add_property(node, &bad, err);
    }
    if (is("property-type")) {
        bad.type = 77;
        return host->add_property(node, &bad, err);
    }
    if (is("child-null"))
        return host->add_child(node, NULL, NULL, NULL, err);
    if (is("child-empty"))
        return host->add_child(node, "", NULL, NULL, err);
    if (is("child-failed-null"))
        return host->child_failed(node, NULL, NULL, err);
    if (is("action-null"))
        return host->add_action(node, NULL, "", 0, err);
    if (is("action-empty"))
        return host->add_action(node, "", "", 0, err);
    if (is("action-text"))
        return host->add_action(node, "a", "\xff", 0, err);
    if (is("capability-null"))
        return host->add_capability(node, NULL, 1, err);
    if (is("capability-empty"))
        return host->add_capability(node, "", 1, err);
    if (is("capability-version"))
        return host->add_capability(node, "meter", 0, err);
    if (is("identity-text"))
        return host->set_identity(node, "\xff", NULL, NULL, NULL, err);
    if (is("timeouts"))
        return host->set_timeouts(node, -5, 0, err);
    if (is("node-null"))
        return host->add_child(NULL, "a", NULL, NULL, err);
    if (is("view-null")) {
        const ald_status is_one = host->add_capability(node, "frame_producer", 1, err);
        return is_one ? is_one : host->stream_configure(node, no_view, &sink, err);
    }
    return ALD_OK;
}

static ald_status create(ald_node *node, const ald_value *options, void **instance,
                         ald_error **err) {
    const ald_schema value = schema("value", ALD_TYPE_DOUBLE);
    ald_value *fault = NULL;
    const char *text = "";
    size_t size = 0;
    memset(&it, 0, sizeof it);
    if (host->value_get(options, "fault", &fault, err))
        return ALD_E_INTERNAL;
    if (!host->value_get_string(fault, &text, &size, err) && size < sizeof it.fault)
        memcpy(it.fault, text, size);
    host->value_unref(fault);
    it.node = node;
    *instance = &it;
    if (host->add_property(node, &value, err) || host->add_capability(node, "readable", 1, err))
        return ALD_E_INTERNAL;
    if (is("create-status"))
        return 17;
    return declare(node, err);
}

static void destroy(void *instance) { (void)instance; }

static void nap(void) {
    const struct timespec half = {0, 500000000};
    nanosleep(&half, NULL);
}

static ald_request *kept;

static void cancel(void *instance, ald_request *request) {
    (void)instance;
    (void)request;
}

static void submit(void *instance, ald_request *request) {
    ald_request_info info;
    ald_value *answer = NULL;
    const ald_schema late = schema("late", ALD_TYPE_DOUBLE);
    ald_reading small;
    (void)instance;
    memset(&info, 0, sizeof info);
    info.struct_size = sizeof info;
    host->describe(request, &info);
    if (info.verb != ALD_VERB_GET && info.verb != ALD_VERB_SET) {
        host->complete(request, ALD_OK, NULL, NULL);
        return;
    }
    if (is("text"))
        host->value_new_string("warm", 4, &answer, NULL);
    if (is("nan"))
        host->value_new_double(0.0 / 0.0, &answer, NULL);
    if (is("good"))
        host->value_new_int(3, &answer, NULL);
    if (is("published")) {
        ald_value *text = NULL;
        host->value_new_string("warm", 4, &text, NULL);
        host->publish(info.node, 0, text);
        host->publish(info.node, 7, text);
        host->publish(info.node, -1, text);
        host->value_unref(text);
        host->value_new_double(1.0, &answer, NULL);
    }
    if (is("late")) {
        host->add_property(info.node, &late, NULL);
        host->add_child(info.node, "late", NULL, NULL, NULL);
        host->value_new_double(1.0, &answer, NULL);
    }
    if (is("progress")) {
        host->progress(request, 0.0 / 0.0, 1, "1", "");
        host->progress(request, 0, 1, "\xff", "");
        host->value_new_double(1.0, &answer, NULL);
    }
    if (is("slow")) {
        nap();
        host->value_new_double(1.0, &answer, NULL);
    }
    if (is("never")) {
        kept = request;
        return;
    }
    if (is("twice")) {
        host->value_new_double(1.0, &answer, NULL);
        host->complete(NULL, ALD_OK, NULL, NULL);
    }
    if (is("status")) {
        host->complete(request, 17, NULL, NULL);
        return;
    }
    if (is("status-negative")) {
        host->complete(request, -900, NULL, NULL);
        return;
    }
    if (is("reading-null")) {
        host->complete_reading(request, NULL);
        return;
    }
    if (is("reading-small")) {
        memset(&small, 0, sizeof small);
        small.struct_size = 2;
        host->complete_reading(request, &small);
        return;
    }
    host->complete(request, ALD_OK, answer, NULL);
    if (answer)
        host->value_unref(answer);
}

static ald_driver driver;

const ald_driver *ald_driver_v2(const ald_host *given) {
    static ald_schema option;
    host = given;
    option = schema("fault", ALD_TYPE_STRING);
    driver.struct_size = sizeof driver;
    driver.abi = ALD_DRIVER_ABI;
    driver.name = "faulty";
    driver.doc = "Does what it must not do.";
    driver.options = &option;
    driver.option_stride = sizeof option;
    driver.option_count = 1;
    driver.create = create;
    driver.destroy = destroy;
    driver.submit = submit;
    driver.cancel = cancel;
    TABLE;
    return &driver;
}
