// A device with a line whose other end is the test.
#pragma once

#include "unit/device/scripted_driver.hpp"

#include "base/async/descriptor.hpp"
#include "device/port.hpp"

#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <string>
#include <termios.h>
#include <unistd.h>

namespace alidade::testing {

// A pseudo-terminal. The test holds the instrument's end.
class pty_pair {
public:
    pty_pair() {
        int mine = -1;
        int theirs = -1;
        char name[128] = {};
        EXPECT_EQ(openpty(&mine, &theirs, name, nullptr, nullptr), 0);
        termios t{};
        tcgetattr(theirs, &t);
        cfmakeraw(&t);
        tcsetattr(theirs, TCSANOW, &t);
        master_ = descriptor(mine);
        terminal_ = descriptor(theirs);
        path_ = name;
    }
    [[nodiscard]] const std::string &path() const { return path_; }
    [[nodiscard]] int fd() const { return master_.get(); }

    void send(std::string_view bytes) const {
        ssize_t sent = 0;
        do {
            sent = ::write(fd(), bytes.data(), bytes.size());
        } while (sent < 0 && errno == EINTR); // some tests have many signals
        EXPECT_EQ(sent, static_cast<ssize_t>(bytes.size()));
    }
    // What came until `end`, or within a time.
    [[nodiscard]] std::string receive(std::string_view end, int timeout_ms = 2000) const {
        std::string got;
        pollfd p{fd(), POLLIN, 0};
        while (got.find(end) == std::string::npos && poll(&p, 1, timeout_ms) > 0) {
            char c = 0;
            if (::read(fd(), &c, 1) != 1) {
                break;
            }
            got += c;
        }
        return got;
    }
    void unplug() { master_ = descriptor(); }

private:
    descriptor master_;
    descriptor terminal_; // with nobody there the other end could not wait for bytes
    std::string path_;
};

// A device that has opened a line; `run` does something inside of its driver.
struct line_bench {
    explicit line_bench(const std::string &uri, port::speech how = {})
        : steps(std::make_shared<script>()), home(make<lab>("lines")) {
        steps->on_open = [this, uri, how](request &r) {
            auto opened = port::open(r, uri, how);
            if (!opened) {
                r.complete(failure(opened.error()));
                return;
            }
            line = std::move(*opened);
            r.complete(value());
        };
        const scripted_driver &kind = scripted(true);
        kind.next = steps;
        auto added = home->add("thing", kind.name(), value());
        EXPECT_TRUE(added);
        thing = *added;
    }
    line_bench(const line_bench &) = delete;
    line_bench &operator=(const line_bench &) = delete;
    ~line_bench() { home->close(); }

    [[nodiscard]] result<value> open(std::int64_t timeout_ns = 5'000'000'000) const {
        return end_of_op(thing->start_open(timeout_ns));
    }
    [[nodiscard]] static result<value> end_of_op(const result<ref<op>> &started) {
        if (!started) {
            return failure(started.error());
        }
        EXPECT_TRUE((*started)->wait(deadline_after(20'000'000'000), nullptr)) << "it never ended";
        return (*started)->result_of();
    }
    // Starts a request whose handling is `body`.
    [[nodiscard]] result<ref<op>> start(std::function<result<value>(port &, request &)> body,
                                        std::int64_t timeout_ns = 5'000'000'000) {
        steps->on_submit = [this, body = std::move(body)](request &r) {
            r.complete(body(*line, r));
        };
        return thing->start_get("reply", timeout_ns, false);
    }
    [[nodiscard]] result<value> run(std::function<result<value>(port &, request &)> body,
                                    std::int64_t timeout_ns = 5'000'000'000) {
        return end_of_op(start(std::move(body), timeout_ns));
    }

    std::shared_ptr<script> steps;
    ref<lab> home;
    ref<device> thing;
    std::unique_ptr<port> line;
};

// One exchange, as a driver has it.
inline result<std::string> ask(port &line, const request &r, std::string_view what) {
    std::array<char, 64> text{};
    auto size = line.query(r, what, text);
    if (!size) {
        return failure(std::move(size.error()));
    }
    return std::string(text.data(), *size);
}
inline std::function<result<value>(port &, request &)> asking(std::string what) {
    return [what = std::move(what)](port &line, request &r) -> result<value> {
        auto answer = ask(line, r, what);
        return answer ? result<value>(value(*answer)) : failure(answer.error());
    };
}

inline std::string text_of(const result<value> &r) {
    if (!r) {
        return std::string(status_name(r.error()->code())) + ": " + r.error()->detail().message;
    }
    const std::string *text = r->as_string();
    return text != nullptr ? *text : "no text";
}
inline ald_status code_of(const result<value> &r) { return r ? ALD_OK : r.error()->code(); }

} // namespace alidade::testing
