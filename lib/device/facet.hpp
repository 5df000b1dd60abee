// Facets: the state that a device keeps for each of its capabilities.
#pragma once

#include "base/value/value.hpp"
#include "device/capability.hpp"

#include <alidade/readable.h>

#include <atomic>
#include <string_view>

namespace alidade {

// State of a capability, kept as long as the device: who found it may go on using it.
class facet {
public:
    facet() = default;
    facet(const facet &) = delete;
    facet &operator=(const facet &) = delete;
    virtual ~facet() = default;

    // A property was read, written or published. With the device's lock held.
    virtual void learned(std::string_view property, const value &v, const ald_reading *times,
                         std::int64_t t_mono_ns);
    // The property whose writing moves the device was written, and the motion has ended at its
    // goal. With the device's lock held.
    virtual void arrived(std::string_view property, const value &goal, const value &reached);
    // The device leaves where it was sent, or its numbers may mean other places: a motion, a stop
    // or an action begins. With the device's lock held.
    virtual void departed() noexcept;
    // The device is closed or gone.
    virtual void ended(ald_status why) noexcept;
    // An emergency stop holds.
    virtual void held_down() noexcept;

private:
    friend class facets;
    const capability *of_ = nullptr;
    facet *next_ = nullptr; // owned by the facets that this one is of
};

// Facets of a device. Looking one up takes no lock.
class facets {
public:
    facets() = default;
    facets(const facets &) = delete;
    facets &operator=(const facets &) = delete;
    ~facets();

    // For one thread at a time.
    void add(const capability &of, std::unique_ptr<facet> one) noexcept;
    // NULL if there is none.
    [[nodiscard]] facet *find(const capability &of) const noexcept {
        facet *f = first_.load(std::memory_order_acquire);
        while (f != nullptr && f->of_ != &of) {
            f = f->next_;
        }
        return f;
    }
    template <class Function> void for_each(Function &&function) const {
        for (facet *f = first_.load(std::memory_order_acquire); f != nullptr; f = f->next_) {
            function(*f);
        }
    }

private:
    std::atomic<facet *> first_{nullptr};
};

} // namespace alidade
