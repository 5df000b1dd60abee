// Streams of frames: the pool, the policies, gaps, leases, and streams that come and go.
#include "unit/device/scripted_driver.hpp"

#include "base/log.hpp"
#include "device/capabilities/frame_producer.hpp"

using namespace alidade;
using namespace alidade::testing;

namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t rows = 4;
constexpr std::int64_t columns = 8;

ald_view frame_view(std::int64_t height = rows, std::int64_t width = columns) {
    const std::int64_t shape[] = {height, width};
    return *c_view(nullptr, ALD_DTYPE_UINT16, shape);
}

// A device with a stream, and a camera's part played by the test.
struct camera {
    camera() : b(true) {
        EXPECT_TRUE(b.thing->add_capability("frame_producer", 1));
        frames = *capabilities::frame_producer::frames(*b.thing);
        EXPECT_TRUE(frames->configure(frame_view()));
    }
    // Every pixel of a frame has its number.
    void publish(std::uint16_t pixel) const {
        auto slot = frames->take(deadline_after(5000 * ms));
        ASSERT_TRUE(slot) << slot.error()->detail().message;
        put(std::move(*slot), pixel);
    }
    void put(ref<frame_slot> slot, std::uint16_t pixel) const {
        auto *pixels = reinterpret_cast<std::uint16_t *>(slot->data());
        std::fill_n(pixels, rows * columns, pixel);
        ald_frame_info info = unknown_frame();
        info.exposure = pixel;
        frames->publish(std::move(slot), info, value());
    }
    [[nodiscard]] ref<frame_stream> open(ald_policy policy, std::int64_t capacity = 4,
                                         std::int64_t lease_cap = 64,
                                         frame_stream::callback deliver = nullptr) const {
        auto opened =
            frame_stream::open(b.thing, {policy, capacity, lease_cap}, std::move(deliver));
        EXPECT_TRUE(opened);
        return *opened;
    }

    bench b;
    std::shared_ptr<frame_sink> frames;
};

using frame_ref = ref<const frame>;

result<frame_ref> next_of(frame_stream &c, std::int64_t timeout_ns = 0) {
    frame_ref got;
    return c
        .next(deadline_after(timeout_ns), nullptr,
              [&](const frame_ref &given) {
                  got = given;
                  return outcome();
              })
        .map([&] { return got; });
}

std::uint16_t pixel_of(const frame_ref &f) {
    const auto *pixels = static_cast<const std::uint16_t *>(f->view().data);
    EXPECT_TRUE(std::all_of(pixels, pixels + rows * columns,
                            [&](std::uint16_t p) { return p == pixels[0]; }));
    return pixels[0];
}

// What waits, as (number, gap before it).
std::vector<std::pair<std::int64_t, std::int64_t>> all_of(frame_stream &c) {
    std::vector<std::pair<std::int64_t, std::int64_t>> found;
    while (const auto f = next_of(c)) {
        found.emplace_back((*f)->info().seq, (*f)->info().lost_before);
    }
    return found;
}

using gaps = std::vector<std::pair<std::int64_t, std::int64_t>>;

TEST(Pool, UsesSlotsAgainAndGrowsToItsCap) {
    int freed = 0;
    const auto pool = frame_pool::make(1000, 1024 * 6, [&] { ++freed; });
    std::vector<ref<frame_slot>> out;
    while (auto slot = pool->take()) {
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(slot->data()) % 64, 0U);
        EXPECT_EQ(slot->size(), 1000U);
        std::memset(slot->data(), 7, slot->size());
        out.push_back(std::move(slot));
    }
    EXPECT_EQ(out.size(), 6U);
    EXPECT_EQ(pool->count(), 6U);
    std::byte *last = out.back()->data();
    out.pop_back();
    EXPECT_EQ(freed, 1);
    const auto again = pool->take();
    EXPECT_EQ(again->data(), last) << "the warmest one comes first";
    EXPECT_EQ(again->data()[999], std::byte{7}) << "no zeros are written";
    EXPECT_EQ(pool->count(), 6U);
}

TEST(Pool, HasRoomForAFewFramesInAnyCase) {
    const auto pool = frame_pool::make(1000, 1, nullptr);
    std::vector<ref<frame_slot>> out;
    while (auto slot = pool->take()) {
        out.push_back(std::move(slot));
    }
    EXPECT_EQ(out.size(), 4U);
}

TEST(Pool, LivesAsLongAsOneOfItsSlots) {
    auto pool = frame_pool::make(64, 1 << 20, nullptr);
    ref<frame_slot> slot = pool->take();
    const std::weak_ptr<frame_pool> seen = pool;
    pool.reset();
    EXPECT_FALSE(seen.expired());
    slot->data()[0] = std::byte{1};
    slot = nullptr;
    EXPECT_TRUE(seen.expired());
}

TEST(Pool, KeepsNoMoreThanWhatIsOutWhenItIsRetired) {
    const auto pool = frame_pool::make(1000, 1 << 20, nullptr);
    std::vector<ref<frame_slot>> out;
    for (int i = 0; i < 10; ++i) {
        out.push_back(pool->take());
    }
    out.resize(3);
    EXPECT_EQ(pool->count(), 10U);
    pool->retire();
    EXPECT_EQ(pool->count(), 3U);
    std::memset(out[0]->data(), 7, out[0]->size());
    out.pop_back();
    EXPECT_EQ(pool->count(), 2U) << "what comes back goes";
    EXPECT_FALSE(pool->take());
    out.clear();
    EXPECT_EQ(pool->count(), 0U);
}

TEST(Stream, GivesEveryStreamTheSameMemory) {
    camera c;
    const auto a = c.open(ALD_POLICY_DROP_OLDEST);
    const auto b = c.open(ALD_POLICY_LOSSLESS);
    c.publish(3);
    const auto first = next_of(*a);
    const auto second = next_of(*b);
    ASSERT_TRUE(first && second);
    EXPECT_EQ((*first)->view().data, (*second)->view().data);
    EXPECT_TRUE((*first)->memory()->readonly());
    EXPECT_NE((*first)->view().flags & ALD_VIEW_READONLY, 0U);
    EXPECT_EQ((*first)->view().shape[0], rows);
    EXPECT_EQ((*first)->view().shape[1], columns);
    EXPECT_EQ((*first)->info().seq, 0);
    EXPECT_EQ((*first)->info().exposure, 3);
    EXPECT_EQ(pixel_of(*first), 3);
}

TEST(Stream, PoliciesLoseWhatTheySay) {
    camera c;
    const auto latest = c.open(ALD_POLICY_LATEST);
    const auto oldest = c.open(ALD_POLICY_DROP_OLDEST, 3);
    const auto newest = c.open(ALD_POLICY_DROP_NEWEST, 3);
    for (std::uint16_t i = 0; i < 10; ++i) {
        c.publish(i);
    }
    EXPECT_EQ(all_of(*latest), (gaps{{9, 9}}));
    EXPECT_EQ(all_of(*oldest), (gaps{{7, 7}, {8, 0}, {9, 0}}));
    EXPECT_EQ(all_of(*newest), (gaps{{0, 0}, {1, 0}, {2, 0}}));
    EXPECT_EQ(newest->stats().lost, 7);
    EXPECT_EQ(newest->stats().lost_at_source, 0);
    EXPECT_EQ(latest->stats().lost, 9);
    EXPECT_EQ(oldest->stats().received, 3);
    c.publish(10);
    EXPECT_EQ(all_of(*newest), (gaps{{10, 7}}));
    EXPECT_EQ(all_of(*oldest), (gaps{{10, 0}}));
}

TEST(Stream, FramesLostAtTheSourceAreAGapForAll) {
    camera c;
    const auto a = c.open(ALD_POLICY_LOSSLESS, 10);
    c.publish(0);
    c.frames->lost(3);
    c.publish(1);
    const auto late = c.open(ALD_POLICY_LATEST);
    c.frames->lost(1);
    c.publish(2);
    EXPECT_EQ(all_of(*a), (gaps{{0, 0}, {4, 3}, {6, 1}}));
    EXPECT_EQ(all_of(*late), (gaps{{6, 1}})) << "what was before it came is no loss of its own";
    EXPECT_EQ(a->stats().lost, 4);
    EXPECT_EQ(a->stats().lost_at_source, 4);
    EXPECT_EQ(late->stats().lost_at_source, 1);
}

TEST(Stream, ALosslessStreamHoldsTheProducerBack) {
    camera c;
    const auto a = c.open(ALD_POLICY_LOSSLESS, 2);
    c.publish(0);
    c.publish(1);
    EXPECT_EQ(c.frames->take(0).error()->code(), ALD_E_WOULD_BLOCK);
    EXPECT_EQ(c.frames->take(deadline_after(5 * ms)).error()->code(), ALD_E_TIMEOUT);
    std::thread producer([&] {
        for (std::uint16_t i = 2; i < 200; ++i) {
            c.publish(i);
        }
    });
    for (std::uint16_t i = 0; i < 200; ++i) {
        const auto f = next_of(*a, 5000 * ms);
        ASSERT_TRUE(f);
        EXPECT_EQ((*f)->info().seq, i);
        EXPECT_EQ((*f)->info().lost_before, 0);
        EXPECT_EQ(pixel_of(*f), i);
    }
    producer.join();
    EXPECT_EQ(a->stats().lost, 0);
}

TEST(Stream, SlotsThatAreBeingFilledCountForALosslessStream) {
    camera c;
    const auto a = c.open(ALD_POLICY_LOSSLESS, 2);
    auto one = c.frames->take(0);
    auto two = c.frames->take(0);
    ASSERT_TRUE(one && two);
    EXPECT_EQ(c.frames->take(0).error()->code(), ALD_E_WOULD_BLOCK);
    c.frames->drop(std::move(*one));
    auto three = c.frames->take(0);
    ASSERT_TRUE(three);
    c.put(std::move(*two), 1);
    c.put(std::move(*three), 2);
    EXPECT_EQ(all_of(*a), (gaps{{0, 0}, {1, 0}}));
}

TEST(Stream, ClosingALosslessStreamLetsTheProducerGoOn) {
    camera c;
    const auto a = c.open(ALD_POLICY_LOSSLESS, 1);
    c.publish(0);
    std::thread producer([&] { c.publish(1); });
    a->close();
    producer.join();
    EXPECT_EQ(next_of(*a).error()->code(), ALD_E_CLOSED);
}

TEST(Stream, ALeasedSlotIsNeverOverwritten) {
    camera c;
    const auto a = c.open(ALD_POLICY_LATEST);
    c.publish(42);
    const auto kept = next_of(*a);
    ASSERT_TRUE(kept);
    for (std::uint16_t i = 0; i < 100; ++i) {
        c.publish(i);
    }
    EXPECT_EQ(pixel_of(*kept), 42);
}

TEST(Stream, TooManyLeasesAreRefusedToThatStreamAlone) {
    camera c;
    const auto greedy = c.open(ALD_POLICY_DROP_OLDEST, 8, 2);
    const auto other = c.open(ALD_POLICY_DROP_OLDEST, 8, 2);
    for (std::uint16_t i = 0; i < 4; ++i) {
        c.publish(i);
    }
    std::vector<frame_ref> kept;
    kept.push_back(*next_of(*greedy));
    kept.push_back(*next_of(*greedy));
    EXPECT_EQ(next_of(*greedy).error()->code(), ALD_E_LIMIT);
    EXPECT_EQ(greedy->stats().leased, 2);
    EXPECT_EQ(all_of(*other).size(), 4U);
    kept.pop_back();
    EXPECT_EQ((*next_of(*greedy))->info().seq, 2) << "the one that was refused is not lost";
}

TEST(Stream, AFrameThatCouldNotBeTakenComesAgain) {
    camera c;
    const auto a = c.open(ALD_POLICY_DROP_OLDEST);
    c.frames->lost(2);
    c.publish(0);
    const auto refuse = [](const frame_ref &) -> outcome {
        return fail(ALD_E_NO_MEMORY, "test", "no");
    };
    EXPECT_EQ(a->next(0, nullptr, refuse).error()->code(), ALD_E_NO_MEMORY);
    const auto throws = [](const frame_ref &) -> outcome { throw std::bad_alloc(); };
    EXPECT_THROW((void)a->next(0, nullptr, throws), std::bad_alloc);
    EXPECT_EQ(a->stats().received, 0);
    EXPECT_EQ(a->stats().leased, 0);
    EXPECT_EQ(all_of(*a), (gaps{{2, 2}}));
}

TEST(Stream, WantOfMemoryTakesFromWhoMayLose) {
    camera c;
    // 1 GiB is all that a stream has: 8 frames of 128 MiB, whose memory nobody touches here.
    ASSERT_TRUE(c.frames->configure(frame_view(8192, 8192)));
    const auto slow = c.open(ALD_POLICY_DROP_OLDEST, 100);
    const auto kept = c.open(ALD_POLICY_DROP_OLDEST, 100);
    const auto fill = [&] {
        auto slot = c.frames->take(0);
        ASSERT_TRUE(slot);
        c.frames->publish(std::move(*slot), unknown_frame(), value());
    };
    for (int i = 0; i < 20; ++i) {
        fill();
        (void)next_of(*kept);
    }
    EXPECT_EQ(kept->stats().lost, 0);
    EXPECT_EQ(slow->stats().lost, 12);
    EXPECT_EQ(slow->stats().waiting, 8);
    slow->close();
    std::vector<frame_ref> all;
    for (int i = 0; i < 8; ++i) {
        fill();
        all.push_back(*next_of(*kept));
    }
    EXPECT_EQ(c.frames->take(0).error()->code(), ALD_E_WOULD_BLOCK) << "leases are never taken";
    std::thread giver([&] { all.clear(); });
    EXPECT_TRUE(c.frames->take(deadline_after(5000 * ms)));
    giver.join();
}

// Lines of the log, which is left as it was.
struct log_lines {
    log_lines() {
        EXPECT_TRUE(log::set_sink(
            [this](std::int64_t, ald_log_level, const char *domain, const char *message) {
                if (std::string_view(domain) == "stream") {
                    seen.emplace_back(message);
                }
            }));
    }
    ~log_lines() { EXPECT_TRUE(log::set_sink({})); }
    std::vector<std::string> seen;
};

// No machine has memory for a frame of 128 TiB.
ald_view endless_view() { return frame_view(std::int64_t{1} << 23, std::int64_t{1} << 23); }

TEST(Stream, ALosslessStreamTellsThatThereWasNoMemoryAndTheLogOnce) {
    const log_lines log;
    camera c;
    const auto lossless = c.open(ALD_POLICY_LOSSLESS);
    const auto other = c.open(ALD_POLICY_DROP_OLDEST);
    const auto starve = [&] {
        EXPECT_EQ(c.frames->take(0).error()->code(), ALD_E_NO_MEMORY);
        c.frames->lost(1); // as the driver says
    };
    c.publish(0);
    ASSERT_TRUE(c.frames->configure(endless_view()));
    for (int i = 0; i < 20; ++i) {
        starve();
    }
    EXPECT_EQ(log.seen.size(), 1U);
    EXPECT_EQ((*next_of(*lossless))->info().seq, 0) << "what was before it comes first";
    const auto told = next_of(*lossless, -1); // without limit: it must not wait
    ASSERT_FALSE(told);
    EXPECT_EQ(told.error()->code(), ALD_E_NO_MEMORY);
    const std::string &message = told.error()->detail().message;
    EXPECT_NE(message.find("of 140737488355328 bytes, and it is lost; let go"), message.npos)
        << message;
    EXPECT_EQ(next_of(*lossless).error()->code(), ALD_E_TIMEOUT) << "once";
    ASSERT_TRUE(c.frames->configure(frame_view()));
    c.publish(1);
    EXPECT_EQ(all_of(*lossless), (gaps{{21, 20}}));
    EXPECT_EQ(all_of(*other), (gaps{{0, 0}, {21, 20}})) << "a gap says it";
    EXPECT_EQ(other->stats().lost, 20);
    ASSERT_TRUE(c.frames->configure(endless_view()));
    starve();
    EXPECT_EQ(log.seen.size(), 2U) << "there was a frame meanwhile";
}

TEST(Stream, WantOfMemoryEndsAWaitOfALosslessStream) {
    const log_lines log;
    camera c;
    const auto lossless = c.open(ALD_POLICY_LOSSLESS);
    const auto other = c.open(ALD_POLICY_DROP_OLDEST);
    const auto pending = make<op>();
    ASSERT_TRUE(lossless->start_wait(pending, never));
    const auto others = make<op>();
    ASSERT_TRUE(other->start_wait(others, never));
    std::thread reader([&] { EXPECT_EQ(next_of(*lossless, -1).error()->code(), ALD_E_NO_MEMORY); });
    c.frames->starve();
    c.frames->lost(1);
    EXPECT_EQ(end_of(pending), ALD_OK);
    EXPECT_EQ(others->state(), ALD_OP_RUNNING);
    reader.join();
    c.publish(1);
    EXPECT_EQ(end_of(others), ALD_OK);
    EXPECT_EQ(all_of(*lossless), (gaps{{1, 1}}));
}

TEST(Stream, AFrameThatHasMemoryAtTheSecondTryIsNotLost) {
    const log_lines log;
    camera c;
    const auto lossless = c.open(ALD_POLICY_LOSSLESS);
    c.frames->starve();
    c.publish(0);
    c.publish(1);
    EXPECT_EQ(all_of(*lossless), (gaps{{0, 0}, {1, 0}}));
    EXPECT_EQ(next_of(*lossless).error()->code(), ALD_E_TIMEOUT);
}

TEST(Stream, ClosingTheDeviceKeepsOnlyTheFramesInUse) {
    camera c;
    const auto a = c.open(ALD_POLICY_LOSSLESS, 20);
    for (std::uint16_t i = 0; i < 10; ++i) {
        c.publish(i);
    }
    std::vector<frame_ref> kept;
    for (int i = 0; i < 10; ++i) {
        kept.push_back(*next_of(*a));
    }
    kept.resize(3);
    EXPECT_EQ(c.frames->frames_of_memory(), 10U);
    c.b.thing->close();
    EXPECT_EQ(c.frames->frames_of_memory(), 3U);
    EXPECT_EQ(pixel_of(kept[2]), 2);
    kept.resize(1);
    EXPECT_EQ(c.frames->frames_of_memory(), 1U);
    EXPECT_EQ(pixel_of(kept[0]), 0);
    kept.clear();
    EXPECT_EQ(c.frames->frames_of_memory(), 0U);
}

TEST(Stream, ASpareStreamKeepsNoMemoryThatOthersNeed) {
    camera c;
    const auto open_spare = [&] {
        return *frame_stream::open(c.b.thing, {ALD_POLICY_DROP_OLDEST, 16, 64, true});
    };
    const auto spare = open_spare();
    const auto another = open_spare();
    const auto all = c.open(ALD_POLICY_LOSSLESS, 4);
    for (std::uint16_t i = 0; i < 4; ++i) {
        c.publish(i);
    }
    for (std::uint16_t i = 4; i < 100; ++i) {
        const auto f = next_of(*all);
        ASSERT_TRUE(f);
        EXPECT_EQ((*f)->info().lost_before, 0);
        c.publish(i);
    }
    EXPECT_LE(c.frames->frames_of_memory(), 6U);
    EXPECT_EQ(all->stats().lost, 0);
    for (const auto &s : {spare, another}) {
        EXPECT_EQ(all_of(*s), (gaps{{99, 99}})) << "it has the newest one";
        EXPECT_EQ(s->stats().lost, 99);
    }
    all->close();
    for (std::uint16_t i = 0; i < 20; ++i) {
        c.publish(i);
    }
    EXPECT_EQ(spare->stats().waiting, 16) << "alone it keeps as many as it was opened for";
}

TEST(Stream, ASpareStreamGivesUpWhatItKeptAloneWhenAnotherOneComes) {
    camera c;
    const auto spare = *frame_stream::open(c.b.thing, {ALD_POLICY_DROP_OLDEST, 16, 64, true});
    for (std::uint16_t i = 0; i < 8; ++i) {
        c.publish(i);
    }
    EXPECT_EQ(spare->stats().waiting, 8);
    const auto other = c.open(ALD_POLICY_DROP_OLDEST);
    c.publish(8);
    EXPECT_EQ(all_of(*spare), (gaps{{8, 8}}));
}

TEST(Stream, MetadataGoWithTheFrameAndAreGivenBack) {
    camera c;
    const auto a = c.open(ALD_POLICY_DROP_OLDEST);
    auto slot = c.frames->take(0);
    ASSERT_TRUE(slot);
    c.frames->publish(std::move(*slot), unknown_frame(), map{{"pass", std::int64_t{7}}});
    c.publish(1);
    const auto first = next_of(*a);
    ASSERT_TRUE(first);
    EXPECT_EQ((*first)->metadata(), value(map{{"pass", std::int64_t{7}}}));
    EXPECT_EQ((*next_of(*a))->metadata().type(), ALD_TYPE_NULL);
}

TEST(Stream, TheSizeOfFramesMayChange) {
    camera c;
    const auto a = c.open(ALD_POLICY_DROP_OLDEST);
    c.publish(5);
    auto taken = c.frames->take(0);
    EXPECT_EQ(c.frames->configure(frame_view(2, 2)).error()->code(), ALD_E_BUSY);
    c.frames->drop(std::move(*taken));
    ASSERT_TRUE(c.frames->configure(frame_view(2, 2)));
    auto small = c.frames->take(0);
    EXPECT_EQ((*small)->size(), 8U);
    c.frames->publish(std::move(*small), unknown_frame(), value());
    EXPECT_EQ(pixel_of(*next_of(*a)), 5);
    EXPECT_EQ((*next_of(*a))->view().shape[0], 2);
    ald_view gappy = frame_view();
    gappy.strides[0] *= 2;
    EXPECT_EQ(c.frames->configure(gappy).error()->code(), ALD_E_INVALID);
    EXPECT_EQ(c.frames->configure(frame_view(0, 3)).error()->code(), ALD_E_INVALID);
}

TEST(Stream, SaysWhatIsWrong) {
    bench b(true);
    EXPECT_EQ(capabilities::frame_producer::frames(*b.thing).error()->code(), ALD_E_UNSUPPORTED);
    ASSERT_TRUE(b.thing->add_capability("frame_producer", 1));
    EXPECT_EQ((*capabilities::frame_producer::frames(*b.thing))->take(0).error()->code(),
              ALD_E_STATE);
    for (const frame_stream::options &bad :
         {frame_stream::options{0, 1, 1}, frame_stream::options{ALD_POLICY_LATEST, 0, 1},
          frame_stream::options{ALD_POLICY_LATEST, 1, 0},
          frame_stream::options{ALD_POLICY_LOSSLESS, 1, 1, true}}) {
        EXPECT_EQ(frame_stream::open(b.thing, bad).error()->code(), ALD_E_INVALID);
    }
    EXPECT_EQ(b.thing->add_capability("triggerable", 1).error()->code(), ALD_E_INVALID);
    EXPECT_EQ(b.thing->add_capability("exposure_control", 1).error()->code(), ALD_E_INVALID);
}

TEST(Stream, WaitsEndWithTheFrameTheTimeoutOrTheCancel) {
    camera c;
    const auto a = c.open(ALD_POLICY_DROP_OLDEST);
    EXPECT_EQ(next_of(*a).error()->code(), ALD_E_TIMEOUT);
    const auto cancel = make<cancel_source>();
    std::thread canceller([&] { cancel->trigger(); });
    const auto keep = [](const frame_ref &) { return outcome(); };
    EXPECT_EQ(a->next(never, cancel.get(), keep).error()->code(), ALD_E_CANCELLED);
    canceller.join();
    std::thread producer([&] { c.publish(1); });
    EXPECT_TRUE(next_of(*a, 5000 * ms));
    producer.join();
}

TEST(Stream, AnOperationEndsWhenAFrameWaitsAndTakesNone) {
    camera c;
    const auto a = c.open(ALD_POLICY_DROP_OLDEST);
    const auto start = [&](std::int64_t timeout_ns) {
        auto o = make<op>();
        EXPECT_TRUE(a->start_wait(o, deadline_after(timeout_ns)));
        return o;
    };
    const auto first = start(-1);
    const auto second = start(-1);
    const auto cancelled = start(-1);
    const auto late = start(5 * ms);
    cancelled->cancel();
    EXPECT_EQ(end_of(cancelled), ALD_E_CANCELLED);
    EXPECT_EQ(end_of(late), ALD_E_TIMEOUT);
    EXPECT_EQ(first->state(), ALD_OP_RUNNING);
    c.publish(1);
    EXPECT_EQ(end_of(first), ALD_OK);
    EXPECT_EQ(end_of(second), ALD_OK);
    EXPECT_EQ(end_of(start(-1)), ALD_OK) << "the frame still waits";
    EXPECT_EQ(all_of(*a), (gaps{{0, 0}}));
}

TEST(Stream, ClosingTheDeviceEndsAllWaiting) {
    camera c;
    const auto a = c.open(ALD_POLICY_LOSSLESS, 1);
    const auto b = c.open(ALD_POLICY_DROP_OLDEST, 4);
    c.publish(9);
    const auto kept = next_of(*b);
    const auto pending = make<op>();
    ASSERT_TRUE(b->start_wait(pending, never));
    std::thread producer([&] { EXPECT_EQ(c.frames->take(never).error()->code(), ALD_E_CLOSED); });
    std::thread reader([&] { EXPECT_EQ(next_of(*b, -1).error()->code(), ALD_E_CLOSED); });
    c.b.thing->close();
    producer.join();
    reader.join();
    EXPECT_EQ(end_of(pending), ALD_E_CLOSED);
    EXPECT_EQ(pixel_of(*kept), 9);
    EXPECT_EQ(pixel_of(*next_of(*a)), 9) << "what was delivered stays";
    EXPECT_EQ(next_of(*a).error()->code(), ALD_E_CLOSED);
    EXPECT_EQ(frame_stream::open(c.b.thing, {}).error()->code(), ALD_E_CLOSED);
    EXPECT_EQ(c.frames->configure(frame_view()).error()->code(), ALD_E_CLOSED);
}

TEST(Stream, ADeviceThatIsGoneMayComeBack) {
    camera c;
    const auto a = c.open(ALD_POLICY_DROP_OLDEST);
    const auto pending = make<op>();
    ASSERT_TRUE(a->start_wait(pending, never));
    c.b.thing->disconnect("unplugged");
    EXPECT_EQ(end_of(pending), ALD_E_DISCONNECTED);
    EXPECT_EQ(next_of(*a, -1).error()->code(), ALD_E_DISCONNECTED);
    EXPECT_EQ(c.frames->take(never).error()->code(), ALD_E_DISCONNECTED);
    ASSERT_TRUE(c.frames->configure(frame_view())); // as the driver does when it is opened again
    c.publish(1);
    EXPECT_TRUE(next_of(*a));
}

TEST(Stream, FramesAreReadableWhenAllIsGone) {
    std::vector<frame_ref> kept;
    {
        camera c;
        const auto a = c.open(ALD_POLICY_DROP_OLDEST);
        c.publish(77);
        kept.push_back(*next_of(*a));
        a->close();
    }
    EXPECT_EQ(pixel_of(kept[0]), 77);
}

TEST(Stream, IsASource) {
    camera c;
    const auto a = c.open(ALD_POLICY_DROP_OLDEST);
    const ref<source> live = a->as_source();
    const ald_source_info info = live->describe();
    EXPECT_EQ(info.flags, ALD_SOURCE_LIVE);
    EXPECT_EQ(info.ndim, 2);
    EXPECT_EQ(info.shape[1], columns);
    EXPECT_EQ(info.dtype, ALD_DTYPE_UINT16);
    c.frames->lost(5);
    c.publish(1);
    const auto item = live->next(never, nullptr);
    ASSERT_TRUE(item);
    EXPECT_EQ((*item)->info().index, 0) << "counted from 0 in the source";
    EXPECT_EQ((*item)->info().seq, 5);
    EXPECT_EQ((*item)->info().lost_before, 5);
    EXPECT_EQ((*item)->info().exposure, 1);
    EXPECT_EQ(live->at(0, never, nullptr).error()->code(), ALD_E_UNSUPPORTED);
    EXPECT_EQ(live->next(deadline_after(ms), nullptr).error()->code(), ALD_E_TIMEOUT);
    std::thread closer([&] { a->close(); });
    EXPECT_EQ(live->next(never, nullptr).error()->code(), ALD_E_CLOSED);
    closer.join();
}

TEST(Stream, PushesFramesToAFunction) {
    camera c;
    std::atomic<int> most{0};
    std::atomic<int> inside{0};
    std::mutex mutex;
    std::vector<std::int64_t> seen;
    auto alive = std::make_shared<int>(0);
    const std::weak_ptr<int> watched = alive;
    const auto a = c.open(ALD_POLICY_LOSSLESS, 4, 64,
                          [&, alive = std::move(alive)](frame_stream &, const frame_ref &f) {
                              most = std::max<int>(most, ++inside);
                              {
                                  const std::scoped_lock lock(mutex);
                                  seen.push_back(f->info().seq);
                              }
                              --inside;
                              return true;
                          });
    for (std::uint16_t i = 0; i < 200; ++i) {
        c.publish(i);
    }
    EXPECT_TRUE(eventually([&] { return a->stats().received == 200 && inside == 0; }));
    a->close();
    EXPECT_TRUE(watched.expired()) << "what the function holds goes with the stream";
    EXPECT_EQ(most, 1);
    ASSERT_EQ(seen.size(), 200U);
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

TEST(Stream, AFunctionMayCloseItsOwnStreamAndOpenAnother) {
    camera c;
    std::mutex mutex;
    std::vector<ref<frame_stream>> more;
    std::atomic<int> calls{0};
    const auto a =
        c.open(ALD_POLICY_DROP_OLDEST, 4, 64, [&](frame_stream &self, const frame_ref &) {
            ++calls;
            const std::scoped_lock lock(mutex);
            more.push_back(c.open(ALD_POLICY_LATEST));
            self.close();
            return true;
        });
    const auto b = c.open(ALD_POLICY_DROP_OLDEST, 4, 64,
                          [&](frame_stream &, const frame_ref &) { return ++calls, false; });
    c.publish(0);
    c.publish(1);
    EXPECT_TRUE(eventually([&] { return !a->closable() && !b->closable(); }));
    EXPECT_EQ(calls, 2);
    c.publish(2);
    const std::scoped_lock lock(mutex);
    ASSERT_EQ(more.size(), 1U);
    EXPECT_TRUE(next_of(*more[0]));
    more[0]->close();
}

TEST(Stream, AFunctionAtItsLeaseCapGoesOnWhenOneIsGivenBack) {
    camera c;
    std::mutex mutex;
    std::vector<frame_ref> kept;
    const auto a = c.open(ALD_POLICY_DROP_NEWEST, 8, 2, [&](frame_stream &, const frame_ref &f) {
        const std::scoped_lock lock(mutex);
        kept.push_back(f);
        return true;
    });
    const auto count = [&] {
        const std::scoped_lock lock(mutex);
        return kept.size();
    };
    for (std::uint16_t i = 0; i < 3; ++i) {
        c.publish(i);
    }
    EXPECT_TRUE(eventually([&] { return count() == 2 && a->stats().waiting == 1; }));
    std::vector<frame_ref> back;
    {
        const std::scoped_lock lock(mutex);
        back.swap(kept);
    }
    back.clear();
    EXPECT_TRUE(eventually([&] { return count() == 1; }));
    a->close();
}

TEST(Stream, ClosingWaitsForTheFunction) {
    camera c;
    std::atomic<bool> begun{false};
    std::atomic<bool> ended{false};
    const auto a = c.open(ALD_POLICY_LATEST, 1, 1, [&](frame_stream &, const frame_ref &) {
        begun = true;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        ended = true;
        return true;
    });
    c.publish(0);
    EXPECT_TRUE(eventually([&] { return begun.load(); }));
    a->close();
    EXPECT_TRUE(ended);
}

// Everything at once, for ThreadSanitizer: nothing may be lost by a lossless stream, and every
// frame's pixels are its own.
TEST(Stream, StreamsComeAndGoOnManyThreads) {
    camera c;
    std::atomic<bool> stop{false};
    const auto steady = c.open(ALD_POLICY_LOSSLESS, 8);
    std::vector<std::thread> threads;
    threads.emplace_back([&] {
        for (std::uint16_t i = 0; i < 500; ++i) {
            c.publish(i);
        }
        stop = true;
    });
    for (const ald_policy policy :
         {ALD_POLICY_LATEST, ALD_POLICY_DROP_OLDEST, ALD_POLICY_DROP_NEWEST, ALD_POLICY_LOSSLESS}) {
        threads.emplace_back([&, policy] {
            while (!stop) {
                const auto mine = c.open(policy, 2);
                for (int k = 0; k < 3; ++k) {
                    const auto waits = make<op>();
                    if (k == 1 && mine->start_wait(waits, deadline_after(10 * ms))) {
                        (void)end_of(waits);
                    }
                    if (const auto f = next_of(*mine, 2 * ms)) {
                        EXPECT_EQ(pixel_of(*f), (*f)->info().exposure);
                    }
                }
                mine->close();
            }
        });
    }
    threads.emplace_back([&] {
        while (!stop) {
            std::atomic<int> calls{0};
            const auto mine =
                c.open(ALD_POLICY_DROP_OLDEST, 2, 4, [&](frame_stream &self, const frame_ref &f) {
                    EXPECT_EQ(pixel_of(f), f->info().exposure);
                    if (++calls == 3) {
                        self.close();
                    }
                    return true;
                });
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
            mine->close();
        }
    });
    for (std::uint16_t i = 0; i < 500; ++i) {
        const auto f = next_of(*steady, 10'000 * ms);
        ASSERT_TRUE(f);
        EXPECT_EQ((*f)->info().seq, i);
        EXPECT_EQ(pixel_of(*f), i);
    }
    for (std::thread &t : threads) {
        t.join();
    }
    EXPECT_EQ(steady->stats().lost, 0);
}

} // namespace
