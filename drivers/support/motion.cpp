#include "support/motion.hpp"

#include <algorithm>

namespace drivers {

void motion::begin(ald_request *request) {
    const std::scoped_lock lock(mutex_);
    request_ = request;
    held_ = true;
    lost_.reset();
    // Perhaps before `cancel` could find it; and what a stop goes before must not begin.
    stopping_ = host_.is_cancelled(request) != 0 || !stops_.empty();
}

bool motion::hold() {
    const std::scoped_lock lock(mutex_);
    held_ = true;
    return request_ != nullptr || !stops_.empty();
}

void motion::release() {
    ald_request *ended = nullptr;
    std::optional<fault> why;
    {
        const std::scoped_lock lock(mutex_);
        held_ = false;
        why.swap(lost_);
        if (why) {
            ended = std::exchange(request_, nullptr);
        }
    }
    if (ended != nullptr) {
        finish(ended, *why, std::nullopt);
    }
}

ald_request *motion::request() const {
    const std::scoped_lock lock(mutex_);
    return request_;
}

bool motion::told_to_stop() const {
    const std::scoped_lock lock(mutex_);
    return stopping_;
}

void motion::end(const outcome &how, std::optional<double> where) {
    ald_request *ended = nullptr;
    {
        const std::scoped_lock lock(mutex_);
        ended = std::exchange(request_, nullptr);
        stopping_ = false;
    }
    finish(ended, how, where);
}

void motion::finish(ald_request *ended, const outcome &how, std::optional<double> where) {
    if (ended == nullptr) {
        return;
    }
    if (!how) {
        refuse(host_, ended, domain_, how.error());
    } else if (where) {
        complete(host_, ended, *where);
    } else {
        complete(host_, ended);
    }
}

void motion::end_stops(const outcome &how) {
    std::vector<ald_request *> ended;
    {
        const std::scoped_lock lock(mutex_);
        ended.swap(stops_);
    }
    for (ald_request *request : ended) {
        finish(request, how, std::nullopt);
    }
}

void motion::add_stop(ald_request *request) {
    const std::scoped_lock lock(mutex_);
    stops_.push_back(request);
    stopping_ = true;
}

void motion::check_stop(ald_request *request) {
    {
        const std::scoped_lock lock(mutex_);
        const auto place = std::find(stops_.begin(), stops_.end(), request);
        if (place == stops_.end() || host_.is_cancelled(request) == 0) {
            return;
        }
        stops_.erase(place);
    }
    host_.complete(request, ALD_E_CANCELLED, nullptr, nullptr);
}

bool motion::cancel(ald_request *request) {
    bool was_stop = false;
    {
        const std::scoped_lock lock(mutex_);
        if (request_ == request) {
            stopping_ = true;
            return true;
        }
        was_stop = std::erase(stops_, request) != 0;
    }
    if (was_stop) {
        host_.complete(request, ALD_E_CANCELLED, nullptr, nullptr);
    }
    return false;
}

void motion::lose(ald_request *request, const fault &why) {
    const fault told{why.code,
                     "the axis could not be told to stop and may still move: " + why.message,
                     why.native_code};
    {
        const std::scoped_lock lock(mutex_);
        if (request_ != request) {
            return;
        }
        if (held_) { // whoever holds it ends it
            lost_ = told;
            return;
        }
        request_ = nullptr;
    }
    finish(request, told, std::nullopt);
}

void motion::drop() {
    const outcome gone = fault{ALD_E_DISCONNECTED, "the line was lost; the axis may still move"};
    end(gone, std::nullopt);
    end_stops(gone);
}

fault not_seen_to_stand(const std::string &axis, const fault &why, const std::string &told) {
    const std::string cause = why.given ? "it does not answer, or not in time" : why.message;
    return {why.code,
            axis + " " + told + ", and whether it stands is not known: it may still move; " +
                cause + "; look at it, and stop it at its controller if it moves",
            why.native_code};
}

} // namespace drivers
