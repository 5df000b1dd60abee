// The table by which drivers declare what their devices have: what is told to the host, and who
// completes which request with what.
#include "fake_host.hpp"
#include "support/properties.hpp"
#include "support/table.hpp"

#include <gtest/gtest.h>

namespace {

using namespace drivers;

// A lamp with a property of each kind.
struct lamp {
    static constexpr const char *domain = "test";

    lamp(const ald_host &host, ald_node *node, const options &)
        : host(host), node(node), table(host, domain) {
        last = this;
    }

    [[nodiscard]] ald_status declare(ald_error **err) {
        return table.add_to(node, properties(), actions(), err);
    }

    std::vector<property> properties() {
        return {
            {.name = "power",
             .unit = "W",
             .doc = "how bright it is",
             .min = 0,
             .max = 5,
             .get = [this](auto *) -> result<reading> { return power; },
             .set = [this](auto *, const setting &to) -> outcome {
                 if (to.number() > 3) {
                     return fault{ALD_E_STATE, "too hot", 17};
                 }
                 power = to.number() + 0.25; // it has steps
                 return done{};
             }},
            {.name = "count",
             .type = ALD_TYPE_INT,
             .doc = "how often it was lit",
             .get = [](auto *) { return std::int64_t{7}; }},
            {.name = "lit",
             .type = ALD_TYPE_BOOL,
             .doc = "whether it is on",
             .get = [this](auto *) { return lit; },
             .set = [this](auto *, const setting &to) -> outcome {
                 lit = to.flag();
                 return done{};
             }},
            {.name = "color",
             .type = ALD_TYPE_STRING,
             .doc = "its colour",
             .choices = {"red", "blue"},
             .get = [this](auto *) { return color; },
             .set = [this](auto *, const setting &to) -> outcome {
                 color = to.text();
                 return done{};
             }},
            {.name = "heat",
             .unit = "Cel",
             .doc = "how warm it is",
             .get =
                 [](auto *) {
                     return measured{40, 1000, 10, ALD_READING_UNSETTLED};
                 }},
            {.name = "place",
             .doc = "where it is",
             .flags = ALD_SCHEMA_STARTS,
             .get = [](auto *) -> result<reading> {
                 return fault{ALD_E_IO, "no answer"};
             },
             .start =
                 [this](ald_request *request, const setting &to) {
                     goal = to.number();
                     moving = request;
                 }},
        };
    }
    std::vector<action> actions() {
        return {
            {.name = "flash", .doc = "flashes", .run = [](auto *) -> outcome { return done{}; }},
            {.name = "fail",
             .doc = "fails",
             .run = [](auto *) -> outcome {
                 return fault{ALD_E_BUSY, "it is lit"};
             }},
            {.name = "home",
             .doc = "goes home",
             .flags = ALD_ACTION_MOVES,
             .start = [this](ald_request *request) { moving = request; }},
        };
    }

    void submit(ald_request *request) {
        const ald_request_info info = describe(host, request);
        if (info.verb == ALD_VERB_OPEN && shrinks) {
            auto fewer = properties();
            fewer.erase(fewer.begin());
            EXPECT_EQ(table.add_to(node, std::move(fewer), {}, nullptr), ALD_OK);
        }
        if (info.verb == ALD_VERB_OPEN || info.verb == ALD_VERB_CLOSE) {
            complete(host, request);
        } else {
            table.carry_out(request, info);
        }
    }

    const ald_host &host;
    ald_node *node;
    property_table table;
    double power = 1;
    bool lit = false;
    bool shrinks = false;
    std::string color = "red";
    double goal = 0;
    ald_request *moving = nullptr;
    static inline lamp *last = nullptr;
};

const ald_driver &table() {
    driver_functions<lamp>::host = &fake::host();
    static const std::array<ald_schema, 0> none{};
    static const ald_driver driver = driver_table<lamp>("lamp", "A lamp.", none);
    return driver;
}

class property_tables : public testing::Test {
protected:
    property_tables() : device_(table()) {
        EXPECT_EQ(device_.made().status, ALD_OK);
        EXPECT_EQ(device_.open().status, ALD_OK);
    }
    ~property_tables() override { EXPECT_EQ(device_.problems(), std::vector<std::string>{}); }
    [[nodiscard]] lamp &of() { return *lamp::last; }

    fake::device device_;
};

TEST_F(property_tables, tell_the_host_what_there_is) {
    const fake::node &n = *device_.find("");
    ASSERT_EQ(n.properties.size(), 6U);
    const fake::property &power = n.properties[0];
    EXPECT_EQ(power.name, "power");
    EXPECT_EQ(power.unit, "W");
    EXPECT_EQ(power.doc, "how bright it is");
    EXPECT_EQ(power.min, 0);
    EXPECT_EQ(power.max, 5);
    EXPECT_EQ(power.flags, std::uint64_t{ALD_SCHEMA_READ | ALD_SCHEMA_WRITE});
    EXPECT_EQ(n.properties[1].flags, std::uint64_t{ALD_SCHEMA_READ});
    EXPECT_EQ(n.properties[3].choices.size(), 2U);
    EXPECT_EQ(n.properties[3].choices[1], "blue");
    EXPECT_EQ(n.properties[5].flags,
              std::uint64_t{ALD_SCHEMA_READ | ALD_SCHEMA_WRITE | ALD_SCHEMA_STARTS});
    EXPECT_EQ(n.actions, (std::vector<std::string>{"flash", "fail", "home"}));
    EXPECT_EQ(n.action_flags.at("flash"), 0U);
    EXPECT_EQ(n.action_flags.at("home"), std::uint64_t{ALD_ACTION_MOVES});
}

TEST_F(property_tables, read_each_kind_of_value) {
    EXPECT_EQ(device_.get("", "power").value.real(), 1);
    EXPECT_EQ(device_.get("", "count").value.integer(), 7);
    EXPECT_FALSE(device_.get("", "lit").value.flag());
    EXPECT_EQ(device_.get("", "color").value.text(), "red");
    const fake::reply heat = device_.get("", "heat");
    EXPECT_EQ(heat.reading.value, 40);
    EXPECT_EQ(heat.reading.t_mono_ns, 1000);
    EXPECT_EQ(heat.reading.uncertainty_ns, 10);
    EXPECT_EQ(heat.reading.quality, std::uint64_t{ALD_READING_UNSETTLED});
    const fake::reply place = device_.get("", "place");
    EXPECT_EQ(place.status, ALD_E_IO);
    EXPECT_EQ(place.why.domain, "test");
    EXPECT_EQ(place.why.message, "no answer");
}

TEST_F(property_tables, write_and_read_back) {
    EXPECT_EQ(device_.set("", "power", 2.0).value.real(), 2.25);
    EXPECT_TRUE(device_.set("", "lit", true).value.flag());
    EXPECT_EQ(device_.set("", "color", std::string("blue")).value.text(), "blue");
    const fake::reply refused = device_.set("", "power", 4.0);
    EXPECT_EQ(refused.status, ALD_E_STATE);
    EXPECT_EQ(refused.why.message, "too hot");
    EXPECT_EQ(refused.why.native_code, 17);
    EXPECT_EQ(of().power, 2.25);
    EXPECT_EQ(device_.set("", "count", std::int64_t{1}).status, ALD_E_UNSUPPORTED);
}

TEST_F(property_tables, leave_requests_to_rows_that_take_them_over) {
    const auto move = device_.start(ALD_VERB_SET, "", "place", 3.0);
    EXPECT_EQ(of().goal, 3.0);
    complete(fake::host(), of().moving, 3.0);
    EXPECT_EQ(device_.wait(*move).value.real(), 3.0);
    const auto home = device_.start(ALD_VERB_ACT, "", "home");
    complete(fake::host(), of().moving);
    EXPECT_EQ(device_.wait(*home).status, ALD_OK);
}

TEST_F(property_tables, carry_actions_out) {
    EXPECT_EQ(device_.act("", "flash").status, ALD_OK);
    const fake::reply failed = device_.act("", "fail");
    EXPECT_EQ(failed.status, ALD_E_BUSY);
    EXPECT_EQ(failed.why.message, "it is lit");
    EXPECT_EQ(device_.act("", "dance").status, ALD_E_UNSUPPORTED);
}

// The host keeps the places of the first opening.
TEST_F(property_tables, find_rows_by_name_where_places_have_changed) {
    of().shrinks = true;
    EXPECT_EQ(device_.close().status, ALD_OK);
    EXPECT_EQ(device_.open().status, ALD_OK);
    EXPECT_EQ(device_.get("", "count").value.integer(), 7);
    EXPECT_EQ(device_.get("", "color").value.text(), "red");
    const fake::reply gone = device_.get("", "power");
    EXPECT_EQ(gone.status, ALD_E_DISCONNECTED);
    EXPECT_NE(gone.why.message.find("'power' is not there any more"), std::string::npos);
}

} // namespace
