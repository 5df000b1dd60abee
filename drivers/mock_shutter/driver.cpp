// A shutter with a travel time of one's choice, for trying programs out and for tests; or the one
// of a simulated bench, which blocks its laser.
#include "support/bench.hpp"
#include "support/properties.hpp"

#include <array>

namespace {

using namespace drivers;

class shutter {
public:
    static constexpr const char *domain = "mock-shutter";

    // No input or output.
    shutter(const ald_host &host, ald_node *node, const options &given)
        : host_(host), node_(node), table_(host, domain), quantity_(given.text("quantity")),
          bench_name_(given.text("bench")),
          travel_ns_(static_cast<std::int64_t>(given.number("travel_time") * 1e9)) {}

    [[nodiscard]] ald_status declare(ald_error **err) {
        std::string unit;
        if (const ald_status found =
                find_bench(host_, node_, quantity_, bench_name_, &bench_, &unit, err);
            found != ALD_OK) {
            return found;
        }
        if (const ald_status added = table_.add_to(node_, properties(), actions(), err);
            added != ALD_OK) {
            return added;
        }
        if (const ald_status able = host_.add_capability(node_, "shutter", 1, err);
            able != ALD_OK) {
            return able;
        }
        return host_.set_identity(node_, "alidade", "mock-shutter", "0", "1", err);
    }

    void submit(ald_request *request) {
        const ald_request_info info = describe(host_, request);
        if (info.verb == ALD_VERB_OPEN) {
            find_out();
            complete(host_, request);
        } else if (info.verb == ALD_VERB_CLOSE) { // one that is open stays so
            end(&shutter::rest);
            complete(host_, request);
        } else {
            table_.carry_out(request, info);
        }
    }

    // Closes one that is being opened, which its request ends with; a close goes on.
    void cancel(ald_request *request) {
        bool ours = false;
        {
            const std::scoped_lock lock(mutex_);
            ours = request == opening_;
        }
        if (ours) {
            close(nullptr);
        }
    }

private:
    enum class state { closed, opening, open, closing };

    // Requests to complete once the mutex is free.
    struct ended {
        std::vector<ald_request *> done;
        std::vector<ald_request *> overruled; // opened it, and it was closed
    };

    [[nodiscard]] std::vector<property> properties() {
        return {{.name = "shutter_state",
                 .type = ALD_TYPE_STRING,
                 .doc = "closed, opening, open or closing",
                 .choices = {"closed", "opening", "open", "closing"},
                 .get = [this](auto *) { return word(); }}};
    }

    [[nodiscard]] std::vector<action> actions() {
        return {{.name = "open_shutter",
                 .doc = "let the light through",
                 .start = [this](ald_request *request) { open(request); }},
                {.name = "close_shutter",
                 .doc = "block the light",
                 .start = [this](ald_request *request) { close(request); }}};
    }

    [[nodiscard]] std::string word() {
        static constexpr std::array words{"closed", "opening", "open", "closing"};
        const std::scoped_lock lock(mutex_);
        return words.at(static_cast<std::size_t>(state_));
    }

    // Finds out whether it is open: on a bench as the bench has it.
    void find_out() {
        const std::scoped_lock lock(mutex_);
        if (bench_ != nullptr) {
            const double passes = host_.bench_get(bench_, quantity_.c_str(), host_.mono_ns());
            state_ = passes > 0 ? state::open : state::closed;
        }
    }

    // A close that comes before it has begun ends it, too: nothing opens late.
    void open(ald_request *request) {
        std::uint64_t closes_before = 0;
        {
            const std::scoped_lock lock(mutex_);
            closes_before = closes_;
        }
        host_.accept(request);
        bool done = false;
        bool busy = false;
        ald_status begun = ALD_OK;
        {
            const std::scoped_lock lock(mutex_);
            done = state_ == state::open;
            busy = state_ == state::closing;
            if (closes_ != closes_before) {
                begun = ALD_E_CANCELLED;
            } else if (state_ == state::closed) {
                begun = travel(state::opening);
                opening_ = begun == ALD_OK ? request : nullptr;
            }
        }
        if (begun == ALD_E_CANCELLED) {
            refuse(host_, request, begun, "device", "the shutter was closed");
        } else if (busy) {
            refuse(host_, request, ALD_E_BUSY, domain, "it is closing; open it when it is closed");
        } else if (begun != ALD_OK) {
            host_.complete(request, begun, nullptr, nullptr);
        } else if (done) {
            complete(host_, request);
        } else if (host_.is_cancelled(request) != 0) { // before it could be found
            cancel(request);
        }
        tell();
    }

    void close(ald_request *request) {
        ald_status begun = ALD_OK;
        {
            const std::scoped_lock lock(mutex_);
            ++closes_;
            if (opening_ != nullptr) {
                overruled_.push_back(std::exchange(opening_, nullptr));
            }
            if (request != nullptr) {
                closing_.push_back(request);
            }
            if (state_ == state::opening || state_ == state::open) {
                begun = travel(state::closing);
            } else if (state_ == state::closed) {
                begun = ALD_E_STATE; // it need not travel
            }
        }
        if (begun != ALD_OK) { // also where there is no timer
            end(&shutter::shut);
        }
        tell();
    }

    // With the mutex held, as those below.
    ald_status travel(state to) {
        const std::int64_t arrives_ns = host_.mono_ns() + travel_ns_;
        std::uint64_t timer = 0;
        const ald_status begun = host_.schedule(
            node_, arrives_ns,
            [](void *self) { static_cast<shutter *>(self)->end(&shutter::arrive); }, this, &timer,
            nullptr);
        if (begun == ALD_OK) {
            arrives_ns_ = arrives_ns;
            state_ = to;
        }
        return begun;
    }

    // Arrives at the end of its way; a shutter that has turned round does so by a later timer.
    void arrive(ended &of) {
        if (host_.mono_ns() < arrives_ns_) {
            return;
        }
        if (state_ == state::closing) {
            shut(of);
        } else if (state_ == state::opening) {
            put(state::open);
            of.done.push_back(std::exchange(opening_, nullptr));
        }
    }

    void rest(ended &of) {
        if (state_ != state::open) {
            shut(of);
        }
    }

    void shut(ended &of) {
        put(state::closed);
        of.done.swap(closing_);
        of.overruled.swap(overruled_);
        if (opening_ != nullptr) {
            of.overruled.push_back(std::exchange(opening_, nullptr));
        }
    }

    void put(state now) {
        state_ = now;
        if (bench_ != nullptr) {
            host_.bench_set(bench_, quantity_.c_str(), now == state::open ? 1 : 0, nullptr);
        }
    }

    void end(void (shutter::*how)(ended &of)) {
        ended of;
        {
            const std::scoped_lock lock(mutex_);
            (this->*how)(of);
        }
        tell();
        for (ald_request *r : of.overruled) {
            refuse(host_, r, ALD_E_CANCELLED, "device", "the shutter was closed");
        }
        for (ald_request *r : of.done) {
            complete(host_, r);
        }
    }

    void tell() {
        const value now = make_string(host_, word());
        host_.publish(node_, 0, now.get());
    }

    const ald_host &host_;
    ald_node *node_;
    property_table table_;
    std::string quantity_;
    std::string bench_name_;
    ald_bench *bench_ = nullptr; // none: it blocks nothing
    std::int64_t travel_ns_;
    std::mutex mutex_;
    state state_ = state::closed;
    std::int64_t arrives_ns_ = 0;
    std::uint64_t closes_ = 0;
    ald_request *opening_ = nullptr;
    std::vector<ald_request *> closing_;
    std::vector<ald_request *> overruled_;
};

} // namespace

extern "C" ALD_API const ald_driver *ald_driver_v2(const ald_host *host) {
    if (!fits(host)) {
        return nullptr;
    }
    driver_functions<shutter>::host = host;
    static const value travel = make_double(*host, 0.01);
    static const value empty = make_string(*host, "");
    static std::array records{
        option("travel_time", ALD_TYPE_DOUBLE, "s", "how long it takes to open and to close",
               travel),
        option("quantity", ALD_TYPE_STRING, "",
               "quantity of a simulated bench that it drives, 1 for open and 0 for closed; empty "
               "for one that blocks nothing",
               empty),
        option("bench", ALD_TYPE_STRING, "", "name of the simulated bench; empty for the lab's own",
               empty),
    };
    records[0].min = 0;
    static const ald_driver driver = driver_table<shutter>(
        "mock-shutter", "A shutter with a travel time of one's choice, for trying programs out.",
        records);
    return &driver;
}
