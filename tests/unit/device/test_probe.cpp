// Asking a line whether an instrument of a driver is at its end.
#include "unit/device/line_bench.hpp"

#include "device/probe.hpp"

namespace alidade::testing {
namespace {

constexpr std::int64_t ms = 1'000'000;

// A driver whose instruments answer "ID?".
class asked_instance final : public instance {
public:
    asked_instance(device &root, std::string uri) : root_(root), uri_(std::move(uri)) {}

    void submit(request &r) override {
        if (r.what().verb == ALD_VERB_CLOSE) {
            line_ = nullptr;
            r.complete(value());
            return;
        }
        r.complete(open(r));
    }
    void cancel(request &) override {}

private:
    result<value> open(request &r) {
        auto opened = port::open(r, uri_, {});
        if (!opened) {
            return failure(opened.error());
        }
        line_ = std::move(*opened);
        auto who = ask(*line_, r, "ID?\n");
        if (!who) {
            line_ = nullptr;
            return failure(who.error());
        }
        root_.set_identity({"Newport", *who, "12345", "3.04"});
        return value();
    }

    device &root_;
    std::string uri_;
    std::unique_ptr<port> line_;
};

class asked_driver final : public driver {
public:
    [[nodiscard]] const std::string &name() const override { return name_; }
    [[nodiscard]] const std::string &doc() const override { return name_; }
    [[nodiscard]] bool blocking() const override { return true; }
    [[nodiscard]] std::span<const schema> options() const override { return options_; }
    [[nodiscard]] result<value> discover() const override { return value(list()); }
    [[nodiscard]] result<std::unique_ptr<instance>> create(device &root,
                                                           const value &options) const override {
        return std::make_unique<asked_instance>(root, *options.find("uri")->as_string());
    }

private:
    std::string name_ = "asked";
    std::vector<schema> options_{{.name = "uri", .type = ALD_TYPE_STRING}};
};

class Probe : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        ASSERT_TRUE(drivers::add(std::make_unique<asked_driver>()));
        (void)scripted(true);
    }
    [[nodiscard]] result<ref<op>> start(const std::string &driver, std::int64_t timeout_ns) const {
        return start_probe(driver, "serial:" + other.path(), timeout_ns);
    }
    pty_pair other;
};

TEST_F(Probe, TellsWhoAnswersAndLetsTheLineGo) {
    for (int i = 0; i < 2; ++i) {
        const auto search = start("asked", 2'000 * ms);
        EXPECT_EQ(other.receive("\n"), "ID?\n");
        other.send("ESP300\n");
        const auto found = line_bench::end_of_op(search);
        ASSERT_TRUE(found) << text_of(found);
        EXPECT_EQ(*found->find("driver")->as_string(), "asked");
        EXPECT_EQ(*found->find("uri")->as_string(), "serial:" + other.path());
        EXPECT_EQ(*found->find("vendor")->as_string(), "Newport");
        EXPECT_EQ(*found->find("model")->as_string(), "ESP300");
        EXPECT_EQ(*found->find("serial_number")->as_string(), "12345");
        EXPECT_EQ(*found->find("firmware")->as_string(), "3.04");
    }
}

TEST_F(Probe, NobodyAnswers) {
    const std::int64_t before = mono_ns();
    EXPECT_EQ(code_of(line_bench::end_of_op(start("asked", 100 * ms))), ALD_E_TIMEOUT);
    EXPECT_GE(mono_ns() - before, 100 * ms);
}

TEST_F(Probe, NothingIsThere) {
    const auto end =
        line_bench::end_of_op(start_probe("asked", "serial:/dev/ttyUSB77", 1'000 * ms));
    EXPECT_EQ(code_of(end), ALD_E_NOT_FOUND) << text_of(end);
}

TEST_F(Probe, CanBeCancelled) {
    const auto search = start("asked", ALD_WAIT_DEFAULT);
    EXPECT_EQ(other.receive("\n"), "ID?\n");
    (*search)->cancel();
    EXPECT_EQ(code_of(line_bench::end_of_op(search)), ALD_E_CANCELLED);
}

TEST_F(Probe, DriversWithoutALineAreRefused) {
    const auto refused = start("scripted-blocking", 1'000 * ms);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error()->code(), ALD_E_UNSUPPORTED);
    const auto unknown = start("askde", 1'000 * ms);
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error()->code(), ALD_E_NOT_FOUND);
}

} // namespace
} // namespace alidade::testing
