// A host in another locale: numbers and case are the library's own affair, and the locale stays.
#include "capi/support.hpp"

#include <clocale>
#include <cstring>

namespace tests {
namespace {

// German writes decimal commas and groups with points; Turkish has another small I.
class in_locale : public capi, public ::testing::WithParamInterface<const char *> {
protected:
    void SetUp() override {
        ASSERT_NE(std::setlocale(LC_ALL, GetParam()), nullptr)
            << "the locale " << GetParam() << " is not installed; .ci/setup.sh test installs it";
        ASSERT_STREQ(std::localeconv()->decimal_point, ",");
        before_ = std::setlocale(LC_ALL, nullptr);
    }
    void TearDown() override {
        EXPECT_EQ(std::setlocale(LC_ALL, nullptr), before_) << "the host's locale was changed";
        std::setlocale(LC_ALL, "C");
        capi::TearDown();
    }

private:
    std::string before_;
};

std::string to_json(const ald_value *v, std::int32_t mode) {
    owned<ald_buffer> b;
    EXPECT_EQ(ald_value_to_json(v, mode, 0, b.out(), nullptr), ALD_OK);
    return {static_cast<const char *>(ald_buffer_data(b)), ald_buffer_size(b)};
}

TEST_P(in_locale, json_has_points) {
    const auto v = from_json(R"({"x": 1234567.25, "y": [-0.5, 1e-3]})");
    EXPECT_EQ(double_of(item(v, "x")), 1234567.25);
    for (const std::int32_t mode : {ALD_JSON_PLAIN, ALD_JSON_TAGGED}) {
        const std::string text = to_json(v, mode);
        EXPECT_NE(text.find("1234567.25"), std::string::npos) << text;
        owned<ald_value> again;
        ASSERT_EQ(ald_value_from_json(text.data(), text.size(), mode, again.out(), nullptr),
                  ALD_OK);
        EXPECT_EQ(ald_value_equal(v, again), 1);
    }
    owned<ald_value> none;
    EXPECT_EQ(ald_value_from_json("1,5", 3, ALD_JSON_PLAIN, none.out(), nullptr), ALD_E_CORRUPT);
}

TEST_P(in_locale, settings_have_points) {
    constexpr char text[] = "[lab]\nrate = 2.5\ntiny = 1e-9\nTITLE = \"I\"\nwhen = 1979-05-27\n";
    owned<ald_settings> settings;
    error e;
    ASSERT_EQ(ald_settings_parse(text, sizeof(text) - 1, "t", settings.out(), e.out()), ALD_OK)
        << message(e);
    owned<ald_value> v;
    ASSERT_EQ(ald_settings_get(settings, "lab.rate", v.out(), nullptr), ALD_OK);
    EXPECT_EQ(double_of(v), 2.5);
    ASSERT_EQ(ald_settings_get(settings, "lab.tiny", v.out(), nullptr), ALD_OK);
    EXPECT_EQ(double_of(v), 1e-9);
    EXPECT_EQ(ald_settings_get(settings, "lab.title", v.out(), e.out()), ALD_E_NOT_FOUND);
    EXPECT_EQ(ald_settings_parse("a = 2,5\n", 8, "t", settings.out(), nullptr), ALD_E_CORRUPT);
}

TEST_P(in_locale, units_have_points) {
    double x = 0;
    ASSERT_EQ(ald_unit_convert(1.5, "mm", "um", &x, nullptr), ALD_OK);
    EXPECT_DOUBLE_EQ(x, 1500);
    ASSERT_EQ(ald_unit_convert(2, "MHz", "Hz", &x, nullptr), ALD_OK);
    EXPECT_DOUBLE_EQ(x, 2e6);
}

TEST_P(in_locale, messages_have_points) {
    const auto d = open_mock("mock-movable", R"({"max": 10.25})");
    error e;
    EXPECT_EQ(ald_movable_move_abs(d, 1234.5, -2, nullptr, e.out()), ALD_E_RANGE);
    EXPECT_NE(message(e).find("1234.5"), std::string::npos) << message(e);
    EXPECT_NE(message(e).find("10.25 mm"), std::string::npos) << message(e);
}

TEST_P(in_locale, names_are_not_folded) {
    owned<ald_device> d;
    error e;
    EXPECT_EQ(ald_device_new("x", "MOCK-READABLE", nullptr, d.out(), e.out()), ALD_E_NOT_FOUND);
    std::int32_t kind = 0;
    EXPECT_EQ(ald_event_register("i.i", &kind, nullptr), ALD_OK);
    EXPECT_EQ(ald_event_register("I.I", &kind, nullptr), ALD_E_INVALID);
    EXPECT_EQ(ald_event_register("\xc4\xb1.ended", &kind, nullptr), ALD_E_INVALID);
}

INSTANTIATE_TEST_SUITE_P(of, in_locale, ::testing::Values("de_DE.UTF-8", "tr_TR.UTF-8"),
                         [](const auto &each) { return std::string(each.param, 5); });

} // namespace
} // namespace tests
