// Past values of a quantity: instruments that average look back.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>

namespace alidade {

template <class T> class history {
public:
    explicit history(T first, std::int64_t since) {
        entries_.emplace_back(since, std::move(first));
    }

    // Value at a time; the earliest that is known for times before.
    [[nodiscard]] const T &at(std::int64_t t_mono_ns) const noexcept {
        auto it = entries_.rbegin();
        while (it->first > t_mono_ns && it + 1 != entries_.rend()) {
            ++it;
        }
        return it->second;
    }
    [[nodiscard]] const T &last() const noexcept { return entries_.back().second; }
    [[nodiscard]] std::int64_t last_change() const noexcept { return entries_.back().first; }

    // Times that are not after the last one's take its place: clocks of two threads may cross.
    void put(std::int64_t t_mono_ns, T now) {
        if (t_mono_ns <= entries_.back().first) {
            entries_.back().second = std::move(now);
            return;
        }
        entries_.emplace_back(t_mono_ns, std::move(now));
        while (entries_.size() > 1 &&
               (entries_[1].first < t_mono_ns - kept_ns || entries_.size() > most)) {
            entries_.pop_front();
        }
    }

private:
    static constexpr std::int64_t kept_ns = 60'000'000'000;
    static constexpr std::size_t most = 4096;
    std::deque<std::pair<std::int64_t, T>> entries_;
};

} // namespace alidade
