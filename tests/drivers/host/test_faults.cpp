// What the driver "host" does when files are damaged, things vanish and memory runs out.
#include "support.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

using fake::datum_map;

namespace {

std::vector<std::string> none() { return {}; }

std::vector<std::string> logged(const std::string &level) {
    std::vector<std::string> all = fake::take_log();
    std::erase_if(all, [&](const std::string &line) { return line.rfind(level, 0) != 0; });
    return all;
}

// Reads everything; each reading must end in one of the allowed ways.
void read_all(fake::device &d, const std::string &about) {
    for (const std::string &path : d.paths()) {
        for (const fake::property &p : d.find(path)->properties) {
            const fake::reply got = d.get(path, p.name);
            const bool allowed = got.status == ALD_OK || got.status == ALD_E_PROTOCOL ||
                                 got.status == ALD_E_DISCONNECTED || got.status == ALD_E_IO;
            ASSERT_TRUE(allowed) << about << " " << path << ":" << p.name << " " << got.status
                                 << " " << got.why.message;
            ASSERT_TRUE(got.status == ALD_OK || !got.why.message.empty()) << about << " " << path;
        }
    }
}

} // namespace

TEST(host_faults, a_directory_that_is_no_root_is_refused) {
    const auto d = quiet("/nowhere");
    const fake::reply opened = d->open();
    EXPECT_EQ(opened.status, ALD_E_NOT_FOUND);
    EXPECT_EQ(opened.why.message,
              "/nowhere/proc/stat: No such file or directory; the option root must be the "
              "directory that has proc and sys of a Linux computer");
    EXPECT_EQ(opened.why.domain, "host");
    EXPECT_EQ(opened.why.native_code, ENOENT);
    EXPECT_EQ(d->problems(), none());
}

TEST(host_faults, a_device_that_could_not_be_opened_is_tried_again) {
    const recorded computer("board");
    const std::string stat = vector_text("board/proc/stat");
    computer.write("proc/stat", "");
    const auto d = quiet(computer.root());
    const fake::reply opened = d->open();
    EXPECT_EQ(opened.status, ALD_E_PROTOCOL);
    EXPECT_EQ(opened.why.message, computer.path("proc/stat") + ":1: there is no line 'cpu'");
    computer.write("proc/stat", stat);
    EXPECT_EQ(d->open().status, ALD_OK);
    EXPECT_EQ(d->get("cpu/3", "value").status, ALD_OK);
    EXPECT_EQ(d->problems(), none());
}

TEST(host_faults, opened_again_with_other_hardware_it_keeps_to_what_is_there) {
    const recorded computer("workstation");
    const auto d = quiet(computer.root());
    ASSERT_EQ(d->open().status, ALD_OK);
    computer.remove("sys/class/hwmon/hwmon2");
    computer.remove("sys/block/sda");
    computer.replace("proc/diskstats", " sda ", " sdz ");
    ASSERT_EQ(d->open().status, ALD_OK);
    EXPECT_EQ(d->get("disk/sdz", "read_total").status, ALD_OK);
    EXPECT_EQ(d->get("cpu", "value").status, ALD_OK);
    // The host still knows what was there before.
    EXPECT_EQ(d->get("disk/sda", "read_total").status, ALD_E_DISCONNECTED);
    EXPECT_EQ(d->get("temperature/coretemp.Core_4", "value").status, ALD_E_DISCONNECTED);
    EXPECT_EQ(d->problems(), none());
}

TEST(host_faults, an_interface_that_is_gone_takes_no_other_with_it) {
    const recorded computer("workstation");
    const auto d = quiet(computer.root());
    ASSERT_EQ(d->open().status, ALD_OK);
    const std::string all = read_text(computer.path("proc/net/dev"));
    const std::size_t line = all.find("veth8b1c2d3");
    std::string rest = all;
    rest.erase(line, all.find('\n', line) + 1 - line);
    computer.write("proc/net/dev", rest);
    for (const auto &[path, property] : {std::pair("network/veth8b1c2d3", "sent_total"),
                                         std::pair("network/veth8b1c2d3/received", "value")}) {
        const fake::reply gone = d->get(path, property);
        EXPECT_EQ(gone.status, ALD_E_DISCONNECTED);
        EXPECT_EQ(gone.why.message, "the network interface 'veth8b1c2d3' is gone; bring it back, "
                                    "or open the device anew without it");
    }
    EXPECT_EQ(d->get("network/lo/received", "value").status, ALD_OK);
    EXPECT_EQ(d->get("cpu", "value").status, ALD_OK);
    EXPECT_FALSE(d->is_disconnected());
    computer.write("proc/net/dev", all);
    EXPECT_EQ(d->get("network/veth8b1c2d3/received", "value").status, ALD_OK);
    EXPECT_EQ(d->problems(), none());
}

TEST(host_faults, a_core_that_goes_off_line_says_so) {
    const recorded computer("board");
    const auto d = quiet(computer.root());
    ASSERT_EQ(d->open().status, ALD_OK);
    computer.replace("proc/stat", "cpu2 ", "cpu9 ");
    computer.remove("sys/devices/system/cpu/cpu2");
    EXPECT_EQ(d->get("cpu/2", "value").status, ALD_E_DISCONNECTED);
    EXPECT_EQ(d->get("cpu/2", "frequency").status, ALD_E_DISCONNECTED);
    EXPECT_EQ(d->get("cpu/3", "value").status, ALD_OK);
    EXPECT_EQ(d->get("cpu", "frequency").status, ALD_OK); // the mean of the others
    computer.remove("sys/devices/system/cpu");
    EXPECT_EQ(d->get("cpu", "frequency").status, ALD_E_DISCONNECTED);
}

TEST(host_faults, a_sensor_that_is_gone_says_so) {
    const recorded computer("workstation");
    const auto d = quiet(computer.root());
    ASSERT_EQ(d->open().status, ALD_OK);
    computer.remove("sys/class/hwmon/hwmon2");
    const fake::reply gone = d->get("temperature/coretemp.Core_4", "value");
    EXPECT_EQ(gone.status, ALD_E_DISCONNECTED);
    EXPECT_EQ(gone.why.message, "the sensor 'Core 4' of coretemp is gone");
    EXPECT_EQ(d->get("temperature/acpitz.temp1", "value").status, ALD_OK);
}

TEST(host_faults, sensors_that_cannot_be_understood_are_left_out) {
    const recorded computer("board");
    computer.write("proc/diskstats", "nonsense\n");
    computer.remove("proc/net");
    (void)fake::take_log();
    const auto d = quiet(computer.root());
    ASSERT_EQ(d->open().status, ALD_OK);
    EXPECT_EQ(d->find("disk"), nullptr);
    EXPECT_EQ(d->find("network"), nullptr);
    EXPECT_EQ(d->get("cpu", "value").status, ALD_OK);
    EXPECT_EQ(logged("warning"),
              std::vector<std::string>{
                  "warning host: some sensors are left out: " + computer.path("proc/diskstats") +
                  ":1: expected the two numbers of a device"});
}

TEST(host_faults, a_publisher_that_fails_warns_once) {
    const recorded computer("board");
    fake::device d(host_driver_table(), {{"root", computer.root()}, {"interval", 0.05}});
    ASSERT_EQ(d.open().status, ALD_OK);
    (void)fake::take_log();
    computer.write("proc/meminfo", "nonsense");
    computer.write("sys/class/hwmon/hwmon0/temp1_input", "50000\n");
    ASSERT_TRUE(d.wait_publications(1, 10'000'000'000)); // the others go on
    for (int i = 0; i < 3; ++i) {
        computer.write("sys/class/hwmon/hwmon0/temp1_input", std::to_string(51000 + i) + "\n");
        (void)d.take_publications();
        ASSERT_TRUE(d.wait_publications(1, 10'000'000'000));
    }
    EXPECT_EQ(d.close().status, ALD_OK);
    EXPECT_EQ(logged("warning"),
              std::vector<std::string>{"warning host: " + computer.path("proc/meminfo") +
                                       ":1: the line is cut off"});
}

TEST(host_faults, no_truncated_file_is_more_than_a_failed_reading) {
    const recorded computer("board");
    for (const char *file :
         {"proc/stat", "proc/meminfo", "proc/diskstats", "proc/net/dev", "proc/loadavg",
          "proc/uptime", "proc/cpuinfo", "sys/class/hwmon/hwmon0/temp1_input"}) {
        const std::string text = read_text(computer.path(file));
        const auto d = quiet(computer.root());
        ASSERT_EQ(d->open().status, ALD_OK);
        for (std::size_t size = 0; size < text.size(); size += 1 + text.size() / 23) {
            computer.write(file, std::string_view(text).substr(0, size));
            const std::string about = file + (":" + std::to_string(size));
            read_all(*d, about);
            const auto other = quiet(computer.root());
            const fake::reply opened = other->open();
            ASSERT_TRUE(opened.status == ALD_OK || opened.status == ALD_E_PROTOCOL)
                << about << ": " << opened.why.message;
            ASSERT_EQ(other->problems(), none()) << about;
        }
        computer.write(file, text);
        EXPECT_EQ(d->problems(), none());
    }
}

TEST(host_faults, names_that_are_no_text_do_no_harm) {
    const recorded computer("board");
    const std::string head = "Inter-| Receive | Transmit\n face |bytes |bytes\n";
    const std::string counts = ": 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n";
    computer.write("proc/net/dev", head + "gr\xfc\xdf" + counts + "gr\xfc_" + counts + ".." +
                                       counts + std::string(300, 'x') + counts);
    computer.write("proc/sys/kernel/hostname", "\xff\xfe\n");
    computer.write("sys/class/hwmon/hwmon0/name", "\x01\x02\n");
    const auto d = quiet(computer.root());
    ASSERT_EQ(d->open().status, ALD_OK);
    EXPECT_EQ(d->get("network/gr__", "name").value.text(), "gr??");
    EXPECT_EQ(d->get("network/gr__-2", "name").value.text(), "gr?_");
    EXPECT_EQ(d->get("", "hostname").value.text(), "??");
    read_all(*d, "names");
    EXPECT_EQ(d->problems(), none());
}

TEST(host_faults, every_lack_of_memory_for_a_value_is_reported) {
    const recorded computer("board");
    const std::int64_t values_before = fake::live_values();
    for (int after = 0; after < 6; ++after) {
        fake::exhaust_values(after);
        ald_value *found = nullptr;
        ald_error *why = nullptr;
        const ald_status status = host_driver_table().discover(&found, &why);
        fake::exhaust_values(-1);
        EXPECT_EQ(status == ALD_OK, found != nullptr);
        fake::host().value_unref(found);
        fake::host().error_unref(why);
    }
    {
        const auto d = quiet(computer.root());
        ASSERT_EQ(d->open().status, ALD_OK);
        for (const auto &[path, property] : {std::pair("", "hostname"), {"memory", "total"}}) {
            fake::exhaust_values(0);
            const fake::reply got = d->get(path, property);
            fake::exhaust_values(-1);
            EXPECT_EQ(got.status, ALD_E_NO_MEMORY) << path;
        }
    }
    EXPECT_EQ(fake::live_values(), values_before);
    EXPECT_EQ(fake::live_errors(), 0);
}
