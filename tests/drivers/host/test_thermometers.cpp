#include "host/thermometers.hpp"

#include "support.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

using namespace host_driver;

namespace {

std::int64_t no_time() { return 0; }

std::vector<std::string> names(const std::vector<thermometer> &found) {
    std::vector<std::string> all;
    for (const thermometer &t : found) {
        all.push_back(t.name);
    }
    return all;
}

const thermometer &named(const std::vector<thermometer> &found, const std::string &name) {
    return *std::find_if(found.begin(), found.end(),
                         [&](const thermometer &t) { return t.name == name; });
}

} // namespace

TEST(thermometers, are_those_of_chips_and_of_zones_that_are_no_chips) {
    const machine m(vector_path("workstation"), no_time);
    const auto found = find_thermometers(m);
    EXPECT_EQ(names(found),
              (std::vector<std::string>{"acpitz.temp1",         "coretemp.Package_id_0",
                                        "coretemp.Core_0",      "coretemp.Core_4",
                                        "coretemp.Core_8",      "coretemp.Core_12",
                                        "coretemp.Core_16",     "coretemp.Core_20",
                                        "coretemp.Core_24",     "coretemp.Core_28",
                                        "iwlwifi_1.temp1",      "nct6798.SYSTIN",
                                        "nct6798.CPUTIN",       "nct6798.AUXTIN0__not_connected_",
                                        "nvme.Composite",       "nvme.Sensor_1",
                                        "nvme.Sensor_2",        "nvme.Composite",
                                        "thermal.x86_pkg_temp", "thermal.INT3400_Thermal"}));
    const thermometer &package = named(found, "coretemp.Package_id_0");
    EXPECT_EQ(package.label, "Package id 0");
    EXPECT_EQ(package.high, 80.0);
    EXPECT_EQ(package.critical, 100.0);
    // The chip says 65261.85 Cel for no limit.
    EXPECT_EQ(named(found, "nvme.Sensor_1").high, std::nullopt);
}

TEST(thermometers, of_a_board_are_not_shown_twice) {
    EXPECT_EQ(names(find_thermometers(machine(vector_path("board"), no_time))),
              std::vector<std::string>{"cpu_thermal.temp1"});
}

TEST(thermometers, are_none_where_there_are_none) {
    EXPECT_TRUE(find_thermometers(machine(vector_path("server"), no_time)).empty());
    EXPECT_TRUE(find_thermometers(machine("/nowhere", no_time)).empty());
}

TEST(thermometers, give_cel) {
    const recorded computer("workstation");
    const machine m(computer.root(), no_time);
    const auto found = find_thermometers(m);
    const thermometer &core = named(found, "coretemp.Core_4");
    EXPECT_DOUBLE_EQ(read_temperature(m, core)->value, 37);
    computer.write("sys/class/hwmon/hwmon2/temp6_input", "-12500\n");
    EXPECT_DOUBLE_EQ(read_temperature(m, core)->value, -12.5);
}

TEST(thermometers, say_why_there_is_no_number) {
    const recorded computer("workstation");
    const machine m(computer.root(), no_time);
    const auto found = find_thermometers(m);
    const auto broken = read_temperature(m, named(found, "nct6798.AUXTIN0__not_connected_"));
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().code, ALD_E_IO);
    const thermometer &core = named(found, "coretemp.Core_4");
    for (const char *text : {"", "warm\n", "1000001\n", "-273151\n", "99999999999999999999\n"}) {
        computer.write("sys/class/hwmon/hwmon2/temp6_input", text);
        const auto read = read_temperature(m, core);
        ASSERT_FALSE(read) << text;
        EXPECT_EQ(read.error().code, ALD_E_PROTOCOL);
        EXPECT_EQ(read.error().message.rfind(core.input + ":1: ", 0), 0U);
    }
    computer.remove("sys/class/hwmon/hwmon2");
    EXPECT_EQ(read_temperature(m, core).error().code, ALD_E_DISCONNECTED);
}

TEST(thermometers, keep_their_order_when_chips_are_numbered_otherwise) {
    const recorded computer("server");
    namespace fs = std::filesystem;
    // The same two disks, found in one order and in the other.
    for (const bool swapped : {false, true}) {
        computer.remove("sys");
        for (const int disk : {0, 1}) {
            const std::string number = std::to_string(swapped ? 1 - disk : disk);
            const std::string sits =
                "sys/devices/pci/0000:0" + std::to_string(disk + 1) + ":00.0/nvme/hwmon" + number;
            computer.write(sits + "/name", "nvme\n");
            computer.write(sits + "/temp1_input", std::to_string(30000 + 1000 * disk) + "\n");
            fs::create_directories(computer.path("sys/class/hwmon"));
            fs::create_symlink(computer.path(sits),
                               computer.path("sys/class/hwmon/hwmon" + number));
        }
        const machine m(computer.root(), no_time);
        const auto found = find_thermometers(m);
        ASSERT_EQ(found.size(), 2U);
        EXPECT_DOUBLE_EQ(read_temperature(m, found[0])->value, 30);
        EXPECT_DOUBLE_EQ(read_temperature(m, found[1])->value, 31);
    }
}
