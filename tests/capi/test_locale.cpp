// An application in another locale: numbers and case are the library's own affair, and the locale
// stays.
#include "capi/support.hpp"

#include <array>
#include <clocale>
#include <cmath>
#include <cstring>
#include <string_view>
#include <tuple>

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
        EXPECT_EQ(std::setlocale(LC_ALL, nullptr), before_)
            << "the application's locale was changed";
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

std::string formatted(double x, ald_notation notation, std::int32_t digits) {
    std::array<char, 420> text{};
    std::size_t size = 0;
    EXPECT_EQ(ald_number_format(x, notation, digits, text.data(), text.size(), &size, nullptr),
              ALD_OK);
    EXPECT_EQ(size, std::strlen(text.data()));
    return text.data();
}

TEST_P(in_locale, numbers_are_written_with_points) {
    EXPECT_EQ(formatted(12.5, ALD_NOTATION_SHORTEST, 0), "12.5");
    EXPECT_EQ(formatted(0.1 + 0.2, ALD_NOTATION_SHORTEST, 0), "0.30000000000000004");
    EXPECT_EQ(formatted(12.5, ALD_NOTATION_FIXED, 3), "12.500");
    EXPECT_EQ(formatted(2.642e-3, ALD_NOTATION_SCIENTIFIC, 4), "2.6420e-03");
    EXPECT_EQ(formatted(1234567.25, ALD_NOTATION_GENERAL, 15), "1234567.25");
    EXPECT_EQ(formatted(-std::nan(""), ALD_NOTATION_FIXED, 3), "nan");
    EXPECT_EQ(formatted(-HUGE_VAL, ALD_NOTATION_GENERAL, 3), "-inf");
    EXPECT_EQ(formatted(-1.7976931348623157e308, ALD_NOTATION_FIXED, 100).size(), 411U);
    std::array<char, 4> small{'x', 'x', 'x', 'x'};
    error e;
    EXPECT_EQ(ald_number_format(12.5, ALD_NOTATION_FIXED, 1, small.data(), 4, nullptr, e.out()),
              ALD_E_LIMIT);
    EXPECT_NE(message(e).find("room for 4"), std::string::npos) << message(e);
    EXPECT_EQ(small[0], 'x');
    EXPECT_EQ(ald_number_format(12.5, ALD_NOTATION_FIXED, -1, small.data(), 4, nullptr, e.out()),
              ALD_E_RANGE);
    EXPECT_EQ(ald_number_format(12.5, 4, 0, small.data(), 4, nullptr, e.out()), ALD_E_INVALID);
}

struct parsed {
    ald_status status;
    double x;
    std::size_t used;
};

parsed parsed_of(std::string_view text) {
    parsed p{ALD_OK, 0, 0};
    p.status = ald_number_parse(text.data(), text.size(), &p.x, &p.used, nullptr);
    return p;
}

ald_status whole(std::string_view text, double *x) {
    return ald_number_parse(text.data(), text.size(), x, nullptr, nullptr);
}

TEST_P(in_locale, numbers_are_read_with_points) {
    for (const auto &[text, x, used] : {std::tuple{"12.5", 12.5, 4},
                                        {" \r\n+2.6420E-03,x", 2.642e-3, 14},
                                        {"-.5e1 mm", -5.0, 5},
                                        {"12,5", 12.0, 2},
                                        {"7.", 7.0, 2},
                                        {"1.234.567", 1.234, 5}}) {
        const parsed got = parsed_of(text);
        EXPECT_EQ(got.status, ALD_OK) << text;
        EXPECT_EQ(got.x, x) << text;
        EXPECT_EQ(got.used, static_cast<std::size_t>(used)) << text;
    }
    for (const char *text : {"", " ", "x", "+", "-", "+-1", ",5", "0x10x", "\xff\xff"}) {
        const bool hexadecimal = text[0] == '0'; // is 0 and something behind it
        EXPECT_EQ(parsed_of(text).status, hexadecimal ? ALD_OK : ALD_E_INVALID) << text;
    }
    EXPECT_EQ(parsed_of("1e999").status, ALD_E_RANGE);
    double x = 0;
    EXPECT_EQ(whole(" 12.5\n", &x), ALD_OK);
    EXPECT_EQ(x, 12.5);
    EXPECT_EQ(whole("12,5", &x), ALD_E_INVALID);
    EXPECT_EQ(whole("12.5 mm", &x), ALD_E_INVALID);
    EXPECT_EQ(x, 12.5) << "touched by a failure";
    error e;
    EXPECT_EQ(ald_number_parse("\xff", 1, &x, nullptr, e.out()), ALD_E_INVALID);
    EXPECT_EQ(ald_number_parse(nullptr, 1, &x, nullptr, e.out()), ALD_E_INVALID);
}

// What a driver gets from its simulated instrument has gone through text twice.
TEST_P(in_locale, simulated_instruments_have_points) {
    for (const auto &[driver, part, property] : {std::tuple{"newport-1830c", "", "value"},
                                                 {"esp300", "1", "velocity"},
                                                 {"elliptec", "0", "position"}}) {
        const auto d = open_mock(driver, std::string(R"({"uri": "sim:)") + driver + R"("})");
        owned<ald_device> child;
        error e;
        if (*part != '\0') {
            ASSERT_EQ(ald_device_child(d, part, child.out(), e.out()), ALD_OK) << message(e);
        }
        owned<ald_value> v;
        ald_device *const asked = child.get() != nullptr ? child.get() : d.get();
        ASSERT_EQ(ald_device_get(asked, property, ALD_WAIT_DEFAULT, nullptr, v.out(), e.out()),
                  ALD_OK)
            << driver << ": " << message(e);
        EXPECT_TRUE(std::isfinite(double_of(v))) << driver;
        ald_device_close(d);
    }
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
