#include "host/machine.hpp"

#include "support.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <sys/stat.h>

using namespace host_driver;

namespace {

std::int64_t ticking = 0;
std::int64_t tick() { return ticking += 1001; }

} // namespace

TEST(machine, puts_paths_below_its_root) {
    EXPECT_EQ(machine("/", tick).path("proc/stat"), "/proc/stat");
    EXPECT_EQ(machine("", tick).path("proc/stat"), "/proc/stat");
    EXPECT_EQ(machine("/tmp/x//", tick).path("proc/stat"), "/tmp/x/proc/stat");
}

TEST(machine, tells_when_it_read) {
    const recorded computer("board");
    const machine m(computer.root(), tick);
    ticking = 0;
    const auto file = m.read(m.path("proc/uptime"));
    ASSERT_TRUE(file);
    // From 1001 to 2002: the window is covered in full.
    EXPECT_LE(file->when.t_mono_ns - file->when.uncertainty_ns, 1001);
    EXPECT_GE(file->when.t_mono_ns + file->when.uncertainty_ns, 2002);
    EXPECT_LE(file->when.uncertainty_ns, 501);
}

TEST(machine, reads_long_files_in_full) {
    const recorded computer("board");
    const std::string text(100'000, 'x');
    computer.write("proc/long", text);
    const machine m(computer.root(), tick);
    EXPECT_EQ(m.read(m.path("proc/long"))->text, text);
}

TEST(machine, reads_lines_and_numbers_or_nothing) {
    const recorded computer("board");
    computer.write("a", " one line \nanother\n");
    computer.write("b", "-17\n");
    const machine m(computer.root(), tick);
    EXPECT_EQ(m.line(m.path("a")), "one line");
    EXPECT_EQ(m.integer(m.path("b")), -17);
    EXPECT_EQ(m.integer(m.path("a")), std::nullopt);
    EXPECT_EQ(m.line(m.path("c")), std::nullopt);
    EXPECT_EQ(m.line(m.path("proc/device-tree/model")), "Raspberry Pi 4 Model B Rev 1.2");
}

TEST(machine, says_what_cannot_be_read) {
    const recorded computer("board");
    const machine m(computer.root(), tick);
    const auto absent = m.read(m.path("none"));
    ASSERT_FALSE(absent);
    EXPECT_EQ(absent.error().code, ALD_E_DISCONNECTED);
    EXPECT_EQ(absent.error().native_code, ENOENT);
    EXPECT_EQ(absent.error().message, computer.path("none") + ": No such file or directory");
    const auto directory = m.read(m.path("proc"));
    ASSERT_FALSE(directory);
    EXPECT_EQ(directory.error().code, ALD_E_IO);
    std::filesystem::create_symlink("loop", computer.path("loop"));
    EXPECT_EQ(m.read(m.path("loop")).error().code, ALD_E_IO);
}

TEST(machine, is_held_up_neither_by_a_pipe_nor_by_an_endless_file) {
    const recorded computer("board");
    const machine m(computer.root(), tick);
    ASSERT_EQ(mkfifo(computer.path("pipe").c_str(), 0600), 0);
    const auto pipe = m.read(m.path("pipe"));
    ASSERT_TRUE(pipe);
    EXPECT_EQ(pipe->text, "");
    std::filesystem::create_symlink("/dev/zero", computer.path("endless"));
    const auto endless = m.read(m.path("endless"));
    ASSERT_FALSE(endless);
    EXPECT_EQ(endless.error().native_code, EFBIG);
}
