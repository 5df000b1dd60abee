#include "protocol.hpp"

#include "support/text.hpp"

#include <algorithm>

namespace esp300 {

namespace {

using namespace drivers;

constexpr std::string_view version_begins = "ESP30"; // ESP300 and ESP301
constexpr std::size_t most_errors = 64;              // its queue holds ten
constexpr std::int64_t resync_step_ns = 1'000'000'000;

bool is_version(std::string_view text) {
    return text.substr(0, version_begins.size()) == version_begins;
}

} // namespace

protocol::protocol(const ald_host &host, std::function<void()> was_reset)
    : host_(host), was_reset_(std::move(was_reset)), line_(host, {.instrument = "ESP300",
                                                                  .baud = 19200,
                                                                  .flow = ALD_FLOW_RTS_CTS,
                                                                  .sent_end = "\r",
                                                                  .terminator = "\r\n",
                                                                  .latency_ns = 200'000'000}) {}

result<std::string> protocol::open(const ald_request *request, const std::string &uri) {
    versions_asked_ = 0;
    if (auto opened = line_.open(request, uri, resync, this); !opened) {
        return opened.error();
    }
    const auto said = line_.query(request, "VE?");
    if (!said) {
        return said.error();
    }
    if (!is_version(said->text)) {
        return line_.unexpected("VE?", said->text, "'ESP300 Version ...'");
    }
    return printable(said->text);
}

// Asked until the version comes: nothing else that the controller says looks like it.
ald_status protocol::resync(void *self, ald_port *port, const ald_request *request,
                            ald_error **err) {
    auto &me = *static_cast<protocol *>(self);
    ald_status status = ALD_OK;
    ald_error *why = nullptr;
    constexpr std::string_view question = "VE?\r";
    for (;;) {
        status = me.host_.port_write(port, request, question.data(), question.size(), err);
        if (status != ALD_OK) {
            return status;
        }
        ++me.versions_asked_;
        const std::int64_t until = me.host_.mono_ns() + resync_step_ns;
        for (;;) {
            const auto line = line::read_line_of(me.host_, port, request, until, status, &why);
            if (line && is_version(*line)) {
                me.versions_asked_ = std::max(me.versions_asked_ - 1, 0);
                return ALD_OK;
            }
            if (!line && status != ALD_E_PROTOCOL) {
                break;
            }
            me.host_.error_unref(std::exchange(why, nullptr)); // too long: not what we wait for
        }
        // A second of silence: the question may have been lost.
        const bool again = status == ALD_E_TIMEOUT &&
                           me.host_.mono_ns() < describe(me.host_, request).deadline_mono_ns;
        if (!again) {
            if (err != nullptr) {
                *err = std::exchange(why, nullptr);
            }
            me.host_.error_unref(why);
            return status;
        }
        me.host_.error_unref(std::exchange(why, nullptr));
    }
}

result<answer> protocol::ask(const ald_request *request, const std::string &question) {
    auto said = line_.query(request, question);
    while (said && is_version(said->text)) {
        if (versions_asked_ == 0) {
            was_reset_();
            return fault{ALD_E_STATE_LOST,
                         "the controller was reset while the device was open: motors are off, "
                         "positions and settings are lost; close the device, open and home it"};
        }
        --versions_asked_; // the late answer to a question of `resync`
        said = line_.read(request, describe(host_, request).deadline_mono_ns);
    }
    if (said) { // answers come in the order of the questions: no version comes late any more
        versions_asked_ = 0;
    }
    return said;
}

result<std::string> protocol::ask_text(const ald_request *request, const std::string &question) {
    const auto said = ask(request, question);
    return said ? result<std::string>(printable(trimmed(said->text))) : said.error();
}

result<measured> protocol::ask_number(const ald_request *request, const std::string &question) {
    const auto said = ask(request, question);
    if (!said) {
        return said.error();
    }
    const auto number = to_plain_double(said->text);
    if (!number) {
        return line_.unexpected(question, said->text, "a finite number");
    }
    return measured{*number, said->t_mono_ns, said->uncertainty_ns};
}

result<bool> protocol::ask_flag(const ald_request *request, const std::string &question) {
    const auto said = ask(request, question);
    if (!said) {
        return said.error();
    }
    const auto number = to_plain_integer(said->text);
    if (!number || (*number != 0 && *number != 1)) {
        return line_.unexpected(question, said->text, "0 or 1");
    }
    return *number == 1;
}

result<std::vector<entry>> protocol::take_errors(const ald_request *request) {
    std::vector<entry> taken;
    while (taken.size() < most_errors) {
        const auto said = ask(request, "TB?");
        if (!said) {
            return said.error();
        }
        auto e = parse_entry(said->text);
        if (!e) {
            return line_.unexpected("TB?", said->text, "code, time stamp, text");
        }
        if (e->code == 0) {
            return taken;
        }
        taken.push_back(std::move(*e));
    }
    return fault{ALD_E_PROTOCOL, "the controller's error queue never ends; reset it"};
}

} // namespace esp300
