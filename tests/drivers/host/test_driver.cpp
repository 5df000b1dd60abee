#include "support.hpp"
#include "support/stopwatch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>

using fake::datum;
using fake::datum_map;

namespace {

constexpr std::int64_t second = 1'000'000'000;

std::vector<std::string> none() { return {}; }

// A clock that stands, for the length of a test.
class standing_clock {
public:
    standing_clock() { fake::use_manual_clock(1000 * second); }
    standing_clock(const standing_clock &) = delete;
    standing_clock &operator=(const standing_clock &) = delete;
    ~standing_clock() { fake::use_real_clock(); }
};

double number(fake::device &d, const std::string &path, const std::string &property = "value") {
    const fake::reply got = d.get(path, property);
    EXPECT_EQ(got.status, ALD_OK) << path << ":" << property << ": " << got.why.message;
    return got.value.real();
}

std::int64_t count(fake::device &d, const std::string &path, const std::string &property) {
    const fake::reply got = d.get(path, property);
    EXPECT_EQ(got.status, ALD_OK) << path << ":" << property << ": " << got.why.message;
    return got.value.integer();
}

std::string text(fake::device &d, const std::string &path, const std::string &property) {
    const fake::reply got = d.get(path, property);
    EXPECT_EQ(got.status, ALD_OK) << path << ":" << property << ": " << got.why.message;
    return got.value.text();
}

bool has(const std::vector<std::string> &all, const std::string &one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

} // namespace

TEST(host_driver, describes_itself) {
    const ald_driver &d = host_driver_table();
    EXPECT_EQ(d.struct_size, sizeof(ald_driver));
    EXPECT_EQ(d.abi, ALD_DRIVER_ABI);
    EXPECT_STREQ(d.name, "host");
    EXPECT_EQ(d.flags, std::uint64_t{ALD_DRIVER_BLOCKING});
    ASSERT_EQ(d.option_count, 3);
    EXPECT_STREQ(d.options[0].name, "root");
    EXPECT_EQ(fake::behind(d.options[0].initial).text(), "/");
    EXPECT_STREQ(d.options[1].name, "interval");
    EXPECT_STREQ(d.options[1].unit, "s");
    EXPECT_EQ(d.options[1].min, 0.05);
    EXPECT_EQ(d.options[1].max, 3600);
    EXPECT_EQ(fake::behind(d.options[1].initial).real(), 1.0);
    EXPECT_STREQ(d.options[2].name, "publish");
    EXPECT_TRUE(fake::behind(d.options[2].initial).flag());
}

TEST(host_driver, refuses_a_host_that_does_not_fit) {
    EXPECT_EQ(ald_driver_host_v2(nullptr), nullptr);
    ald_host other = fake::host();
    other.abi = ALD_DRIVER_ABI + 1;
    EXPECT_EQ(ald_driver_host_v2(&other), nullptr);
    other.abi = ALD_DRIVER_ABI;
    other.struct_size = sizeof(other) - 1;
    EXPECT_EQ(ald_driver_host_v2(&other), nullptr);
}

TEST(host_driver, does_nothing_before_it_is_opened) {
    const auto d = quiet("/nowhere");
    EXPECT_EQ(d->made().status, ALD_OK);
    EXPECT_EQ(d->paths(), std::vector<std::string>{""});
    EXPECT_EQ(d->problems(), none());
}

TEST(host_driver, shows_a_workstation_as_a_tree) {
    const auto d = quiet(vector_path("workstation"));
    ASSERT_EQ(d->open().status, ALD_OK);
    const auto paths = d->paths();
    for (const char *path :
         {"cpu", "cpu/0", "cpu/15", "memory", "disk", "disk/nvme0n1", "disk/nvme0n1/read",
          "disk/sda/written", "disk/dm-10", "network", "network/lo/received",
          "network/br-3f9a1c2d4e5b/sent", "network/veth0a9f8e7_if12",
          "temperature/coretemp.Package_id_0", "temperature/nvme.Composite",
          "temperature/nvme.Composite-2", "temperature/thermal.x86_pkg_temp"}) {
        EXPECT_TRUE(has(paths, path)) << path;
    }
    for (const char *path :
         {"cpu/16", "disk/sda1", "disk/loop0", "disk/zram0", "temperature/thermal.acpitz"}) {
        EXPECT_FALSE(has(paths, path)) << path;
    }
    EXPECT_EQ(d->problems(), none());
}

TEST(host_driver, has_units_and_limits) {
    const auto d = quiet(vector_path("workstation"));
    ASSERT_EQ(d->open().status, ALD_OK);
    const struct {
        const char *path, *property, *unit;
        double min, max;
    } expected[] = {
        {"cpu", "value", "%", 0, 100},
        {"cpu", "frequency", "MHz", 0, NAN},
        {"cpu/3", "value", "%", 0, 100},
        {"memory", "value", "By", 0, 65764388.0 * 1024},
        {"disk/sda/read", "value", "By/s", 0, NAN},
        {"disk/sda", "busy_time", "ms", 0, NAN},
        {"network/lo/sent", "value", "By/s", 0, NAN},
        {"temperature/coretemp.Core_4", "value", "Cel", -273.15, NAN},
        {"", "uptime", "s", 0, NAN},
    };
    for (const auto &e : expected) {
        const fake::property *p = d->find(e.path)->find(e.property);
        ASSERT_NE(p, nullptr) << e.path << ":" << e.property;
        EXPECT_EQ(p->unit, e.unit) << e.path;
        EXPECT_EQ(p->min, e.min) << e.path;
        EXPECT_TRUE(p->max == e.max || (std::isnan(p->max) && std::isnan(e.max))) << e.path;
    }
    for (const char *path : {"cpu", "cpu/3", "memory", "disk/sda/read", "network/lo/sent",
                             "temperature/coretemp.Core_4"}) {
        EXPECT_TRUE(d->find(path)->readable()) << path;
        EXPECT_EQ(d->find(path)->properties.front().name, "value") << path;
    }
    EXPECT_FALSE(d->find("disk")->readable());
    EXPECT_FALSE(d->find("")->readable());
}

TEST(host_driver, reads_every_property_of_every_recorded_computer) {
    for (const char *name : {"workstation", "server", "board"}) {
        const recorded computer(name);
        const std::int64_t values_before = fake::live_values();
        {
            const auto d = quiet(computer.root());
            ASSERT_EQ(d->open().status, ALD_OK) << name;
            for (const std::string &path : d->paths()) {
                for (const fake::property &p : d->find(path)->properties) {
                    const fake::reply got = d->get(path, p.name);
                    const bool broken =
                        path.find("not_connected") != std::string::npos && p.name == "value";
                    EXPECT_EQ(got.status, broken ? ALD_E_IO : ALD_OK)
                        << path << ":" << p.name << ": " << got.why.message;
                }
            }
            EXPECT_EQ(d->problems(), none());
        }
        EXPECT_EQ(fake::live_values(), values_before) << name;
        EXPECT_EQ(fake::live_errors(), 0) << name;
    }
}

TEST(host_driver, tells_what_the_computer_is) {
    const auto d = quiet(vector_path("workstation"));
    ASSERT_EQ(d->open().status, ALD_OK);
    EXPECT_EQ(text(*d, "", "hostname"), "bench-3");
    EXPECT_EQ(text(*d, "", "kernel"), "Linux 6.1.0-18-amd64");
    EXPECT_EQ(text(*d, "", "cpu_model"), "12th Gen Intel(R) Core(TM) i7-12700");
    EXPECT_EQ(count(*d, "", "cores"), 16);
    EXPECT_DOUBLE_EQ(number(*d, "", "uptime"), 86400.52);
    EXPECT_EQ(d->who().vendor, "Example Instruments GmbH");
    EXPECT_EQ(d->who().model, "Bench Controller 12");
    EXPECT_EQ(d->who().firmware, "F.42");
    EXPECT_EQ(d->who().serial_number, "");
    const auto board = quiet(vector_path("board"));
    ASSERT_EQ(board->open().status, ALD_OK);
    EXPECT_EQ(board->who().model, "Raspberry Pi 4 Model B Rev 1.2");
}

TEST(host_driver, reads_amounts_and_totals) {
    const auto d = quiet(vector_path("workstation"));
    ASSERT_EQ(d->open().status, ALD_OK);
    EXPECT_DOUBLE_EQ(number(*d, "memory"), (65764388.0 - 48123456.0) * 1024);
    EXPECT_EQ(count(*d, "memory", "total"), 65764388LL * 1024);
    EXPECT_EQ(count(*d, "memory", "swap_used"), (8388604LL - 8126460LL) * 1024);
    EXPECT_EQ(count(*d, "disk/nvme0n1", "read_total"), 19558656LL * 512);
    EXPECT_EQ(count(*d, "disk/nvme0n1", "size"), 1953525168LL * 512);
    EXPECT_EQ(text(*d, "disk/nvme0n1", "model"), "Samsung SSD 980 PRO 1TB");
    EXPECT_EQ(d->find("disk/dm-0")->find("model"), nullptr);
    EXPECT_EQ(count(*d, "network/enp5s0", "received_total"), 98765432109LL);
    EXPECT_EQ(count(*d, "network/enp5s0", "sent_errors"), 3);
    EXPECT_EQ(text(*d, "network/veth0a9f8e7_if12", "name"), "veth0a9f8e7@if12");
    EXPECT_DOUBLE_EQ(number(*d, "temperature/coretemp.Core_4"), 37);
    EXPECT_DOUBLE_EQ(number(*d, "temperature/coretemp.Core_4", "critical"), 100);
    EXPECT_EQ(text(*d, "temperature/coretemp.Core_4", "label"), "Core 4");
    EXPECT_DOUBLE_EQ(number(*d, "cpu/2", "frequency"), 1000);
    EXPECT_DOUBLE_EQ(number(*d, "cpu", "frequency"), 1550);
    EXPECT_DOUBLE_EQ(number(*d, "cpu", "load_5"), 0.98);
}

TEST(host_driver, knows_the_disks_and_frequencies_of_a_server) {
    const auto d = quiet(vector_path("server"));
    ASSERT_EQ(d->open().status, ALD_OK);
    EXPECT_EQ(text(*d, "disk/cciss_c0d0", "name"), "cciss/c0d0");
    EXPECT_EQ(count(*d, "disk/cciss_c0d0", "size"), 585871964LL * 512);
    EXPECT_EQ(d->find("cpu/77"), nullptr);
    EXPECT_GT(number(*d, "cpu/127", "frequency"), 1000); // from cpuinfo
    EXPECT_GT(number(*d, "cpu", "frequency"), 1000);
    EXPECT_EQ(d->find("temperature"), nullptr);
    EXPECT_EQ(text(*d, "", "kernel"), "Linux 3.10.0-1160.el7.x86_64");
}

TEST(host_driver, gives_loads_since_the_last_reading) {
    const standing_clock clock;
    const recorded computer("board");
    computer.write("proc/stat", "cpu  100 0 100 800\ncpu0 50 0 50 400\ncpu1 50 0 50 400\n");
    const auto d = quiet(computer.root());
    ASSERT_EQ(d->open().status, ALD_OK);
    // Nothing has passed: the load since boot, marked.
    fake::reply got = d->get("cpu", "value");
    EXPECT_DOUBLE_EQ(got.value.real(), 20);
    EXPECT_EQ(got.reading.quality, std::uint64_t{ALD_READING_UNSETTLED});
    computer.write("proc/stat", "cpu  175 0 100 925\ncpu0 50 0 50 500\ncpu1 125 0 50 425\n");
    fake::move_clock(second);
    got = d->get("cpu", "value");
    EXPECT_DOUBLE_EQ(got.value.real(), 37.5);
    EXPECT_EQ(got.reading.quality, 0U);
    EXPECT_DOUBLE_EQ(number(*d, "cpu/0"), 0);
    EXPECT_DOUBLE_EQ(number(*d, "cpu/1"), 75);
    // Each sensor has its own interval; reading again at once repeats.
    EXPECT_DOUBLE_EQ(number(*d, "cpu"), 37.5);
    EXPECT_EQ(d->problems(), none());
}

TEST(host_driver, gives_rates_since_the_last_reading) {
    const standing_clock clock;
    const recorded computer("board");
    const std::string zeros = " 0 0 0 0 0 0 0 0 0 0 0\n";
    computer.write("proc/diskstats", "8 0 sda 1 0 100 0 1 0 10 0 0 0 0\n");
    const auto d = quiet(computer.root());
    ASSERT_EQ(d->open().status, ALD_OK);
    EXPECT_EQ(d->get("disk/sda/read", "value").reading.quality,
              std::uint64_t{ALD_READING_UNSETTLED});
    computer.write("proc/diskstats", "8 0 sda 1 0 300 0 1 0 10 0 0 0 0\n");
    fake::move_clock(2 * second);
    EXPECT_DOUBLE_EQ(number(*d, "disk/sda/read"), 200 * 512 / 2.0);
    EXPECT_DOUBLE_EQ(number(*d, "disk/sda/written"), 0);
    // Half a millisecond later: the last rate.
    computer.write("proc/diskstats", "8 0 sda 1 0 301 0 1 0 10 0 0 0 0\n");
    fake::move_clock(second / 2000);
    EXPECT_DOUBLE_EQ(number(*d, "disk/sda/read"), 200 * 512 / 2.0);
    // Counters that begin anew: no rate, and none that is negative.
    computer.write("proc/diskstats", "8 0 sda" + zeros);
    fake::move_clock(second);
    const fake::reply got = d->get("disk/sda/read", "value");
    EXPECT_EQ(got.value.real(), 0);
    EXPECT_EQ(got.reading.quality, std::uint64_t{ALD_READING_UNSETTLED});
    EXPECT_EQ(d->problems(), none());
}

TEST(host_driver, says_when_it_read) {
    const auto d = quiet(vector_path("board"));
    ASSERT_EQ(d->open().status, ALD_OK);
    const std::int64_t before = fake::host().mono_ns();
    const fake::reply got = d->get("memory", "value");
    const std::int64_t after = fake::host().mono_ns();
    ASSERT_TRUE(got.has_times);
    EXPECT_GE(got.reading.t_mono_ns, before);
    EXPECT_LE(got.reading.t_mono_ns, after);
    EXPECT_GT(got.reading.uncertainty_ns, 0);
    EXPECT_LE(got.reading.t_mono_ns + got.reading.uncertainty_ns, after + 1);
}

TEST(host_driver, sets_and_acts_on_nothing) {
    const auto d = quiet(vector_path("board"));
    ASSERT_EQ(d->open().status, ALD_OK);
    EXPECT_EQ(d->set("memory", "value", 1.0).status, ALD_E_UNSUPPORTED);
    EXPECT_EQ(d->act("", "home").status, ALD_E_UNSUPPORTED);
    for (const std::string &path : d->paths()) {
        for (const fake::property &p : d->find(path)->properties) {
            EXPECT_EQ(p.flags & ALD_SCHEMA_WRITE, 0U) << path << ":" << p.name;
        }
    }
}

TEST(host_driver, publishes_what_has_changed) {
    const recorded computer("board");
    fake::device d(host_driver_table(), {{"root", computer.root()}, {"interval", 0.05}});
    ASSERT_EQ(d.open().status, ALD_OK);
    // Memory and temperature are told once; loads and rates stand still, their first is told too.
    ASSERT_TRUE(d.wait_publications(2, 10 * second));
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    for (const fake::publication &p : d.take_publications()) {
        EXPECT_EQ(p.property, "value");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    EXPECT_TRUE(d.take_publications().empty());
    computer.write("sys/class/hwmon/hwmon0/temp1_input", "50000\n");
    ASSERT_TRUE(d.wait_publications(1, 10 * second));
    const auto told = d.take_publications();
    EXPECT_EQ(told.front().path, "temperature/cpu_thermal.temp1");
    EXPECT_DOUBLE_EQ(told.front().value.real(), 50);
    EXPECT_EQ(d.close().status, ALD_OK);
    computer.write("sys/class/hwmon/hwmon0/temp1_input", "60000\n");
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
    EXPECT_TRUE(d.take_publications().empty());
    EXPECT_EQ(d.problems(), none());
}

TEST(host_driver, publishes_loads_of_the_interval_whatever_else_is_read) {
    const recorded computer("board");
    computer.write("proc/stat", "cpu  0 0 0 1000\ncpu0 0 0 0 1000\n");
    fake::device d(host_driver_table(), {{"root", computer.root()}, {"interval", 0.2}});
    ASSERT_EQ(d.open().status, ALD_OK);
    computer.write("proc/stat", "cpu  50 0 0 1050\ncpu0 50 0 0 1050\n");
    std::this_thread::sleep_for(std::chrono::milliseconds(60));
    EXPECT_DOUBLE_EQ(number(d, "cpu"), 50); // does not take the publisher's interval away
    ASSERT_TRUE(d.wait_publications(2, 10 * second));
    const auto told = d.take_publications();
    const auto load =
        std::find_if(told.begin(), told.end(), [](const auto &p) { return p.path == "cpu"; });
    ASSERT_NE(load, told.end());
    EXPECT_DOUBLE_EQ(load->value.real(), 50);
}

TEST(host_driver, reads_and_publishes_at_the_same_time) {
    fake::device d(host_driver_table(), {{"root", "/"}, {"interval", 0.05}});
    ASSERT_EQ(d.open().status, ALD_OK);
    const std::int64_t end = fake::host().mono_ns() + second / 2;
    while (fake::host().mono_ns() < end) {
        (void)number(d, "cpu");
        (void)number(d, "memory");
        if (d.find("network/lo/received") != nullptr) {
            (void)number(d, "network/lo/received");
        }
    }
    EXPECT_EQ(d.close().status, ALD_OK);
    EXPECT_FALSE(d.take_publications().empty());
    EXPECT_EQ(d.problems(), none());
}

TEST(host_driver, many_devices_publish_at_the_same_time) {
    std::vector<std::unique_ptr<fake::device>> all;
    for (int i = 0; i < 8; ++i) {
        all.push_back(std::make_unique<fake::device>(host_driver_table(),
                                                     datum_map{{"root", "/"}, {"interval", 0.05}}));
        ASSERT_EQ(all.back()->open().status, ALD_OK);
    }
    for (const auto &d : all) {
        EXPECT_TRUE(d->wait_publications(1, 10 * second));
    }
}

TEST(host_driver, closes_at_once_in_the_middle_of_a_long_interval) {
    fake::device d(host_driver_table(), {{"root", "/"}, {"interval", 3600.0}});
    ASSERT_EQ(d.open().status, ALD_OK);
    const tests::stopwatch watch;
    EXPECT_EQ(d.close().status, ALD_OK);
    EXPECT_LT(watch.own_ns(), second);
}

TEST(host_driver, finds_one_computer) {
    ald_value *found = nullptr;
    ald_error *why = nullptr;
    ASSERT_EQ(host_driver_table().discover(&found, &why), ALD_OK);
    const datum all = fake::behind(found);
    fake::host().value_unref(found);
    ASSERT_EQ(all.list().size(), 1U);
    EXPECT_EQ(all.list()[0].find("name")->text(), "computer");
    EXPECT_FALSE(all.list()[0].find("description")->text().empty());
    EXPECT_EQ(all.list()[0].find("options")->type(), ALD_TYPE_MAP);
}

TEST(host_driver, reads_this_computer) {
    const auto d = quiet("/");
    const fake::reply opened = d->open();
    ASSERT_EQ(opened.status, ALD_OK) << opened.why.message;
    std::this_thread::sleep_for(std::chrono::milliseconds(60));
    EXPECT_TRUE(d->find("cpu/0") != nullptr || d->find("cpu")->children.size() > 0);
    EXPECT_NE(d->find("network/lo/received"), nullptr);
    int readable = 0;
    for (const std::string &path : d->paths()) {
        for (const fake::property &p : d->find(path)->properties) {
            const fake::reply got = d->get(path, p.name);
            // A temperature sensor of a real computer may be broken or asleep.
            const bool sensor = path.rfind("temperature/", 0) == 0;
            EXPECT_TRUE(got.status == ALD_OK || sensor)
                << path << ":" << p.name << ": " << got.why.message;
            readable += p.name == "value" ? 1 : 0;
        }
    }
    EXPECT_GE(readable, 5);
    EXPECT_GT(number(*d, "memory"), 1e6);
    EXPECT_GT(number(*d, "", "uptime"), 0);
    EXPECT_FALSE(text(*d, "", "hostname").empty());
    EXPECT_EQ(d->problems(), none());
    EXPECT_EQ(d->close().status, ALD_OK);
}
