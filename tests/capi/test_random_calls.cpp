// All exported functions at once, on many threads, with whatever arguments: handles that are good,
// of another kind, given back already, garbage or small numbers, records of every size. Nothing
// crashes, nothing behind a record is written to, and no handle is left at the end.
//
// ALIDADE_SEED chooses other calls; a failure tells the one that it was found with.
#include "capi/every_function.hpp"
#include "capi/kinds.hpp"

#include <array>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <thread>

namespace tests {
namespace {

// Sanitizers take much longer for each call.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int calls = 30'000;
#else
constexpr int calls = 300'000;
#endif
constexpr int threads = 8;
constexpr int calls_with_the_same_handles = 400;

// Handles that all threads know, so that each uses what others close and give back.
using shared_handles = std::array<std::atomic<const void *>, last_kind + 1>;

class random_arguments final : public dice {
public:
    random_arguments(std::uint64_t seed, shared_handles &shared)
        : state_(seed * 0x9e3779b97f4a7c15 + 1), shared_(shared) {}

    void use(const good_handles *mine) {
        mine_ = mine;
        for (ald_kind kind = 1; kind <= last_kind; ++kind) {
            if (kind == ALD_KIND_VALUE) { // only one thread at a time may use one that it changes
                continue;
            }
            const void *before =
                shared_.at(static_cast<std::size_t>(kind)).exchange(mine->of(kind));
            stale_ = below(4) == 0 ? before : stale_;
        }
    }
    // Begins one call. A wild one has a first handle that is surely none: it may have any number,
    // because it is refused before it could wait.
    void begin(bool wild) {
        wild_ = wild;
        first_ = true;
    }

    const void *handle(ald_kind wanted) override {
        const ald_kind other = static_cast<ald_kind>(1 + below(last_kind));
        const ald_kind kind = wanted == ALD_KIND_NONE ? other : wanted;
        if (std::exchange(first_, false) && wild_) {
            return garbage();
        }
        switch (below(20)) {
        case 0: return nullptr;
        case 1: return garbage();
        case 2: return stale_;
        case 3: return mine_->of(other);
        case 4:
        case 5: return shared_.at(static_cast<std::size_t>(kind));
        default: return mine_->of(kind);
        }
    }
    std::uint64_t below(std::uint64_t count) override {
        state_ ^= state_ << 13; // xorshift
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return (state_ >> 11) % count;
    }
    std::int64_t number() override {
        // Arrays of that many, and at strides up to 128 bytes, have room.
        static constexpr std::int64_t tame[] = {0, 0, 1, 1, 2, 3, 7, -3, 96, 128, INT64_MIN};
        static constexpr std::int64_t any[] = {-1, -2, INT64_MAX, INT32_MAX, INT32_MIN, 1 << 20};
        return wild_ ? any[below(std::size(any))] : tame[below(std::size(tame))];
    }
    const char *text() override {
        static const auto texts = [] {
            std::array<std::string, 9> all{
                "x",     "",           "mock-movable", "mock-readable",      "position",
                "value", "mock-meter", "\xff\xfe",     std::string(300, 'y')};
            for (std::string &t : all) {
                t.resize(room_of_arguments, '\0');
            }
            return all;
        }();
        return texts[below(texts.size())].c_str();
    }

private:
    // Never a token: those have bit 62 and are odd.
    const void *garbage() {
        std::uint64_t bits = 0;
        switch (below(4)) {
        case 0: bits = below(4096); break;
        case 1: bits = below(UINT64_MAX) & ~std::uint64_t{1}; break;
        case 2: bits = below(UINT64_MAX) & ~(std::uint64_t{1} << 62); break;
        default: bits = reinterpret_cast<std::uintptr_t>(this) + below(64); break;
        }
        return reinterpret_cast<const void *>(bits);
    }

    std::uint64_t state_;
    shared_handles &shared_;
    const good_handles *mine_ = nullptr;
    const void *stale_ = nullptr;
    bool wild_ = false;
    bool first_ = true;
};

// References that random calls took are given back with the others.
void end(const good_handles &handles) {
    for (ald_kind kind = 1; kind <= last_kind; ++kind) {
        while (ald_handle_kind(handles.of(kind)) != ALD_KIND_NONE) {
            unref(handles.of(kind));
        }
    }
}

class random_calls : public capi {
protected:
    void TearDown() override {
        EXPECT_EQ(ald_log_set_sink(nullptr, nullptr, nullptr, nullptr), ALD_OK);
        EXPECT_EQ(ald_log_set_level(ALD_LOG_WARNING, nullptr), ALD_OK);
        EXPECT_EQ(ald_shutdown(20 * s, nullptr), ALD_OK);
        capi::TearDown();
    }
};

void call_at_random(std::uint64_t seed, shared_handles &shared, std::atomic<int> &left) {
    const std::vector<function> &all = every_function();
    random_arguments random(seed, shared);
    std::unique_ptr<good_handles> mine;
    for (int n = 0; left.fetch_sub(1) > 0; ++n) {
        if (n % calls_with_the_same_handles == 0) {
            if (mine) {
                end(*mine);
            }
            mine = std::make_unique<good_handles>();
            random.use(mine.get());
        }
        const function &f = all[random.below(all.size())];
        const std::string_view name(f.name);
        if (name == "ald_shutdown") { // test_shutdown has it on many threads
            continue;
        }
        const bool refuses = !f.handles.empty() && !f.optional;
        random.begin(refuses && random.below(4) == 0);
        choice c;
        c.random = &random;
        const outcome o = f.call(c);
        ASSERT_EQ(o.overrun, "") << f.name << " with ALIDADE_SEED=" << seed;
        ASSERT_NE(o.status, ald_status{ALD_E_INTERNAL})
            << f.name << ": " << message(o.err) << " with ALIDADE_SEED=" << seed;
    }
    end(*mine);
}

TEST_F(random_calls, of_everything_on_many_threads) {
    const char *chosen = std::getenv("ALIDADE_SEED"); // NOLINT(concurrency-mt-unsafe)
    const std::uint64_t seed = chosen != nullptr ? std::strtoull(chosen, nullptr, 10) : 1;
    shared_handles shared{};
    std::atomic<int> left{calls};
    std::vector<std::thread> callers;
    for (int i = 0; i < threads; ++i) {
        callers.emplace_back([&shared, &left, mine = seed * threads + static_cast<unsigned>(i)] {
            call_at_random(mine, shared, left);
        });
    }
    for (std::thread &t : callers) {
        t.join();
    }
}

} // namespace
} // namespace tests
