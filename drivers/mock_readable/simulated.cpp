#include "mock_readable/simulated.hpp"

#include "support/splitter.hpp"
#include "support/table.hpp"

#include <algorithm>
#include <random>

namespace mock_readable {

namespace {

using namespace drivers;

constexpr std::size_t longest_command = 64;

class meter {
public:
    static constexpr const char *domain = "bench";

    static result<std::unique_ptr<meter>> make(const ald_host &host, ald_link *link,
                                               ald_bench *bench, const options &given) {
        if (host.bench_unit(given.text("quantity").c_str()) == nullptr) {
            return fault{ALD_E_NOT_FOUND, "the bench has no quantity '" + given.text("quantity") +
                                              "'; ald_bench_describe lists them"};
        }
        return std::make_unique<meter>(host, link, bench, given);
    }

    meter(const ald_host &host, ald_link *link, ald_bench *bench, const options &given)
        : host_(host), link_(link), bench_(bench), quantity_(given.text("quantity")),
          noise_(given.number("noise")), random_(host.bench_seed(bench, "mock-meter")) {}

    void receive(std::string_view bytes) {
        splitter_.feed(bytes, [this](std::string_view command) { carry_out(command); });
    }
    void wake() {}

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
        double x = host_.bench_get(bench_, quantity_.c_str(), host_.mono_ns());
        if (noise_ > 0) {
            x += std::normal_distribution<double>(0, noise_)(random_);
        }
        std::string text = to_text(host_, x, ALD_NOTATION_SCIENTIFIC, 9) + "\n";
        std::replace(text.begin(), text.end(), 'e', 'E');
        say(text);
    }
    void say(std::string_view text) { host_.link_send(link_, text.data(), text.size()); }

    const ald_host &host_;
    ald_link *link_;
    ald_bench *bench_;
    std::string quantity_;
    double noise_;
    std::mt19937_64 random_;
    splitter splitter_{'\n', "\r", longest_command};
};

} // namespace

ald_instrument instrument(const ald_host *host) {
    instrument_functions<meter>::host = host;
    static const value power = make_string(*host, "power");
    static const value zero = make_double(*host, 0);
    static std::array records{
        option("quantity", ALD_TYPE_STRING, "", "quantity of the bench that it reads", power),
        option("noise", ALD_TYPE_DOUBLE, "",
               "standard deviation of its noise, in the quantity's unit", zero),
    };
    records[1].min = 0;
    return instrument_table<meter>(
        "mock-meter", "A meter that answers *IDN? and READ? in lines, for trying lines out.",
        records);
}

} // namespace mock_readable
