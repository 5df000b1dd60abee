// The device with its children and their properties.
#pragma once

#include "machine.hpp"
#include "support/properties.hpp"

#include <optional>

namespace host_driver {

using drivers::measured;
using drivers::property;
using drivers::reading;

[[nodiscard]] inline measured measured_at(const moment &when, double x,
                                          std::uint64_t quality = 0) noexcept {
    return {x, when.t_mono_ns, when.uncertainty_ns, quality};
}

class node {
public:
    explicit node(std::string name) : name_(std::move(name)) {}

    // Adds a child of that name, or of that name and a number if there is one already.
    node &add_child(std::string_view name);
    // The first property of a readable node is "value".
    void add(property p) { properties_.push_back(std::move(p)); }
    void add_constant(const char *name, const char *doc, std::string text);
    void add_constant(const char *name, const char *unit, const char *doc, std::int64_t number);

    [[nodiscard]] const std::string &name() const noexcept { return name_; }
    [[nodiscard]] const std::vector<std::unique_ptr<node>> &children() const noexcept {
        return children_;
    }

    // Tells the host of all that is here and below. `handle` is the host's word for this node.
    [[nodiscard]] ald_status declare(const ald_host &host, ald_node *handle, ald_error **err);
    [[nodiscard]] ald_node *handle() const noexcept { return handle_; }
    // Once it was declared.
    void carry_out(ald_request *request, const ald_request_info &info) const {
        table_->carry_out(request, info);
    }

private:
    std::string name_;
    std::vector<property> properties_;
    std::vector<std::unique_ptr<node>> children_;
    ald_node *handle_ = nullptr;
    std::optional<drivers::property_table> table_;
};

// Sensors that come out of the same file or directory.
class family {
public:
    using listener = std::function<void(const node &, double)>;

    family() = default;
    family(const family &) = delete;
    family &operator=(const family &) = delete;
    virtual ~family() = default;

    // Reads all "value"s once, for those who listen. Uses nothing that `property::get` uses too:
    // both may run at once, and a rate between two events is not cut short by somebody's reading.
    [[nodiscard]] virtual outcome poll(const listener &tell) = 0;
};

// Each adds its sensors below `root`, or gives none where the computer has no such sensors.
using families = std::vector<std::unique_ptr<family>>;
[[nodiscard]] outcome add_cpu(const machine &m, node &root, families &to);
[[nodiscard]] outcome add_memory(const machine &m, node &root, families &to);
[[nodiscard]] outcome add_disks(const machine &m, node &root, families &to);
[[nodiscard]] outcome add_networks(const machine &m, node &root, families &to);
[[nodiscard]] outcome add_temperatures(const machine &m, node &root, families &to);

// Counts beyond the range of int64 stay at its end.
[[nodiscard]] std::int64_t to_count(std::uint64_t x) noexcept;

} // namespace host_driver
