// A camera without an instrument, for trying programs out and for tests: it sees the simulated
// bench, or a moving gradient.
#include "mock_camera/properties.hpp"

#include <array>
#include <new>

namespace {

using namespace drivers;
using mock_camera::camera;

const ald_host *host = nullptr;

void act(camera &c, ald_request *request, std::string_view action) {
    ald_error *why = nullptr;
    ald_status done = ALD_OK;
    if (action == "arm") {
        done = c.arm(&why);
    } else if (action == "trigger") {
        done = c.trigger(&why);
    } else {
        c.disarm();
    }
    host->complete(request, done, nullptr, why);
    host->error_unref(why);
}

void open(camera &c, ald_request *request) {
    ald_error *why = nullptr;
    const ald_status done = c.open(&why);
    host->complete(request, done, nullptr, why);
    host->error_unref(why);
}

ald_status declare(ald_node *node, const camera &c, ald_error **err) {
    if (const ald_status added = mock_camera::add_properties(*host, node, c, err);
        added != ALD_OK) {
        return added;
    }
    for (const auto &[name, doc] :
         {std::pair("arm", "make ready for triggers, or run freely"),
          std::pair("trigger", "take a frame"), std::pair("disarm", "take no more frames")}) {
        if (const ald_status added = host->add_action(node, name, doc, err); added != ALD_OK) {
            return added;
        }
    }
    for (const char *name : {"frame_producer", "triggerable", "exposure_control"}) {
        if (const ald_status able = host->add_capability(node, name, 1, err); able != ALD_OK) {
            return able;
        }
    }
    return host->set_identity(node, "alidade", "mock-camera", "0", "1", err);
}

ald_status create(ald_node *node, const ald_value *map, void **instance, ald_error **err) try {
    const options given(*host, map);
    auto *made = new (std::nothrow) camera(*host, node, given);
    if (made == nullptr) {
        return ALD_E_NO_MEMORY;
    }
    const ald_status declared = declare(node, *made, err);
    if (declared != ALD_OK) {
        delete made;
        return declared;
    }
    *instance = made;
    return ALD_OK;
} catch (const std::bad_alloc &) {
    return ALD_E_NO_MEMORY;
}

void destroy(void *instance) { delete static_cast<camera *>(instance); }

void carry_out(camera &c, ald_request *request) {
    const ald_request_info info = describe(*host, request);
    switch (info.verb) {
    case ALD_VERB_OPEN: open(c, request); return;
    case ALD_VERB_GET: mock_camera::get_property(*host, c, request, info); return;
    case ALD_VERB_SET: mock_camera::set_property(*host, c, request, info); return;
    case ALD_VERB_ACT: act(c, request, info.name); return;
    default: // close
        c.disarm();
        complete(*host, request);
        return;
    }
}

void submit(void *instance, ald_request *request) {
    try {
        carry_out(*static_cast<camera *>(instance), request);
    } catch (const std::bad_alloc &) { // only before the request is completed
        host->complete(request, ALD_E_NO_MEMORY, nullptr, nullptr);
    }
}

value words(std::initializer_list<const char *> all) {
    ald_value *made = nullptr;
    host->value_new_list(&made, nullptr);
    for (const char *word : all) {
        host->value_append(made, make_string(*host, word).get(), nullptr);
    }
    return {*host, made};
}

value no_metadata() {
    ald_value *made = nullptr;
    host->value_new_map(&made, nullptr);
    return {*host, made};
}

ald_schema option(const char *name, ald_type type, const char *unit, const char *doc,
                  const value &initial, double min = none, double max = none) {
    ald_schema s = record(name, type, unit, doc);
    s.initial = initial.get();
    s.min = min;
    s.max = max;
    return s;
}

} // namespace

extern "C" const ald_driver *ald_driver_v1(const ald_host *given) {
    host = given;
    static const auto number = [](double x) { return make_double(*host, x); };
    static const auto integer = [](std::int64_t x) { return make_int(*host, x); };
    static const auto word = [](const char *x) { return make_string(*host, x); };
    static const std::array initial{integer(640),   integer(480),     integer(16),
                                    word("optics"), word(""),         integer(0),
                                    number(0.01),   number(0.5),      number(100),
                                    number(2),      number(0.5),      number(30000),
                                    number(20),     number(0),        number(20),
                                    number(10),     word("software"), make_bool(*host, true),
                                    integer(0),     integer(0),       integer(0),
                                    no_metadata()};
    static const value patterns = words({"optics", "gradient"});
    static const value modes = words({"internal", "software", "external"});
    constexpr double tiny = 1e-6;
    static std::array records{
        option("width", ALD_TYPE_INT, "", "pixels of the sensor", initial[0], 8, 16384),
        option("height", ALD_TYPE_INT, "", "pixels of the sensor", initial[1], 8, 16384),
        option("bit_depth", ALD_TYPE_INT, "", "bits of a pixel at the start", initial[2], 8, 16),
        option("pattern", ALD_TYPE_STRING, "", "what it sees: the bench, or a moving gradient",
               initial[3]),
        option("bench", ALD_TYPE_STRING, "", "name of the bench; \"\" is that of the lab",
               initial[4]),
        option("seed", ALD_TYPE_INT, "", "of the noise", initial[5]),
        option("exposure", ALD_TYPE_DOUBLE, "s", "time of exposure at the start", initial[6], tiny,
               3600),
        option("gain", ALD_TYPE_DOUBLE, "1", "counts per electron at the start", initial[7], tiny,
               1e6),
        option("offset", ALD_TYPE_DOUBLE, "1", "counts without light at the start", initial[8], 0,
               65535),
        option("read_noise", ALD_TYPE_DOUBLE, "1", "standard deviation in electrons", initial[9],
               0),
        option("dark_current", ALD_TYPE_DOUBLE, "Hz", "electrons per second and pixel at 20 Cel",
               initial[10], 0),
        option("full_well", ALD_TYPE_DOUBLE, "1", "electrons that a pixel holds", initial[11], 1),
        option("frame_rate", ALD_TYPE_DOUBLE, "Hz", "most frames per second at the start",
               initial[12], 1e-3, 1e6),
        option("readout_time", ALD_TYPE_DOUBLE, "s", "how long reading a frame out takes",
               initial[13], 0, 3600),
        option("cooling_time", ALD_TYPE_DOUBLE, "s", "time constant of the cooling", initial[14],
               1e-3),
        option("external_rate", ALD_TYPE_DOUBLE, "Hz", "triggers on the input line", initial[15],
               1e-3, 1e6),
        option("trigger_mode", ALD_TYPE_STRING, "", "what begins an exposure, at the start",
               initial[16]),
        option("waits", ALD_TYPE_BOOL, "", "whether it waits for a lossless stream", initial[17]),
        option("lose", ALD_TYPE_INT, "", "a fault: every n-th frame is lost; 0 for none",
               initial[18], 0),
        option("garble", ALD_TYPE_INT, "", "a fault: every n-th frame is not whole; 0 for none",
               initial[19], 0),
        option("disconnect_after", ALD_TYPE_INT, "", "a fault: it goes away after n frames",
               initial[20], 0),
        option("metadata", ALD_TYPE_MAP, "", "what each frame carries beside its pixels",
               initial[21]),
    };
    records[3].choices = patterns.get();
    records[16].choices = modes.get();
    static const ald_driver driver{
        .struct_size = sizeof(ald_driver),
        .abi = ALD_DRIVER_ABI,
        .name = "mock-camera",
        .doc = "A camera at the simulated bench, for trying programs out.",
        .flags = ALD_DRIVER_BLOCKING,
        .options = records.data(),
        .option_stride = sizeof(ald_schema),
        .option_count = static_cast<std::int64_t>(records.size()),
        .create = create,
        .destroy = destroy,
        .submit = submit,
        .cancel = nullptr,
        .discover = nullptr,
        .instruments = nullptr,
        .instrument_stride = 0,
        .instrument_count = 0,
    };
    return &driver;
}
