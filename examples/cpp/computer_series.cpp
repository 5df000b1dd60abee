// Records what the sensors of a lab read as a time series and writes it as CSV.
//
//   c++ -std=c++20 computer_series.cpp $(pkg-config --cflags --libs alidade) -o computer_series
//   ./computer_series ../experiments/computer.toml computer.csv 20 0.25
#include <alidade/alidade.hpp>

#include <chrono>
#include <ctime>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <locale>
#include <string_view>
#include <thread>
#include <vector>

namespace {

// A device if it is readable, and its children.
void collect(const alidade::device &device, std::vector<alidade::readable> &sensors) {
    for (std::int64_t i = 0; i < device.child_count(); ++i) {
        collect(device.child_at(i), sensors);
    }
    if (device.can("readable", 1)) {
        sensors.emplace_back(device);
    }
}

void write_time(std::ostream &csv, std::int64_t begun) {
    const std::int64_t now = ald_clock_wall_ns();
    const auto seconds = static_cast<std::time_t>(now / 1'000'000'000);
    csv << std::put_time(std::gmtime(&seconds), "%FT%T") << '.' << std::setfill('0') << std::setw(9)
        << now % 1'000'000'000 << "Z," << static_cast<double>(now - begun) * 1e-9;
}

void record(const char *file, std::ostream &csv, int rows, double interval) {
    auto lab = alidade::lab::from_settings(alidade::settings::load(file));
    lab.open();
    std::vector<alidade::readable> sensors;
    for (std::int64_t i = 0; i < lab.device_count(); ++i) {
        collect(lab.device_at(i), sensors);
    }
    csv << "time [UTC],elapsed [s]" << std::setprecision(15);
    for (const auto &sensor : sensors) {
        csv << ',' << sensor.path() << " [" << sensor.unit() << ']';
    }
    csv << '\n';
    const std::int64_t begun = ald_clock_wall_ns();
    for (int row = 0; row < rows; ++row) {
        if (row > 0) {
            std::this_thread::sleep_for(std::chrono::duration<double>(interval));
        }
        write_time(csv, begun);
        for (auto &sensor : sensors) {
            csv << ',' << sensor.read().value;
        }
        csv << '\n';
    }
    lab.close();
}

double number_of(std::string_view text) { // std::stod follows the program's locale
    return std::get<double>(alidade::number_parse(text));
}

} // namespace

int main(int argc, char **argv) {
    if (argc < 3) {
        std::cerr << "usage: " << argv[0] << " LAB.toml FILE.csv [ROWS [SECONDS]]\n";
        return 2;
    }
    try {
        std::ofstream csv(argv[2]);
        csv.imbue(std::locale::classic()); // points in numbers, whatever the program's locale
        record(argv[1], csv, argc > 3 ? std::stoi(argv[3]) : 20,
               argc > 4 ? number_of(argv[4]) : 0.25);
        return csv.flush() ? 0 : 1;
    } catch (const alidade::error &e) {
        std::cerr << e.what() << ' ' << e.where() << '\n';
    } catch (const std::exception &e) {
        std::cerr << e.what() << '\n';
    }
    return 1;
}
