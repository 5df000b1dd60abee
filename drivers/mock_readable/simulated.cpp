#include "mock_readable/simulated.hpp"

#include "support/host.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <random>
#include <string>

namespace mock_readable {

namespace {

using namespace drivers;

const ald_host *host = nullptr;
constexpr std::size_t longest_command = 64;

class instrument {
public:
    instrument(ald_link *link, ald_bench *bench, const options &given)
        : link_(link), bench_(bench), quantity_(given.text("quantity")),
          noise_(given.number("noise")), random_(host->bench_seed(bench, "mock-meter")) {}

    void receive(std::string_view data) {
        for (const char c : data) {
            if (c == '\n') {
                carry_out(command_);
                command_.clear();
            } else if (c != '\r' && command_.size() < longest_command) {
                command_ += c;
            }
        }
    }

private:
    void carry_out(std::string_view command) {
        if (command == "*IDN?") {
            say("alidade,mock-meter,0,1\n");
        } else if (command == "READ?") {
            read();
        } else if (!command.empty()) {
            say("ERROR\n");
        }
    }
    void read() {
        double x = host->bench_get(bench_, quantity_.c_str(), host->mono_ns());
        if (noise_ > 0) {
            x += std::normal_distribution<double>(0, noise_)(random_);
        }
        std::string text = to_text(*host, x, ALD_NOTATION_SCIENTIFIC, 9) + "\n";
        std::replace(text.begin(), text.end(), 'e', 'E');
        say(text);
    }
    void say(std::string_view text) { host->link_send(link_, text.data(), text.size()); }

    ald_link *link_;
    ald_bench *bench_;
    std::string quantity_;
    double noise_;
    std::mt19937_64 random_;
    std::string command_;
};

ald_status create(ald_link *link, ald_bench *bench, const ald_value *map, void **made,
                  ald_error **err) {
    const options given(*host, map);
    if (host->bench_unit(given.text("quantity").c_str()) == nullptr) {
        *err = host->error_new(ALD_E_NOT_FOUND, "bench", 0,
                               ("the bench has no quantity '" + given.text("quantity") +
                                "'; ald_bench_describe lists them")
                                   .c_str());
        return ALD_E_NOT_FOUND;
    }
    *made = new (std::nothrow) instrument(link, bench, given);
    return *made != nullptr ? ALD_OK : ALD_E_NO_MEMORY;
}

void destroy(void *made) { delete static_cast<instrument *>(made); }

void receive(void *made, const void *data, std::size_t size) {
    static_cast<instrument *>(made)->receive({static_cast<const char *>(data), size});
}

} // namespace

const ald_instrument &meter(const ald_host *given) {
    host = given;
    static const value power = make_string(*host, "power");
    static const value zero = make_double(*host, 0);
    static std::array records{
        record("quantity", ALD_TYPE_STRING, "", "quantity of the bench that it reads"),
        record("noise", ALD_TYPE_DOUBLE, "",
               "standard deviation of its noise, in the quantity's unit"),
    };
    records[0].initial = power.get();
    records[1].initial = zero.get();
    records[1].min = 0;
    static const ald_instrument table{
        .struct_size = sizeof(ald_instrument),
        .reserved = 0,
        .name = "mock-meter",
        .doc = "A meter that answers *IDN? and READ? in lines, for trying lines out.",
        .options = records.data(),
        .option_stride = sizeof(ald_schema),
        .option_count = static_cast<std::int64_t>(records.size()),
        .create = create,
        .destroy = destroy,
        .receive = receive,
        .wake = nullptr,
    };
    return table;
}

} // namespace mock_readable
