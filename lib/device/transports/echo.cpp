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
    // Reads, and takes the echo of what was sent out of the answer.
    [[nodiscard]] result<std::size_t> read(std::span<char> to) override {
        auto count = line_->read(to);
        const std::scoped_lock lock(mutex_);
        if (!count || *count == 0 || sent_.empty()) {
            return count;
        }
        const std::string_view came(to.data(), *count);
        const std::string_view awaited = std::string_view(sent_).substr(back_);
        const std::size_t size = std::min(came.size(), awaited.size());
        if (came.substr(0, size) != awaited.substr(0, size)) {
            return differs(came);
        }
        back_ += size;
        if (back_ == sent_.size()) {
            forget_sent();
        }
        std::copy(came.begin() + static_cast<std::ptrdiff_t>(size), came.end(), to.begin());
        return came.size() - size;
    }
    // Nothing can come back before it is awaited: who reads waits for the lock.
    [[nodiscard]] result<std::size_t> write(std::string_view bytes) override {
        const std::scoped_lock lock(mutex_);
        auto count = line_->write(bytes);
        if (count && sent_.size() + *count <= most_awaited) {
            sent_.append(bytes.substr(0, *count));
        }
        return count;
    }
    [[nodiscard]] result<bool> flush() override { return line_->flush(); }
    bool cut() override { return line_->cut(); }
    void forget() override {
        const std::scoped_lock lock(mutex_);
        forget_sent();
        line_->forget();
    }
    void note(std::string_view what) override { line_->note(what); }

private:
    void forget_sent() {
        sent_.clear();
        back_ = 0;
    }
    // Tells the whole of both, however the bytes were divided among reads.
    failure differs(std::string_view came) {
        constexpr std::size_t most = 60;
        const std::string wanted = std::exchange(sent_, {});
        const std::string got = wanted.substr(0, std::exchange(back_, 0)).append(came);
        return fail({.code = ALD_E_PROTOCOL, .domain = "line", .where = name()},
                    "'{}' sent back '{}' where '{}' had been sent; leave 'echo=on' out if the "
                    "instrument does not echo, and check the settings of the line",
                    name(), escaped_bytes(std::string_view(got).substr(0, most)),
                    escaped_bytes(std::string_view(wanted).substr(0, most)));
    }

    std::unique_ptr<transport> line_;
    std::mutex mutex_;
    std::string sent_;     // and not all of it back yet
    std::size_t back_ = 0; // of that
};

} // namespace

std::unique_ptr<transport> without_echo(std::unique_ptr<transport> line) {
    return std::make_unique<echo_transport>(std::move(line));
}

} // namespace alidade
