// The memory, from /proc/meminfo.
#include "procfs.hpp"
#include "tree.hpp"

namespace host_driver {

namespace {

struct sample {
    memory_sample bytes;
    moment when;
};

result<sample> take_sample(const machine &m) {
    const std::string path = m.path("proc/meminfo");
    const auto file = m.read(path);
    if (!file) {
        return file.error();
    }
    const auto parsed = parse_meminfo(file->text, path);
    if (!parsed) {
        return parsed.error();
    }
    return sample{*parsed, file->when};
}

// In a container the two may come from different places.
std::uint64_t rest_of(std::uint64_t total, std::uint64_t part) noexcept {
    return total > part ? total - part : 0;
}

double used(const memory_sample &m) noexcept {
    return static_cast<double>(rest_of(m.total, m.available));
}

class memory final : public family {
public:
    memory(const machine &m, node &root, const memory_sample &first) : machine_(m) {
        node &whole = root.add_child("memory");
        where_ = &whole;
        whole.add({.name = "value",
                   .unit = "By",
                   .doc = "memory in use: what is not available",
                   .min = 0,
                   .max = static_cast<double>(first.total),
                   .get = [this](auto *) { return read_used(); }});
        const auto add_amount = [&](const char *name, const char *doc,
                                    std::uint64_t (*amount)(const memory_sample &)) {
            whole.add({.name = name,
                       .type = ALD_TYPE_INT,
                       .unit = "By",
                       .doc = doc,
                       .min = 0,
                       .get = [this, amount](auto *) { return read_amount(amount); }});
        };
        add_amount("total", "memory that the kernel has",
                   [](const memory_sample &s) { return s.total; });
        add_amount("available", "memory that programs can get without swapping",
                   [](const memory_sample &s) { return s.available; });
        add_amount("swap_total", "room for memory on disks",
                   [](const memory_sample &s) { return s.swap_total; });
        add_amount("swap_used", "memory that is on disks now",
                   [](const memory_sample &s) { return rest_of(s.swap_total, s.swap_free); });
    }

    outcome poll(const listener &tell) override {
        const auto now = take_sample(machine_);
        if (!now) {
            return now.error();
        }
        tell(*where_, used(now->bytes));
        return done{};
    }

private:
    [[nodiscard]] result<reading> read_used() const {
        const auto now = take_sample(machine_);
        if (!now) {
            return now.error();
        }
        return measured_at(now->when, used(now->bytes));
    }

    [[nodiscard]] result<reading>
    read_amount(std::uint64_t (*amount)(const memory_sample &)) const {
        const auto now = take_sample(machine_);
        if (!now) {
            return now.error();
        }
        return to_count(amount(now->bytes));
    }

    const machine &machine_;
    const node *where_ = nullptr;
};

} // namespace

outcome add_memory(const machine &m, node &root, families &to) {
    const auto first = take_sample(m);
    if (!first) {
        return first.error();
    }
    to.push_back(std::make_unique<memory>(m, root, first->bytes));
    return done{};
}

} // namespace host_driver
