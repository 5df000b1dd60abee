// A driver whose answers a test decides: it keeps requests until the test completes them.
#pragma once

#include "device/capabilities/movable.hpp"
#include "device/capabilities/readable.hpp"
#include "device/device.hpp"
#include "device/lab.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace alidade::testing {

// What one instance was asked, seen and steered by the test.
class script {
public:
    // Runs in `submit`, on the thread that submits; by default completes at once.
    std::function<void(request &)> on_submit = [](request &r) { r.complete(value(1.5)); };
    std::function<void(request &)> on_open = [](request &r) { r.complete(value()); };
    std::function<void(request &)> on_cancel = [](request &) {};
    std::atomic<int> submitted{0};
    std::atomic<int> cancelled{0};
    std::atomic<int> most_at_once{0};
    std::atomic<int> inside{0};
    std::atomic<bool> destroyed{false};
};

class scripted_instance final : public instance {
public:
    explicit scripted_instance(std::shared_ptr<script> s) : script_(std::move(s)) {}
    ~scripted_instance() override { script_->destroyed = true; }

    void submit(request &r) override {
        const int now = ++script_->inside;
        int most = script_->most_at_once;
        while (now > most && !script_->most_at_once.compare_exchange_weak(most, now)) {
        }
        ++script_->submitted;
        if (r.what().verb == ALD_VERB_OPEN) {
            script_->on_open(r);
        } else if (r.what().verb == ALD_VERB_CLOSE) {
            r.complete(value());
        } else {
            script_->on_submit(r);
        }
        --script_->inside;
    }
    void cancel(request &r) override {
        ++script_->cancelled;
        script_->on_cancel(r);
    }

private:
    std::shared_ptr<script> script_;
};

class scripted_driver final : public driver {
public:
    scripted_driver(std::string name, bool blocking)
        : name_(std::move(name)), blocking_(blocking) {}

    [[nodiscard]] const std::string &name() const override { return name_; }
    [[nodiscard]] const std::string &doc() const override { return name_; }
    [[nodiscard]] bool blocking() const override { return blocking_; }
    [[nodiscard]] std::span<const schema> options() const override { return {}; }
    [[nodiscard]] result<value> discover() const override { return value(list()); }
    [[nodiscard]] result<std::unique_ptr<instance>> create(device &root,
                                                           const value &) const override {
        const std::uint64_t both = ALD_SCHEMA_READ | ALD_SCHEMA_WRITE;
        EXPECT_TRUE(root.add_property({.name = "value", .type = ALD_TYPE_DOUBLE, .unit = "V"}));
        EXPECT_TRUE(root.add_property({.name = "position",
                                       .type = ALD_TYPE_DOUBLE,
                                       .unit = "mm",
                                       .min = 0,
                                       .max = 10,
                                       .flags = both}));
        EXPECT_TRUE(root.add_property({.name = "settled", .type = ALD_TYPE_BOOL}));
        EXPECT_TRUE(root.add_property({.name = "reply", .type = ALD_TYPE_ANY}));
        EXPECT_TRUE(root.add_action("stop", ""));
        EXPECT_TRUE(root.add_action("home", ""));
        EXPECT_TRUE(root.add_capability("readable", 1));
        EXPECT_TRUE(root.add_capability("movable", 1));
        return std::make_unique<scripted_instance>(next);
    }

    // Given to the next instance.
    mutable std::shared_ptr<script> next = std::make_shared<script>();

private:
    std::string name_;
    bool blocking_;
};

// One of each, registered once in the process.
inline const scripted_driver &scripted(bool blocking) {
    static const auto make_one = [](const char *name, bool blocks) {
        auto made = std::make_unique<scripted_driver>(name, blocks);
        const scripted_driver *kept = made.get();
        EXPECT_TRUE(drivers::add(std::move(made)));
        return kept;
    };
    static const scripted_driver *quick = make_one("scripted", false);
    static const scripted_driver *slow = make_one("scripted-blocking", true);
    return blocking ? *slow : *quick;
}

// A lab with one open device.
struct bench {
    explicit bench(bool blocking) : steps(std::make_shared<script>()), home(make<lab>("bench")) {
        const scripted_driver &kind = scripted(blocking);
        kind.next = steps;
        auto added = home->add("thing", kind.name(), value());
        EXPECT_TRUE(added);
        thing = *added;
        auto opened = thing->start_open(ALD_WAIT_DEFAULT);
        EXPECT_TRUE(opened);
        EXPECT_TRUE((*opened)->wait(deadline_after(5'000'000'000), nullptr));
        EXPECT_EQ(thing->state(), ALD_DEVICE_OPEN);
    }
    bench(const bench &) = delete;
    bench &operator=(const bench &) = delete;
    ~bench() { home->close(); }

    std::shared_ptr<script> steps;
    ref<lab> home;
    ref<device> thing;
};

// The status with which an operation ended, OK among them.
inline ald_status end_of(const result<ref<op>> &started) {
    if (!started) {
        return started.error()->code();
    }
    EXPECT_TRUE((*started)->wait(deadline_after(10'000'000'000), nullptr)) << "it never ended";
    const auto r = (*started)->result_of();
    return r ? ALD_OK : r.error()->code();
}

inline bool eventually(const std::function<bool()> &condition) {
    for (int i = 0; i < 5000 && !condition(); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return condition();
}

} // namespace alidade::testing
