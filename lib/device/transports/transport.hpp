// Transport: carries bytes to an instrument and back.
#pragma once

#include "base/async/own_descriptor.hpp"
#include "base/error.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace alidade {

// Never waits: whoever uses it polls its descriptor. One thread reads while another one writes.
class transport {
public:
    transport(std::string name, descriptor fd) : name_(std::move(name)), fd_(std::move(fd)) {}
    transport(const transport &) = delete;
    transport &operator=(const transport &) = delete;
    virtual ~transport() = default;

    // Name for messages: "/dev/ttyUSB0".
    [[nodiscard]] const std::string &name() const noexcept { return name_; }
    [[nodiscard]] virtual int fd() const noexcept { return fd_.get(); }

    // Return the number of bytes that came or were taken; 0 means to poll and try again.
    // DISCONNECTED when the other end is gone.
    [[nodiscard]] virtual result<std::size_t> read(std::span<char> to) = 0;
    [[nodiscard]] virtual result<std::size_t> write(std::string_view bytes) = 0;
    // Hands over what `write` took and could not hand over yet. False means to poll and try again.
    [[nodiscard]] virtual result<bool> flush() { return true; }
    // Drops what was taken and is not on the line yet; true if there was something.
    virtual bool cut() { return false; }

    // Forgets what was sent and had no answer yet: the line was silent, or begins anew.
    virtual void forget() {}

    // Tells what happened on the line, for whoever keeps a record of it. Any thread.
    virtual void note(std::string_view) {}

    // Object that must live as long as the line: a simulated instrument at its other end.
    std::shared_ptr<const void> keep;

protected:
    // Words the failure of a read or write by its errno.
    [[nodiscard]] failure lost(int number) const;
    [[nodiscard]] failure closed_by_peer() const;
    // The result of a system call that reads or writes.
    [[nodiscard]] result<std::size_t> count_of(ssize_t done) const;

private:
    std::string name_;
    own_descriptor fd_;
};

} // namespace alidade
