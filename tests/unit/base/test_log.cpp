// The log: levels, the sink, and queues beside it.
#include "base/log.hpp"
#include "base/value/value.hpp"
#include "support/eventually.hpp"
#include "unit/base/values_support.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

using namespace alidade;
using alidade::test::code_of;

namespace {

struct line {
    std::int64_t t_wall_ns;
    ald_log_level level;
    std::string domain;
    std::string message;
};

// Every line goes here instead of to standard error; the log is left as it was.
class Log : public ::testing::Test {
protected:
    void SetUp() override {
        EXPECT_TRUE(log::set_sink(
            [this](std::int64_t t, ald_log_level level, const char *domain, const char *message) {
                lines.push_back({t, level, domain, message});
            }));
    }
    void TearDown() override {
        EXPECT_TRUE(log::set_sink({}));
        log::set_level(ALD_LOG_WARNING);
    }

    std::vector<line> lines;
};

std::string text(const value &payload, std::string_view key) {
    const value *found = payload.find(key);
    return found != nullptr && found->as_string() != nullptr ? *found->as_string() : "nothing";
}

std::vector<std::string> messages(queue &q) {
    event_list out;
    (void)q.drain(1000, out);
    std::vector<std::string> all;
    for (const event &e : out) {
        EXPECT_EQ(e.record.kind, ALD_EVENT_LOG_WRITTEN);
        const auto *payload = dynamic_cast<const value_object *>(e.payload.get());
        all.push_back(payload != nullptr ? text(payload->content, "message") : "no payload");
    }
    return all;
}

using strings = std::vector<std::string>;

TEST_F(Log, WritesFromItsLevelOn) {
    EXPECT_EQ(log::level(), ALD_LOG_WARNING);
    for (const ald_log_level level :
         {ALD_LOG_TRACE, ALD_LOG_DEBUG, ALD_LOG_INFO, ALD_LOG_WARNING, ALD_LOG_ERROR}) {
        log::write(level, "test", "at the start");
    }
    EXPECT_EQ(lines.size(), 2U);
    log::set_level(ALD_LOG_TRACE);
    log::write(ALD_LOG_TRACE, "test", "all");
    EXPECT_EQ(lines.size(), 3U);
    log::set_level(ALD_LOG_OFF);
    log::write(ALD_LOG_ERROR, "test", "nothing");
    EXPECT_EQ(lines.size(), 3U);
}

TEST_F(Log, ALineHasTimeLevelDomainAndMessage) {
    const std::int64_t before = wall_from_mono(mono_ns());
    log::write(ALD_LOG_ERROR, "serial", "no answer");
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_GE(lines[0].t_wall_ns, before);
    EXPECT_LE(lines[0].t_wall_ns, wall_from_mono(mono_ns()));
    EXPECT_EQ(lines[0].level, ALD_LOG_ERROR);
    EXPECT_EQ(lines[0].domain, "serial");
    EXPECT_EQ(lines[0].message, "no answer");
}

TEST_F(Log, WhatCouldDriveATerminalIsMadeVisible) {
    log::write(ALD_LOG_ERROR, "serial", "a\x1b[2Jb\nc\x7f\xc3\xa4");
    EXPECT_EQ(lines.at(0).message, "a\\x1b[2Jb\\x0ac\\x7f\xc3\xa4");
}

TEST_F(Log, QueuesGetLinesFromTheirLevelOn) {
    auto q = make<queue>(64, ALD_POLICY_DROP_OLDEST);
    ASSERT_TRUE(log::attach(q, ALD_LOG_ERROR));
    EXPECT_EQ(code_of(log::attach(q, ALD_LOG_ERROR)), ALD_E_EXISTS);
    log::write(ALD_LOG_WARNING, "test", "not for the queue");
    log::write(ALD_LOG_ERROR, "test", "for both");
    EXPECT_EQ(messages(*q), (strings{"for both"}));
    EXPECT_EQ(lines.size(), 2U);
    ASSERT_TRUE(log::detach(*q));
    EXPECT_EQ(code_of(log::detach(*q)), ALD_E_NOT_FOUND);
    log::write(ALD_LOG_ERROR, "test", "too late");
    EXPECT_TRUE(messages(*q).empty());
}

TEST_F(Log, ARecordCarriesTheWholeLine) {
    auto q = make<queue>(64, ALD_POLICY_DROP_OLDEST);
    ASSERT_TRUE(log::attach(q, ALD_LOG_TRACE));
    log::write(ALD_LOG_WARNING, "usb", "slow");
    event_list out;
    ASSERT_TRUE(q->drain(1, out));
    EXPECT_EQ(out.front().record.integer, ALD_LOG_WARNING);
    const auto *payload = dynamic_cast<const value_object *>(out.front().payload.get());
    ASSERT_NE(payload, nullptr);
    EXPECT_EQ(text(payload->content, "level"), "warning");
    EXPECT_EQ(text(payload->content, "domain"), "usb");
    EXPECT_EQ(text(payload->content, "message"), "slow");
    ASSERT_TRUE(log::detach(*q));
}

TEST_F(Log, AClosedQueueIsRefusedAndForgotten) {
    auto q = make<queue>(64, ALD_POLICY_DROP_OLDEST);
    ASSERT_TRUE(log::attach(q, ALD_LOG_TRACE));
    q->close();
    log::write(ALD_LOG_ERROR, "test", "to nobody");
    EXPECT_EQ(code_of(log::detach(*q)), ALD_E_NOT_FOUND);
    EXPECT_EQ(code_of(log::attach(q, ALD_LOG_TRACE)), ALD_E_CLOSED);
}

TEST_F(Log, ASinkMayWriteToTheQueuesButNotToItself) {
    auto q = make<queue>(64, ALD_POLICY_DROP_OLDEST);
    ASSERT_TRUE(log::attach(q, ALD_LOG_TRACE));
    int calls = 0;
    ald_status replaced = ALD_OK;
    EXPECT_TRUE(log::set_sink([&](std::int64_t, ald_log_level, const char *, const char *) {
        ++calls;
        log::write(ALD_LOG_ERROR, "sink", "from inside");
        replaced = code_of(log::set_sink({}));
    }));
    log::write(ALD_LOG_ERROR, "test", "from outside");
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(replaced, ALD_E_STATE);
    EXPECT_EQ(messages(*q), (strings{"from inside", "from outside"}));
    ASSERT_TRUE(log::detach(*q));
}

TEST_F(Log, AReplacedSinkDoesNotRunAnyMore) {
    std::atomic<bool> going{true};
    std::thread writer([&] {
        while (going) {
            log::write(ALD_LOG_ERROR, "test", "line");
        }
    });
    std::vector<std::unique_ptr<std::atomic<int>>> counts;
    std::vector<int> before;
    for (int i = 0; i < 100; ++i) {
        counts.push_back(std::make_unique<std::atomic<int>>(0));
        std::atomic<int> &count = *counts.back();
        EXPECT_TRUE(log::set_sink(
            [&count](std::int64_t, ald_log_level, const char *, const char *) { ++count; }));
        if (i % 10 == 0) { // the others are replaced at once
            EXPECT_TRUE(tests::eventually([&] { return count > 0; })) << "it runs";
        }
        EXPECT_TRUE(log::set_sink([](std::int64_t, ald_log_level, const char *, const char *) {}));
        before.push_back(count);
    }
    going = false;
    writer.join();
    for (std::size_t i = 0; i < counts.size(); ++i) {
        EXPECT_EQ(*counts[i], before[i]) << "the sink " << i << " ran after it was replaced";
    }
}

TEST_F(Log, ManyThreadsOneLineAtATime) {
    int inside = 0; // not atomic: the sink is run by one thread at a time
    int most = 0;
    int calls = 0;
    EXPECT_TRUE(log::set_sink([&](std::int64_t, ald_log_level, const char *, const char *) {
        most = std::max(most, ++inside);
        ++calls;
        --inside;
    }));
    std::vector<std::thread> writers;
    for (int i = 0; i < 4; ++i) {
        writers.emplace_back([] {
            for (int n = 0; n < 200; ++n) {
                log::write(ALD_LOG_ERROR, "test", "line");
            }
        });
    }
    for (std::thread &t : writers) {
        t.join();
    }
    EXPECT_EQ(calls, 800);
    EXPECT_EQ(most, 1);
}

} // namespace
