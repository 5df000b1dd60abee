// A camera without an instrument, for trying programs out and for tests: it sees the simulated
// bench, or a moving gradient.
#include "mock_camera/properties.hpp"
#include "support/table.hpp"

namespace {

using namespace drivers;
using mock_camera::camera;

class device {
public:
    static constexpr const char *domain = "camera";

    // No input or output.
    device(const ald_host &host, ald_node *node, const options &given)
        : host_(host), node_(node), camera_(host, node, given), table_(host, domain) {}

    [[nodiscard]] ald_status declare(ald_error **err) {
        if (const ald_status added =
                table_.add_to(node_, mock_camera::properties_of(host_, camera_), actions(), err);
            added != ALD_OK) {
            return added;
        }
        for (const char *name : {"frame_producer", "triggerable", "exposure_control"}) {
            if (const ald_status able = host_.add_capability(node_, name, 1, err); able != ALD_OK) {
                return able;
            }
        }
        return host_.set_identity(node_, "alidade", "mock-camera", "0", "1", err);
    }

    void submit(ald_request *request) {
        const ald_request_info info = describe(host_, request);
        if (info.verb == ALD_VERB_OPEN) {
            open(request);
        } else if (info.verb == ALD_VERB_CLOSE) {
            camera_.disarm();
            complete(host_, request);
        } else {
            table_.carry_out(request, info);
        }
    }

private:
    std::vector<action> actions() {
        return {
            {.name = "arm",
             .doc = "make ready for triggers, or run freely",
             .run =
                 [this](auto *) {
                     return called(host_, [&](auto **err) { return camera_.arm(err); });
                 }},
            {.name = "trigger",
             .doc = "take a frame",
             .run =
                 [this](auto *) {
                     return called(host_, [&](auto **err) { return camera_.trigger(err); });
                 }},
            {.name = "disarm",
             .doc = "take no more frames",
             .run = [this](auto *) -> outcome {
                 camera_.disarm();
                 return done{};
             }},
        };
    }

    void open(ald_request *request) {
        const auto opened = called(host_, [&](auto **err) { return camera_.open(err); });
        if (!opened) {
            refuse(host_, request, domain, opened.error());
            return;
        }
        complete(host_, request);
    }

    const ald_host &host_;
    ald_node *node_;
    camera camera_;
    property_table table_;
};

ald_schema limited(const char *name, ald_type type, const char *unit, const char *doc,
                   const value &initial, double min = none, double max = none) {
    ald_schema s = option(name, type, unit, doc, initial);
    s.min = min;
    s.max = max;
    return s;
}

} // namespace

extern "C" ALD_API const ald_driver *ald_driver_v2(const ald_host *host) {
    if (!fits(host)) {
        return nullptr;
    }
    driver_functions<device>::host = host;
    const auto number = [&](double x) { return make_double(*host, x); };
    const auto integer = [&](std::int64_t x) { return make_int(*host, x); };
    const auto word = [&](const char *x) { return make_string(*host, x); };
    static const std::array initial{integer(640),   integer(480),     integer(16),
                                    word("optics"), word(""),         integer(0),
                                    number(0.01),   number(0.5),      number(100),
                                    number(2),      number(0.5),      number(30000),
                                    number(20),     number(0),        number(20),
                                    number(10),     word("software"), make_bool(*host, true),
                                    integer(0),     integer(0),       integer(0),
                                    make_map(*host)};
    static const value patterns = make_list(*host, {"optics", "gradient"});
    static const value modes = make_list(*host, {"internal", "software", "external"});
    constexpr double tiny = 1e-6;
    static std::array records{
        limited("width", ALD_TYPE_INT, "", "pixels of the sensor", initial[0], 8, 16384),
        limited("height", ALD_TYPE_INT, "", "pixels of the sensor", initial[1], 8, 16384),
        limited("bit_depth", ALD_TYPE_INT, "", "bits of a pixel at the start", initial[2], 8, 16),
        limited("pattern", ALD_TYPE_STRING, "", "what it sees: the bench, or a moving gradient",
                initial[3]),
        limited("bench", ALD_TYPE_STRING, "", "name of the bench; \"\" is that of the lab",
                initial[4]),
        limited("seed", ALD_TYPE_INT, "", "of the noise", initial[5]),
        limited("exposure", ALD_TYPE_DOUBLE, "s", "time of exposure at the start", initial[6], tiny,
                3600),
        limited("gain", ALD_TYPE_DOUBLE, "1", "counts per electron at the start", initial[7], tiny,
                1e6),
        limited("offset", ALD_TYPE_DOUBLE, "1", "counts without light at the start", initial[8], 0,
                65535),
        limited("read_noise", ALD_TYPE_DOUBLE, "1", "standard deviation in electrons", initial[9],
                0),
        limited("dark_current", ALD_TYPE_DOUBLE, "Hz", "electrons per second and pixel at 20 Cel",
                initial[10], 0),
        limited("full_well", ALD_TYPE_DOUBLE, "1", "electrons that a pixel holds", initial[11], 1),
        limited("frame_rate", ALD_TYPE_DOUBLE, "Hz", "most frames per second at the start",
                initial[12], 1e-3, 1e6),
        limited("readout_time", ALD_TYPE_DOUBLE, "s", "how long reading a frame out takes",
                initial[13], 0, 3600),
        limited("cooling_time", ALD_TYPE_DOUBLE, "s", "time constant of the cooling", initial[14],
                1e-3),
        limited("external_rate", ALD_TYPE_DOUBLE, "Hz", "triggers on the input line", initial[15],
                1e-3, 1e6),
        limited("trigger_mode", ALD_TYPE_STRING, "", "what begins an exposure, at the start",
                initial[16]),
        limited("waits", ALD_TYPE_BOOL, "", "whether it waits for a lossless stream", initial[17]),
        limited("lose", ALD_TYPE_INT, "", "a fault: every n-th frame is lost; 0 for none",
                initial[18], 0),
        limited("garble", ALD_TYPE_INT, "", "a fault: every n-th frame is not whole; 0 for none",
                initial[19], 0),
        limited("disconnect_after", ALD_TYPE_INT, "", "a fault: it goes away after n frames",
                initial[20], 0),
        option("metadata", ALD_TYPE_MAP, "", "what each frame carries beside its pixels",
               initial[21]),
    };
    records[3].choices = patterns.get();
    records[16].choices = modes.get();
    static const ald_driver driver = blocking_driver_table<device>(
        "mock-camera", "A camera at the simulated bench, for trying programs out.", records);
    return &driver;
}
