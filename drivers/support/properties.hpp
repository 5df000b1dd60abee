// The properties and actions of a node as a table: what each is, how it is read, how it is written
// and how it is carried out.
#pragma once

#include "support/host.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <variant>

namespace drivers {

// Result of reading a property; `value` is for what has no kind of its own here, as a map.
using reading = std::variant<double, std::int64_t, bool, std::string, measured, value>;

// Value that a property is to be set to. The library has checked it against the property's row.
class setting {
public:
    setting(const ald_host &host, const ald_request_info &info) noexcept
        : host_(host), value_(info.value), number_(info.number) {}

    [[nodiscard]] double number() const noexcept { return number_; }
    [[nodiscard]] std::int64_t integer() const noexcept { return int_of(host_, value_); }
    [[nodiscard]] bool flag() const noexcept { return bool_of(host_, value_); }
    [[nodiscard]] std::string text() const { return string_of(host_, value_); }
    // As the library gave it; borrowed.
    [[nodiscard]] const ald_value *get() const noexcept { return value_; }

private:
    const ald_host &host_;
    const ald_value *value_;
    double number_;
};

// Row of a property: it can be read where there is `get`, and written where there is `set` or
// `start`.
struct property {
    using choice = std::variant<std::int64_t, std::string>;

    std::string name{};
    ald_type type = ALD_TYPE_DOUBLE;
    std::string unit{}; // UCUM
    std::string doc{};
    double min = none;
    double max = none;
    double step = none;
    std::vector<choice> choices{}; // the only values allowed; empty for any
    std::uint64_t flags = 0;       // `ALD_SCHEMA_<X>` but READ and WRITE

    std::function<result<reading>(const ald_request *)> get{};
    // Writes it; then it is read back by `get`.
    std::function<outcome(const ald_request *, const setting &)> set{};
    // Takes the request over and completes it, at once or later: a motion.
    std::function<void(ald_request *, const setting &)> start{};
};

// Row of an action: carried out by `run`, or taken over by `start`, which completes the request at
// once or later.
struct action {
    std::string name{};
    std::string doc{};
    std::uint64_t flags = 0; // `ALD_ACTION_<X>`

    std::function<outcome(const ald_request *)> run{};
    std::function<void(ald_request *)> start{};
};

class property_table {
public:
    // `domain` is that of its errors.
    property_table(const ald_host &host, const char *domain) : host_(host), domain_(domain) {}

    // Adds the rows to the node, in place of those of an earlier opening; during `create` or open.
    [[nodiscard]] ald_status add_to(ald_node *node, std::vector<property> properties,
                                    std::vector<action> actions, ald_error **err);

    // Completes a request ALD_VERB_GET, _SET or _ACT by its row, or has it taken over. Any thread,
    // also while the rows are replaced: a stop may come at any time.
    void carry_out(ald_request *request, const ald_request_info &info) const;

    // Tells that a property of the node has changed by itself.
    void publish(std::string_view name, const value &now) const;

private:
    struct rows {
        ald_node *node = nullptr;
        std::vector<property> properties{};
        std::vector<action> actions{};
    };

    void get(ald_request *request, const ald_request_info &info, const property &p) const;
    void set(ald_request *request, const ald_request_info &info, const property &p) const;
    void act(ald_request *request, const action &a) const;
    void refuse(ald_request *request, const fault &why) const;
    [[nodiscard]] std::shared_ptr<const rows> now() const;

    const ald_host &host_;
    const char *domain_;
    mutable std::mutex mutex_;
    std::shared_ptr<const rows> rows_ = std::make_shared<const rows>();
};

// Completes a request with what was read.
void complete(const ald_host &host, ald_request *request, const reading &read);

} // namespace drivers
