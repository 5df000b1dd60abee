// Records what the sensors of a lab read as a time series and writes it as CSV.
//
//   c++ -std=c++20 computer_series.cpp $(pkg-config --cflags --libs alidade) -o computer_series
//   ./computer_series ../experiments/computer.toml computer.csv 20 0.25
#include "handle.hpp"

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
void collect(ald::device device, std::vector<ald::device> &sensors) {
    for (std::int64_t i = 0; i < ald_device_child_count(device.get()); ++i) {
        collect(ald::make<ald::device>(ald_device_child_at, device.get(), i), sensors);
    }
    if (ald_device_can(device.get(), "readable", 1) == 1) {
        sensors.push_back(std::move(device));
    }
}

void write_time(std::ostream &csv, std::int64_t begun) {
    const std::int64_t now = ald_clock_wall_ns();
    const auto seconds = static_cast<std::time_t>(now / 1'000'000'000);
    csv << std::put_time(std::gmtime(&seconds), "%FT%T") << '.' << std::setfill('0') << std::setw(9)
        << now % 1'000'000'000 << "Z," << static_cast<double>(now - begun) * 1e-9;
}

void record(const char *file, std::ostream &csv, int rows, double interval) {
    const auto settings = ald::make<ald::settings>(ald_settings_load, file);
    const auto lab = ald::make<ald::lab>(ald_lab_from_settings, settings.get());
    ald::call(ald_lab_open, lab.get(), std::int64_t{ALD_WAIT_DEFAULT}, nullptr, nullptr);
    std::vector<ald::device> sensors;
    for (std::int64_t i = 0; i < ald_lab_device_count(lab.get()); ++i) {
        collect(ald::make<ald::device>(ald_lab_device_at, lab.get(), i), sensors);
    }
    csv << "time [UTC],elapsed [s]" << std::setprecision(15);
    for (const auto &sensor : sensors) {
        csv << ',' << ald_device_path(sensor.get()) << " [" << ald_readable_unit(sensor.get())
            << ']';
    }
    csv << '\n';
    const std::int64_t begun = ald_clock_wall_ns();
    for (int row = 0; row < rows; ++row) {
        if (row > 0) {
            std::this_thread::sleep_for(std::chrono::duration<double>(interval));
        }
        write_time(csv, begun);
        for (const auto &sensor : sensors) {
            ald_reading reading;
            ald_reading_init(&reading, sizeof reading);
            ald::call(ald_readable_read, sensor.get(), std::int64_t{ALD_WAIT_DEFAULT}, nullptr,
                      &reading);
            csv << ',' << reading.value;
        }
        csv << '\n';
    }
    ald_lab_close(lab.get());
}

double number_of(std::string_view text) { // std::stod follows the program's locale
    double x = 0;
    ald::call(ald_number_parse, text.data(), text.size(), &x, nullptr);
    return x;
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
    } catch (const ald::error &e) {
        std::cerr << e.what() << ' ' << e.where() << '\n';
    } catch (const std::exception &e) {
        std::cerr << e.what() << '\n';
    }
    return 1;
}
