#include "fake_line.hpp"

namespace fake {

namespace {

line *last = nullptr;

} // namespace

line::line() { last = this; }
line::~line() { last = nullptr; }

void line::take(std::string bytes) {
    std::erase(bytes, '\r');
    if (bytes.empty()) {
        return;
    }
    before(bytes);
    sent.push_back(bytes);
    if (std::string said = answer(bytes); !said.empty()) {
        inbox.push_back(std::move(said));
    }
}

// A friend of the line.
struct port_functions {
    static ald_status open(const ald_request *, const char *, const ald_port_config *config,
                           ald_port **port, ald_error **) {
        last->config_ = *config;
        *port = reinterpret_cast<ald_port *>(last);
        return ALD_OK;
    }

    static ald_status trust(ald_port *port, const ald_request *request, ald_error **err) {
        if (!last->suspect || last->resyncing_) {
            return ALD_OK;
        }
        last->resyncing_ = true;
        const ald_status status = last->config_.resync(last->config_.user_data, port, request, err);
        last->resyncing_ = false;
        last->suspect = status != ALD_OK;
        return status;
    }

    static ald_status write(ald_port *port, const ald_request *request, const void *data,
                            std::size_t size, ald_error **err) {
        const ald_status status = trust(port, request, err);
        if (status == ALD_OK) {
            last->take({static_cast<const char *>(data), size});
        }
        return status;
    }

    static ald_status read_line(ald_port *, const ald_request *, std::int64_t, char *text,
                                std::size_t capacity, std::size_t *size, ald_error **err) {
        if (last->inbox.empty()) {
            move_clock(1'000'000'000);
            if (err != nullptr) {
                *err = host().error_new(ALD_E_TIMEOUT, "line", 0, "no answer");
            }
            return ALD_E_TIMEOUT;
        }
        const std::string said = std::move(last->inbox.front());
        last->inbox.pop_front();
        *size = said.copy(text, capacity - 1);
        text[*size] = '\0';
        return ALD_OK;
    }

    static ald_status query(ald_port *port, const ald_request *request, const void *data,
                            std::size_t size, char *text, std::size_t capacity,
                            std::size_t *text_size, ald_error **err) {
        const ald_status status = trust(port, request, err);
        if (status != ALD_OK) {
            return status;
        }
        last->inbox.clear();
        last->take({static_cast<const char *>(data), size});
        return text != nullptr ? read_line(port, request, 0, text, capacity, text_size, err)
                               : ald_status{ALD_OK};
    }

    static ald_status send_now(ald_port *, const void *data, std::size_t size, std::uint64_t,
                               ald_error **) {
        last->take({static_cast<const char *>(data), size});
        return ALD_OK;
    }
};

const ald_host &host_with_lines() {
    static const ald_host table = [] {
        ald_host all = host();
        all.port_open = port_functions::open;
        all.port_close = [](ald_port *) {};
        all.port_suspect = [](ald_port *) { last->suspect = true; };
        all.port_write = port_functions::write;
        all.port_read_line = port_functions::read_line;
        all.port_query = port_functions::query;
        all.port_send_now = port_functions::send_now;
        all.poll_at = [](ald_node *, std::int64_t, ald_error **) -> ald_status { return ALD_OK; };
        all.takes_until = [](ald_request *, std::int64_t) {};
        all.found_moving = [](ald_node *) {};
        return all;
    }();
    return table;
}

} // namespace fake
