#include "device/transports/echo.hpp"

#include "device/transports/transcript.hpp"

#include <algorithm>
#include <mutex>

namespace alidade {

namespace {

// More than is ever on its way; an instrument that echoes nothing must not eat the memory.
constexpr std::size_t most_awaited = 1 << 16;

class echo_transport final : public transport {
public:
    explicit echo_transport(std::unique_ptr<transport> line)
        : transport(line->name(), descriptor()), line_(std::move(line)) {}

    [[nodiscard]] int fd() const noexcept override { return line_->fd(); }
    // What has come of an echo is none of the answer.
    [[nodiscard]] result<std::size_t> read(std::span<char> to) override {
        auto count = line_->read(to);
        const std::scoped_lock lock(mutex_);
        if (!count || *count == 0 || awaited_.empty()) {
            return count;
        }
        const std::string_view came(to.data(), *count);
        const std::size_t size = std::min(came.size(), awaited_.size());
        if (came.substr(0, size) != std::string_view(awaited_).substr(0, size)) {
            return differs(came);
        }
        returned_.append(awaited_, 0, size);
        awaited_.erase(0, size);
        if (awaited_.empty()) {
            returned_.clear();
        }
        std::copy(came.begin() + static_cast<std::ptrdiff_t>(size), came.end(), to.begin());
        return came.size() - size;
    }
    // Nothing can come back before it is awaited: who reads waits for the lock.
    [[nodiscard]] result<std::size_t> write(std::string_view bytes) override {
        const std::scoped_lock lock(mutex_);
        auto count = line_->write(bytes);
        if (count && awaited_.size() + *count <= most_awaited) {
            awaited_.append(bytes.substr(0, *count));
        }
        return count;
    }
    [[nodiscard]] result<bool> flush() override { return line_->flush(); }
    bool cut() override { return line_->cut(); }
    void forget() override {
        const std::scoped_lock lock(mutex_);
        awaited_.clear();
        returned_.clear();
        line_->forget();
    }
    void note(std::string_view what) override { line_->note(what); }

private:
    failure differs(std::string_view came) {
        constexpr std::size_t most = 60;
        const std::string sent = returned_ + std::exchange(awaited_, {});
        const std::string back = std::exchange(returned_, {}).append(came);
        return fail({.code = ALD_E_PROTOCOL, .domain = "line", .where = name()},
                    "'{}' sent back '{}' where '{}' had been sent; leave 'echo=on' out if the "
                    "instrument does not echo, and check the settings of the line",
                    name(), escaped_bytes(std::string_view(back).substr(0, most)),
                    escaped_bytes(std::string_view(sent).substr(0, most)));
    }

    std::unique_ptr<transport> line_;
    std::mutex mutex_;
    std::string awaited_;  // sent and not back yet
    std::string returned_; // sent before that and back, while something is awaited
};

} // namespace

std::unique_ptr<transport> without_echo(std::unique_ptr<transport> line) {
    return std::make_unique<echo_transport>(std::move(line));
}

} // namespace alidade
