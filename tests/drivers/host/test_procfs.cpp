#include "host/procfs.hpp"

#include "support.hpp"

#include <gtest/gtest.h>

#include <algorithm>

using namespace host_driver;

namespace {

std::vector<std::string> names(const std::vector<disk_counters> &disks) {
    std::vector<std::string> all;
    for (const auto &d : disks) {
        all.push_back(d.name);
    }
    return all;
}

// The message of a fault, for texts that must be refused.
template <class T> std::string refused(const result<T> &r) {
    return r ? "was taken" : r.error().code == ALD_E_PROTOCOL ? r.error().message : "other code";
}

} // namespace

TEST(stat, reads_all_cores_of_a_workstation) {
    const auto s = parse_stat(vector_text("workstation/proc/stat"));
    ASSERT_TRUE(s) << refused(s);
    ASSERT_EQ(s->cores.size(), 16U);
    EXPECT_EQ(s->cores[15].first, 15);
    // user 5105274, of which guest 115458 is a part, ... idle 131579404, iowait 71458
    EXPECT_EQ(s->all.idle, 131579404U + 71458U);
    EXPECT_EQ(s->all.total,
              5105274U + 35761U + 1312062U + 131579404U + 71458U + 42882U + 94563U + 0U);
}

TEST(stat, knows_that_a_core_is_off_line) {
    const auto s = parse_stat(vector_text("server/proc/stat"));
    ASSERT_TRUE(s) << refused(s);
    EXPECT_EQ(s->cores.size(), 127U);
    EXPECT_TRUE(std::none_of(s->cores.begin(), s->cores.end(),
                             [](const auto &c) { return c.first == 77; }));
}

TEST(stat, takes_the_four_counts_of_old_kernels) {
    const auto s = parse_stat("cpu  1 2 3 4\ncpu0 1 2 3 4\n");
    ASSERT_TRUE(s) << refused(s);
    EXPECT_EQ(s->all.total, 10U);
    EXPECT_EQ(s->all.idle, 4U);
}

TEST(stat, names_file_and_line_of_what_is_wrong) {
    EXPECT_EQ(refused(parse_stat("")), "/proc/stat:1: there is no line 'cpu'");
    EXPECT_EQ(refused(parse_stat("intr 1\n")), "/proc/stat:1: there is no line 'cpu'");
    EXPECT_EQ(refused(parse_stat("cpu  1 2 3\n")),
              "/proc/stat:1: expected at least four counts of ticks");
    EXPECT_EQ(refused(parse_stat("cpu  1 2 3 4\ncpu0 1 2 3 x\n", "/x/stat")),
              "/x/stat:2: expected at least four counts of ticks");
    EXPECT_EQ(refused(parse_stat("cpu  1 2 3 4 5 6 -7\n")),
              "/proc/stat:1: expected at least four counts of ticks");
    EXPECT_EQ(refused(parse_stat("cpu  1 2 3 4\ncpux 1 2 3 4\n")),
              "/proc/stat:2: expected 'cpu' and a number");
    EXPECT_EQ(refused(parse_stat("cpu  1 2 3 4\ncpu0 1 2 3 4")),
              "/proc/stat:2: the line is cut off");
    EXPECT_EQ(refused(parse_stat("cpu  99999999999999999999 2 3 4\n")),
              "/proc/stat:1: expected at least four counts of ticks");
}

TEST(meminfo, reads_bytes) {
    const auto m = parse_meminfo(vector_text("workstation/proc/meminfo"));
    ASSERT_TRUE(m) << refused(m);
    EXPECT_EQ(m->total, 65764388ULL * 1024);
    EXPECT_EQ(m->available, 48123456ULL * 1024);
    EXPECT_EQ(m->swap_total, 8388604ULL * 1024);
    EXPECT_EQ(m->swap_free, 8126460ULL * 1024);
    const auto without_swap = parse_meminfo(vector_text("server/proc/meminfo"));
    ASSERT_TRUE(without_swap);
    EXPECT_EQ(without_swap->swap_total, 0U);
}

TEST(meminfo, estimates_what_is_available_on_old_kernels) {
    const auto m =
        parse_meminfo("MemTotal: 100 kB\nMemFree: 10 kB\nBuffers: 5 kB\nCached: 20 kB\n");
    ASSERT_TRUE(m) << refused(m);
    EXPECT_EQ(m->available, 35U * 1024);
}

TEST(meminfo, names_file_and_line_of_what_is_wrong) {
    EXPECT_EQ(refused(parse_meminfo("")), "/proc/meminfo:1: MemTotal or MemAvailable is missing");
    EXPECT_EQ(refused(parse_meminfo("MemTotal: 1 kB\nMemAvailable: x kB\n")),
              "/proc/meminfo:2: expected a number and kB");
    EXPECT_EQ(refused(parse_meminfo("MemTotal: 1 MB\n")),
              "/proc/meminfo:1: expected a number and kB");
    EXPECT_EQ(refused(parse_meminfo("MemTotal: 18446744073709551615 kB\n")),
              "/proc/meminfo:1: expected a number and kB");
    EXPECT_EQ(refused(parse_meminfo("MemTotal: 1 kB\nMemAvailable: 1 k")),
              "/proc/meminfo:2: the line is cut off");
}

TEST(diskstats, leaves_partitions_and_pretended_disks_out) {
    const auto d = parse_diskstats(vector_text("workstation/proc/diskstats"));
    ASSERT_TRUE(d) << refused(d);
    EXPECT_EQ(names(whole_disks(*d)), (std::vector<std::string>{"nvme0n1", "nvme1n1", "sda", "sdb",
                                                                "sr0", "dm-0", "dm-1", "dm-10"}));
    const auto it = std::find_if(d->begin(), d->end(),
                                 [](const disk_counters &x) { return x.name == "nvme0n1"; });
    EXPECT_EQ(it->reads, 814944U);
    EXPECT_EQ(it->read_bytes, 19558656ULL * 512);
    EXPECT_EQ(it->writes, 6191U);
    EXPECT_EQ(it->written_bytes, 105247ULL * 512);
    EXPECT_EQ(it->busy_ms, 615405U);
}

TEST(diskstats, reads_the_columns_of_old_kernels) {
    const auto d = parse_diskstats(vector_text("server/proc/diskstats"));
    ASSERT_TRUE(d) << refused(d);
    EXPECT_EQ(names(whole_disks(*d)), (std::vector<std::string>{"cciss/c0d0", "sda", "sdb", "sdc",
                                                                "sdaa", "md127", "md12", "md1"}));
    const auto board = parse_diskstats(vector_text("board/proc/diskstats"));
    ASSERT_TRUE(board);
    EXPECT_EQ(names(whole_disks(*board)), (std::vector<std::string>{"mmcblk0", "mmcblk0boot0"}));
}

TEST(diskstats, keeps_a_numbered_disk_that_has_no_parent) {
    const auto d = parse_diskstats("202 1 xvda1 1 2 3 4 5 6 7 8 9 10 11\n");
    ASSERT_TRUE(d) << refused(d);
    EXPECT_EQ(names(whole_disks(*d)), std::vector<std::string>{"xvda1"});
}

TEST(diskstats, takes_an_empty_file) {
    const auto d = parse_diskstats("");
    ASSERT_TRUE(d);
    EXPECT_TRUE(d->empty());
}

TEST(diskstats, names_file_and_line_of_what_is_wrong) {
    EXPECT_EQ(refused(parse_diskstats("8 sda\n")),
              "/proc/diskstats:1: expected the two numbers of a device");
    EXPECT_EQ(refused(parse_diskstats("8 0\n")),
              "/proc/diskstats:1: expected the name of a device");
    EXPECT_EQ(refused(parse_diskstats("8 0 sda 1 2 3 4 5 6 7 8 9 10\n")),
              "/proc/diskstats:1: expected eleven counts");
    EXPECT_EQ(refused(parse_diskstats("8 0 sda 1 2 36028797018963968 4 5 6 7 8 9 10 11\n")),
              "/proc/diskstats:1: a count of sectors is impossibly large");
    EXPECT_EQ(refused(parse_diskstats("8 0 sda 1 2 3 4 5 6 7 8 9 10 11")),
              "/proc/diskstats:1: the line is cut off");
}

TEST(net_dev, reads_all_interfaces) {
    const auto n = parse_net_dev(vector_text("workstation/proc/net/dev"));
    ASSERT_TRUE(n) << refused(n);
    ASSERT_EQ(n->size(), 7U);
    EXPECT_EQ((*n)[0].name, "lo");
    EXPECT_EQ((*n)[1].name, "enp5s0");
    EXPECT_EQ((*n)[1].received_bytes, 98765432109U);
    EXPECT_EQ((*n)[1].received_dropped, 1234U);
    EXPECT_EQ((*n)[1].sent_bytes, 12345678901U);
    EXPECT_EQ((*n)[1].sent_errors, 3U);
    EXPECT_EQ((*n)[6].name, "veth0a9f8e7@if12");
}

TEST(net_dev, needs_no_blank_behind_the_colon) {
    const auto n = parse_net_dev(vector_text("server/proc/net/dev"));
    ASSERT_TRUE(n) << refused(n);
    EXPECT_EQ((*n)[0].received_bytes, 987654321098U);
    EXPECT_EQ((*n)[3].name, "bond0");
    EXPECT_EQ((*n)[3].received_errors, 17U);
    EXPECT_EQ((*n)[5].name, "bond0.1042");
}

TEST(net_dev, names_file_and_line_of_what_is_wrong) {
    const std::string head = "Inter-| Receive | Transmit\n face |bytes |bytes\n";
    EXPECT_EQ(refused(parse_net_dev("")), "/proc/net/dev:1: expected two lines of headings");
    EXPECT_EQ(refused(parse_net_dev("a|b\nlo: 1\n")),
              "/proc/net/dev:2: expected two lines of headings");
    EXPECT_EQ(refused(parse_net_dev(head + "lo 1 2\n")),
              "/proc/net/dev:3: expected the name of an interface and a colon");
    EXPECT_EQ(refused(parse_net_dev(head + " : 1 2\n")),
              "/proc/net/dev:3: expected the name of an interface");
    EXPECT_EQ(refused(parse_net_dev(head + "lo: 1 2\n")),
              "/proc/net/dev:3: expected sixteen counts");
    EXPECT_EQ(refused(parse_net_dev(head + "lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16")),
              "/proc/net/dev:3: the line is cut off");
}

TEST(loadavg, reads_three_averages) {
    const auto l = parse_loadavg(vector_text("workstation/proc/loadavg"));
    ASSERT_TRUE(l) << refused(l);
    EXPECT_DOUBLE_EQ(l->minutes_1, 1.27);
    EXPECT_DOUBLE_EQ(l->minutes_5, 0.98);
    EXPECT_DOUBLE_EQ(l->minutes_15, 0.75);
    EXPECT_EQ(refused(parse_loadavg("")), "/proc/loadavg:1: the file is empty");
    EXPECT_EQ(refused(parse_loadavg("0.1 0.2\n")), "/proc/loadavg:1: expected three load averages");
    EXPECT_EQ(refused(parse_loadavg("0.1 0.2 0.")), "/proc/loadavg:1: the line is cut off");
}

TEST(uptime, reads_seconds) {
    EXPECT_DOUBLE_EQ(*parse_uptime(vector_text("workstation/proc/uptime")), 86400.52);
    EXPECT_EQ(refused(parse_uptime("-1 2\n")), "/proc/uptime:1: expected the seconds since boot");
    EXPECT_EQ(refused(parse_uptime("864")), "/proc/uptime:1: the line is cut off");
}

TEST(cpuinfo, finds_model_and_frequencies) {
    const auto c = parse_cpuinfo(vector_text("workstation/proc/cpuinfo"));
    ASSERT_TRUE(c) << refused(c);
    EXPECT_EQ(c->model, "12th Gen Intel(R) Core(TM) i7-12700");
    ASSERT_EQ(c->frequencies.size(), 16U);
    EXPECT_EQ(c->frequencies[15].first, 15);
    EXPECT_GT(c->frequencies[15].second, 100);
    EXPECT_EQ(parse_cpuinfo(vector_text("server/proc/cpuinfo"))->frequencies.size(), 127U);
    const auto board = parse_cpuinfo(vector_text("board/proc/cpuinfo"));
    ASSERT_TRUE(board);
    EXPECT_EQ(board->model, "Raspberry Pi 4 Model B Rev 1.2");
    EXPECT_TRUE(board->frequencies.empty());
    EXPECT_EQ(refused(parse_cpuinfo("processor: 0\ncpu MHz : fast\n")),
              "/proc/cpuinfo:2: expected a frequency in MHz");
}

namespace {

struct checker {
    const char *file;                            // in every recorded computer
    const char *told;                            // how faults name it
    std::string (*parse)(std::string_view text); // "" if it was taken, or the fault's message
};

template <class T> std::string fault_of(const result<T> &r) {
    return r ? "" : r.error().code == ALD_E_PROTOCOL ? r.error().message : "wrong code";
}

const checker checkers[] = {
    {"proc/stat", "/proc/stat:", [](std::string_view t) { return fault_of(parse_stat(t)); }},
    {"proc/meminfo",
     "/proc/meminfo:", [](std::string_view t) { return fault_of(parse_meminfo(t)); }},
    {"proc/diskstats",
     "/proc/diskstats:", [](std::string_view t) { return fault_of(parse_diskstats(t)); }},
    {"proc/net/dev",
     "/proc/net/dev:", [](std::string_view t) { return fault_of(parse_net_dev(t)); }},
    {"proc/loadavg",
     "/proc/loadavg:", [](std::string_view t) { return fault_of(parse_loadavg(t)); }},
    {"proc/uptime", "/proc/uptime:", [](std::string_view t) { return fault_of(parse_uptime(t)); }},
    {"proc/cpuinfo",
     "/proc/cpuinfo:", [](std::string_view t) { return fault_of(parse_cpuinfo(t)); }},
};

// A fault begins with file and line.
bool well_said(const std::string &fault, const std::string &told) {
    return fault.empty() || (fault.rfind(told, 0) == 0 && std::isdigit(fault[told.size()]) != 0 &&
                             fake::valid_utf8(fault));
}

} // namespace

TEST(procfs, every_truncation_is_taken_or_refused) {
    for (const char *computer : {"workstation", "server", "board"}) {
        for (const checker &c : checkers) {
            const std::string text = vector_text(std::string(computer) + "/" + c.file);
            // Every place at the front, and some of the many further back.
            for (std::size_t size = 0; size <= text.size(); size += size < 3000 ? 1 : 61) {
                // A copy of its own, so that a read past the end shows under a sanitizer.
                const std::vector<char> cut(text.begin(),
                                            text.begin() + static_cast<std::ptrdiff_t>(size));
                const std::string fault = c.parse({cut.data(), cut.size()});
                ASSERT_TRUE(well_said(fault, c.told)) << computer << " " << size << ": " << fault;
            }
            EXPECT_EQ(c.parse(text), "");
        }
    }
}

TEST(procfs, a_line_cut_within_a_number_is_never_taken) {
    const std::string text = vector_text("board/proc/diskstats");
    for (std::size_t size = 1; size < text.size(); ++size) {
        if (text[size - 1] != '\n') {
            ASSERT_NE(fault_of(parse_diskstats(std::string_view(text).substr(0, size))), "");
        }
    }
}

TEST(procfs, damaged_texts_are_taken_or_refused) {
    std::uint32_t state = 20240601;
    const auto random = [&](std::size_t below) {
        state = state * 1664525U + 1013904223U;
        return (state >> 8U) % below;
    };
    for (const checker &c : checkers) {
        const std::string text = vector_text(std::string("board/") + c.file);
        for (int i = 0; i < 3000; ++i) {
            std::string damaged = text;
            for (std::size_t k = 0; k <= random(3); ++k) {
                const std::size_t at = random(damaged.size());
                switch (random(4)) {
                case 0: damaged[at] = static_cast<char>(random(256)); break;
                case 1: damaged.erase(at, 1 + random(20)); break;
                case 2: damaged.insert(at, 1 + random(30), "9 :|-\n\0x"[random(8)]); break;
                default: damaged[at] = "0 :|-\n\t."[random(8)]; break;
                }
                damaged += damaged.empty() ? "\n" : "";
            }
            const std::string fault = c.parse(damaged);
            ASSERT_TRUE(well_said(fault, c.told)) << fault;
        }
    }
}
