#include "protocol.hpp"

#include "support/text.hpp"

#include <algorithm>
#include <array>

namespace newport_1830c {

namespace {

using namespace drivers;

constexpr std::int64_t silence_ns = 300'000'000; // the meter answers within a tenth of a second
constexpr std::int64_t reply_ns = 1'000'000'000;

struct question {
    std::string_view text;
    std::int64_t least;
    std::int64_t greatest;
};

constexpr std::array questions{
    question{"W?", 0, 9999}, question{"U?", 1, 4}, question{"R?", 0, 8}, question{"F?", 1, 3},
    question{"A?", 0, 1},    question{"Z?", 0, 1}, question{"G?", 0, 1}, question{"Q?", 0, 255},
    question{"K?", 0, 2},    question{"L?", 0, 1},
};

// "0633" and nothing else; no other answer has four digits.
bool is_wavelength(std::string_view text) {
    text = trimmed(text);
    return text.size() == 4 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

} // namespace

protocol::protocol(const ald_host &host)
    : host_(host), line_(host, {.instrument = "1830-C",
                                .baud = 9600,
                                .flow = ALD_FLOW_NONE,
                                .sent_end = "\n",
                                .terminator = "\n",
                                .latency_ns = silence_ns}) {}

outcome protocol::open(const ald_request *request, const std::string &uri) {
    if (auto opened = line_.open(request, uri, resync, this); !opened) {
        return opened;
    }
    const auto probed = ask(request, "Z?");
    return probed ? outcome(done{}) : probed.error();
}

// Brings the port in step by silence, so that nothing late comes any more, then by a question whose
// answer has four digits, as no other has: answers do not tell what was asked.
ald_status protocol::resync(void *self, ald_port *port, const ald_request *request,
                            ald_error **err) {
    const ald_host &host = static_cast<protocol *>(self)->host_;
    ald_error *why = nullptr;
    ald_status status = ALD_OK;
    const std::int64_t deadline = describe(host, request).deadline_mono_ns;
    for (;;) {
        do { // whatever still comes
            host.error_unref(std::exchange(why, nullptr));
            (void)line::read_line_of(host, port, request, host.mono_ns() + silence_ns, status,
                                     &why);
        } while (status == ALD_OK || status == ALD_E_PROTOCOL);
        if (status != ALD_E_TIMEOUT || host.mono_ns() >= deadline) {
            break;
        }
        host.error_unref(std::exchange(why, nullptr));
        constexpr std::string_view asked = "W?\n";
        status = host.port_write(port, request, asked.data(), asked.size(), &why);
        if (status != ALD_OK) {
            break;
        }
        const auto text =
            line::read_line_of(host, port, request, host.mono_ns() + reply_ns, status, &why);
        if (text && is_wavelength(*text)) {
            return ALD_OK;
        }
        const bool again = text || status == ALD_E_PROTOCOL || status == ALD_E_TIMEOUT;
        if (!again || host.mono_ns() >= deadline) {
            break;
        }
    }
    if (status == ALD_OK) {
        status = ALD_E_PROTOCOL;
    }
    if (err != nullptr) {
        *err = std::exchange(why, nullptr);
    }
    host.error_unref(why);
    return status;
}

result<std::int64_t> protocol::ask(const ald_request *request, std::string_view asked) {
    const auto *found = std::find_if(questions.begin(), questions.end(),
                                     [&](const question &q) { return q.text == asked; });
    return line_.query_integer(request, asked, found->least, found->greatest);
}

outcome protocol::change(const ald_request *request, const std::string &command,
                         std::string_view asked, std::int64_t wanted) {
    if (auto written = tell(request, command); !written) {
        return written;
    }
    const auto now = ask(request, asked);
    if (!now) {
        return now.error();
    }
    if (*now == wanted) {
        return done{};
    }
    return fault{ALD_E_RANGE, "the meter did not take '" + command + "' and answers '" +
                                  std::string(asked) + "' with " + std::to_string(*now) +
                                  "; its detector or mode does not allow it"};
}

} // namespace newport_1830c
