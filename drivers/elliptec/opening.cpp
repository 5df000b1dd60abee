// Opening a bus: which motors there are, and what each of them can do.
#include "driver.hpp"

#include "support/text.hpp"

#include <algorithm>

namespace elliptec {

namespace {

using namespace drivers;

constexpr int addresses = 16;
constexpr int most_tries = 2;                   // for an answer that was garbled
constexpr std::int64_t search_ns = 150'000'000; // how long an answer to `in` may take
constexpr std::int64_t query_timeout_ns = 8'000'000'000;

} // namespace

void bus::open(ald_request *request) {
    if (auto found = find_out(request); !found) {
        line_.close();
        refuse(request, found.error());
        return;
    }
    complete(host_, request);
}

outcome bus::find_out(const ald_request *request) {
    spoken_to_ = nullptr;
    present_.clear();
    unusable_.clear();
    for (const auto &[address, m] : motors_) {
        m->going.drop();
        m->unusable = fault{ALD_E_NOT_FOUND, "the motor at address " +
                                                 std::string(1, address_digit(address)) +
                                                 " did not answer when the bus was opened again; "
                                                 "check its supply and its cable"};
    }
    if (auto opened = line_.open(request, uri_, resync, this); !opened) {
        return opened;
    }
    if (auto found = find_motors(request); !found) {
        return found;
    }
    if (addresses_.empty()) { // a late answer may have come after another one
        std::sort(present_.begin(), present_.end());
    }
    spoken_to_ = &motor_at(present_.front());
    for (const int address : present_) {
        motor &m = motor_at(address);
        m.unusable.reset();
        m.zero = 0; // it may count anew after it was switched off
        m.name = name_of(address);
        if (auto declared = declare(m); !declared) {
            return declared;
        }
    }
    for (const auto &[address, why] : unusable_) {
        if (auto told = tell_unusable(address, why); !told) {
            return told;
        }
    }
    return called(host_, [&](ald_error **err) {
        ald_status status =
            host_.set_identity(node_, "Thorlabs", "Elliptec bus", nullptr, nullptr, err);
        if (status == ALD_OK) {
            status = host_.set_timeouts(node_, query_timeout_ns, motion_timeout_ns, err);
        }
        return status == ALD_OK ? host_.poll_at(node_, host_.mono_ns(), err) : status;
    });
}

// In the order of the option, where it names the motors; else in that of the addresses found.
std::string bus::name_of(int address) const {
    const std::string digit(1, address_digit(address));
    std::size_t place = 0;
    if (!addresses_.empty()) {
        while (place < addresses_.size() && parse_address(addresses_[place]) != address) {
            ++place;
        }
    } else {
        const auto before = [&](int other) { return other < address; };
        place =
            static_cast<std::size_t>(std::count_if(present_.begin(), present_.end(), before) +
                                     std::count_if(unusable_.begin(), unusable_.end(),
                                                   [&](const auto &u) { return before(u.first); }));
    }
    return place < names_.size() ? names_[place] : digit;
}

outcome bus::tell_unusable(int address, const fault &why) {
    if (const auto known = motors_.find(address); known != motors_.end()) {
        known->second->unusable = why;
    }
    ald_error *made = host_.error_new(why.code, domain, why.native_code, why.message.c_str());
    outcome told = called(host_, [&](ald_error **err) {
        return host_.child_failed(node_, name_of(address).c_str(), made, err);
    });
    host_.error_unref(made);
    return told;
}

// Motors that are named must be there; otherwise every address is asked.
outcome bus::find_motors(const ald_request *request) {
    std::vector<int> asked;
    for (const std::string &text : addresses_) {
        const auto address = parse_address(text);
        if (!address) {
            return fault{ALD_E_INVALID, "'" + printable(text) +
                                            "' is no address of a motor; give one digit, 0 to F"};
        }
        asked.push_back(*address);
    }
    for (int address = 0; addresses_.empty() && address < addresses; ++address) {
        asked.push_back(address);
    }
    // Make the motors forget what another program has begun to send.
    if (auto sent = line_.send(request, clear); !sent) {
        return sent;
    }
    for (const int address : asked) {
        if (auto known = identify(request, address); !known) {
            return known;
        }
        if (!addresses_.empty() && !is_known(address)) {
            return fault{ALD_E_NOT_FOUND, "no motor answers at address " +
                                              std::string(1, address_digit(address)) +
                                              "; check its address, its supply and the cable"};
        }
    }
    if (auto heard = hear_others(request); !heard) {
        return heard;
    }
    if (present_.empty() && !unusable_.empty()) {
        return unusable_.begin()->second;
    }
    if (present_.empty()) {
        return fault{ALD_E_NOT_FOUND, "no motor answers on the line '" + uri_ +
                                          "'; check supply and cable, and that the line is the "
                                          "right one"};
    }
    return done{};
}

bool bus::is_known(int address) const {
    return unusable_.contains(address) ||
           std::find(present_.begin(), present_.end(), address) != present_.end();
}

// A late answer names its address, and is as good.
outcome bus::identify(const ald_request *request, int address) {
    const std::string asked = std::string(1, address_digit(address)) + "in";
    const std::int64_t deadline = describe(host_, request).deadline_mono_ns;
    std::string garbled;
    for (int tries = 0; tries < most_tries && !is_known(address); ++tries) {
        if (auto sent = line_.send(request, asked); !sent) {
            return sent;
        }
        const std::int64_t until =
            std::min(deadline, host_.mono_ns() + (addresses_.empty() ? search_ns : reply_ns));
        garbled.clear();
        while (!is_known(address) && garbled.empty()) {
            const auto line = line_.read(request, until);
            const bool silence = !line && line.error().code == ALD_E_TIMEOUT && until < deadline;
            if (silence) {
                return done{};
            }
            if (!line && line.error().code != ALD_E_PROTOCOL) {
                return line.error();
            }
            const auto heard = line ? parse(line->text) : std::nullopt;
            if (heard) {
                know(*heard);
            } else {
                garbled = line ? line->text : "too long";
            }
        }
    }
    if (!is_known(address)) {
        const std::string where(1, address_digit(address));
        unusable_.emplace(
            address,
            fault{ALD_E_PROTOCOL, "what answers at address " + where + " cannot be understood: '" +
                                      escaped(garbled) +
                                      "'; two motors may have this address: connect one at a time "
                                      "and give each its own ('ca'), or check the line"});
    }
    return done{};
}

// Two motors of one address answer one after the other, where their answers do not collide.
outcome bus::hear_others(const ald_request *request) {
    const std::int64_t until = host_.mono_ns() + search_ns;
    for (;;) {
        const auto line = line_.read(request, until);
        if (!line && line.error().code == ALD_E_TIMEOUT && host_.mono_ns() >= until) {
            return done{};
        }
        if (!line && line.error().code != ALD_E_PROTOCOL) {
            return line.error();
        }
        if (const auto heard = line ? parse(line->text) : std::nullopt) {
            know(*heard);
        }
    }
}

void bus::know(const message &in) {
    if (in.code != "IN") {
        return;
    }
    const std::string where = "the motor at address " + std::string(1, address_digit(in.address));
    const auto who = parse_identity(in.data);
    if (!who) {
        unusable_.emplace(in.address,
                          fault{ALD_E_PROTOCOL,
                                where + " told '" + in.data +
                                    "' instead of the thirty characters of an identity; two motors "
                                    "may have this address, or the line is bad"});
        return;
    }
    if (const auto able = check(*who); !able) {
        unusable_.emplace(in.address, fault{able.error().code,
                                            where + " cannot be used: " + able.error().message});
        return;
    }
    motor &m = motor_at(in.address);
    const bool is_here = std::find(present_.begin(), present_.end(), in.address) != present_.end();
    if (is_here && m.who.serial_number != who->serial_number) {
        std::erase(present_, in.address);
        unusable_.emplace(
            in.address,
            fault{ALD_E_PROTOCOL, "two motors answer at address " +
                                      std::string(1, address_digit(in.address)) + ": numbers " +
                                      m.who.serial_number + " and " + who->serial_number +
                                      "; connect one at a time and give each its own address "
                                      "('ca')"});
    } else if (m.node != nullptr && m.who.type != who->type) {
        unusable_.emplace(in.address,
                          fault{ALD_E_STATE, where + " is an ELL" + std::to_string(who->type) +
                                                 " and was an ELL" + std::to_string(m.who.type) +
                                                 " before; make the device anew"});
    } else if (!is_here && !unusable_.contains(in.address)) {
        m.who = *who;
        m.kind = find_model(who->type);
        present_.push_back(in.address);
    }
}

motor &bus::motor_at(int address) {
    const std::scoped_lock lock(mutex_); // `cancel` looks through them
    auto &m = motors_[address];
    if (!m) {
        m = std::make_unique<motor>(host_, domain, address);
    }
    return *m;
}

outcome bus::declare(motor &m) {
    return called(host_, [&](ald_error **err) {
        ald_status status = host_.add_child(node_, m.name.c_str(), &m, &m.node, err);
        if (status == ALD_OK) {
            status = m.table.add_to(m.node, properties_of(m), actions_of(m), err);
        }
        if (status == ALD_OK) {
            status = host_.add_capability(m.node, "movable", 1, err);
        }
        const std::string model = "ELL" + std::to_string(m.who.type);
        return status == ALD_OK
                   ? host_.set_identity(m.node, "Thorlabs", model.c_str(),
                                        m.who.serial_number.c_str(), m.who.firmware.c_str(), err)
                   : status;
    });
}

} // namespace elliptec
