// What the system refuses: descriptors, threads; and a wall clock that is stepped.
#include "capi/support.hpp"

#include <atomic>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <ctime>
#include <dlfcn.h>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace {

std::atomic<bool> no_threads{false};
std::atomic<std::int64_t> wall_step_ns{0};

template <class Function> Function next_definition(const char *name) {
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

} // namespace

// These stand before those of the system, also for the library.
extern "C" int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                              void *(*body)(void *), void *argument) {
    static const auto next = next_definition<decltype(&pthread_create)>("pthread_create");
    return no_threads ? EAGAIN : next(thread, attributes, body, argument);
}

extern "C" int clock_gettime(clockid_t id, timespec *t) noexcept {
    static const auto next =
        next_definition<int (*)(clockid_t, timespec *) noexcept>("clock_gettime");
    const int failed = next(id, t);
    if (failed == 0 && id == CLOCK_REALTIME) {
        const std::int64_t stepped = t->tv_sec * tests::s + t->tv_nsec + wall_step_ns;
        t->tv_sec = stepped / tests::s;
        t->tv_nsec = stepped % tests::s;
    }
    return failed;
}

namespace tests {
namespace {

class limits : public capi {};

// As long as it lives the process gets a few more descriptors at most.
class few_descriptors {
public:
    explicit few_descriptors(int left) {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const int lowest_free = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        ::close(lowest_free);
        rlimit few = before_;
        few.rlim_cur = static_cast<rlim_t>(lowest_free + left);
        EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    }
    few_descriptors(const few_descriptors &) = delete;
    few_descriptors &operator=(const few_descriptors &) = delete;
    ~few_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_{};
};

struct without_threads {
    without_threads() { no_threads = true; }
    without_threads(const without_threads &) = delete;
    without_threads &operator=(const without_threads &) = delete;
    ~without_threads() { no_threads = false; }
};

std::ptrdiff_t open_descriptors() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return std::distance(begin(all), end(all));
}

TEST_F(limits, no_descriptor_for_a_queue) {
    const std::ptrdiff_t before = open_descriptors();
    auto q = new_queue();
    std::int32_t fd = -7;
    {
        const few_descriptors now(0);
        error e;
        EXPECT_EQ(ald_queue_fd(q, &fd, e.out()), ALD_E_LIMIT);
        EXPECT_EQ(ald_error_native_code(e), EMFILE);
        EXPECT_EQ(fd, -7) << "untouched";
        // All else goes on.
        auto r = initial(ald_record_init);
        EXPECT_EQ(ald_queue_push(q, &r, 0, nullptr, nullptr), ALD_OK);
        EXPECT_EQ(ald_queue_wait(q, 0, nullptr, nullptr), ALD_OK);
    }
    EXPECT_EQ(ald_queue_fd(q, &fd, nullptr), ALD_OK) << "as soon as there is one";
    q.reset();
    EXPECT_TRUE(eventually([&] { return open_descriptors() == before; })) << "none is kept";
}

TEST_F(limits, no_descriptor_for_settings) {
    const std::string path = ::testing::TempDir() + "limits-" + std::to_string(::getpid());
    std::ofstream(path) << "a = 1\n";
    owned<ald_settings> settings;
    {
        const few_descriptors now(0);
        error e;
        EXPECT_EQ(ald_settings_load(path.c_str(), settings.out(), e.out()), ALD_E_LIMIT);
        EXPECT_EQ(ald_error_native_code(e), EMFILE);
    }
    EXPECT_EQ(ald_settings_load(path.c_str(), settings.out(), nullptr), ALD_OK);
    std::filesystem::remove(path);
}

// Refuses the first, the second, ... descriptor of something, until it gets all that it asks for:
// each time it ends with `ended`, or with ALD_E_LIMIT and a message that says so.
template <class Step> void run_out_of_descriptors(ald_status ended, Step step) {
    constexpr int most = 40;
    ald_status how = ALD_E_LIMIT;
    int left = 0;
    for (; how == ALD_E_LIMIT && left < most; ++left) {
        ASSERT_EQ(ald_shutdown(20 * s, nullptr), ALD_OK); // all is made anew
        error e;
        {
            const few_descriptors now(left);
            how = step(e);
        }
        if (how == ALD_E_LIMIT) {
            EXPECT_EQ(message(e).find("Bad file descriptor"), std::string::npos) << message(e);
            EXPECT_NE(message(e).find("limit"), std::string::npos) << message(e);
        } else {
            EXPECT_EQ(how, ended) << left << " were left: " << message(e);
        }
    }
    EXPECT_EQ(how, ended);
    EXPECT_GT(left, 1) << "it needs none";
}

TEST_F(limits, no_descriptor_for_a_simulated_instrument) {
    for (const char *listen : {"pty", "tcp", "rfc2217"}) {
        const auto options = from_json(std::string(R"({"listen": ")") + listen + "\"}");
        run_out_of_descriptors(ALD_OK, [&](error &e) {
            owned<ald_simulation> instrument;
            return ald_simulation_start("esp300", nullptr, options, instrument.out(), e.out());
        });
    }
}

TEST_F(limits, no_descriptor_for_a_line) {
    struct line_case {
        std::string uri;
        ald_status ended;
    };
    const std::string nobody = ::testing::TempDir() + "nobody-" + std::to_string(::getpid());
    const line_case cases[] = {
        {"serial:/dev/null", ALD_E_INVALID}, // no terminal
        {"tcp:127.0.0.1:1", ALD_E_NOT_FOUND},     {"tcp:localhost:1", ALD_E_NOT_FOUND},
        {"rfc2217:127.0.0.1:1", ALD_E_NOT_FOUND}, {"replay:" + nobody, ALD_E_NOT_FOUND},
    };
    for (const line_case &c : cases) {
        SCOPED_TRACE(c.uri);
        run_out_of_descriptors(c.ended, [&](error &e) {
            owned<ald_device> d;
            const auto options = from_json(R"({"uri": ")" + c.uri + "\"}");
            EXPECT_EQ(ald_device_new("it", "esp300", options, d.out(), nullptr), ALD_OK);
            return ald_device_open(d, 10 * s, nullptr, e.out());
        });
    }
}

// The instrument has a descriptor for its listener, but none for who comes.
TEST_F(limits, no_descriptor_for_a_client_of_a_simulated_instrument) {
    owned<ald_simulation> instrument;
    ASSERT_EQ(ald_simulation_start("esp300", nullptr, from_json(R"({"listen": "tcp"})"),
                                   instrument.out(), nullptr),
              ALD_OK);
    const std::string uri = ald_simulation_uri(instrument);
    const auto q = new_queue();
    ASSERT_EQ(ald_log_attach(q, ALD_LOG_WARNING, nullptr), ALD_OK);
    const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(static_cast<std::uint16_t>(std::stoi(uri.substr(uri.rfind(':') + 1))));
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    {
        const few_descriptors now(0);
        ASSERT_EQ(::connect(client, reinterpret_cast<const sockaddr *>(&where), sizeof(where)), 0);
        char byte = 0;
        EXPECT_EQ(::recv(client, &byte, 1, 0), 0) << "it hangs up instead of being silent";
        ASSERT_EQ(ald_queue_wait(q, 20 * s, nullptr, nullptr), ALD_OK);
    }
    ::close(client);
    const auto records = drain(q);
    ASSERT_EQ(records.size(), 1U);
    const owned<ald_value> line(static_cast<ald_value *>(records[0].payload));
    EXPECT_NE(string_of(item(line, "message")).find("too many files"), std::string::npos);
    EXPECT_EQ(ald_log_detach(q, nullptr), ALD_OK);
    owned<ald_device> d;
    ASSERT_EQ(
        ald_device_new("it", "esp300", from_json(R"({"uri": ")" + uri + "\"}"), d.out(), nullptr),
        ALD_OK);
    error e;
    EXPECT_EQ(ald_device_open(d, 10 * s, nullptr, e.out()), ALD_OK) << message(e);
}

ald_status nothing(void *, const ald_value *, const ald_cancel *, ald_value **, ald_error **) {
    return ALD_OK;
}

TEST_F(limits, no_thread_for_work) {
    ASSERT_EQ(ald_shutdown(-1, nullptr), ALD_OK); // so that all threads must be made anew
    owned<ald_callable> c;
    ASSERT_EQ(ald_callable_new("f", nothing, nullptr, nullptr, c.out(), nullptr), ALD_OK);
    {
        const without_threads now;
        owned<ald_op> o;
        error e;
        EXPECT_EQ(ald_callable_start_call(c, nullptr, -1, o.out(), e.out()), ALD_E_LIMIT);
        EXPECT_EQ(o.get(), nullptr);
        EXPECT_NE(message(e), "");
        EXPECT_EQ(ald_callable_call(c, nullptr, -1, nullptr, nullptr, nullptr), ALD_OK)
            << "what needs no thread goes on";
        owned<ald_value> found;
        EXPECT_EQ(ald_driver_discover(-2, nullptr, found.out(), nullptr), ALD_E_LIMIT);
    }
    owned<ald_op> o;
    EXPECT_EQ(ald_callable_start_call(c, nullptr, -1, o.out(), nullptr), ALD_OK);
    EXPECT_EQ(end_of(o), ALD_OK);
}

TEST_F(limits, no_thread_for_a_device) {
    ASSERT_EQ(ald_shutdown(-1, nullptr), ALD_OK);
    auto sensor = new_mock("mock-readable", R"({"latency": 0.001})");
    auto axis = new_mock("mock-movable", R"({"velocity": 100000.0})");
    {
        const without_threads now;
        EXPECT_EQ(ald_device_open(sensor, -2, nullptr, nullptr), ALD_OK);
        EXPECT_EQ(ald_device_open(axis, -2, nullptr, nullptr), ALD_OK);
        auto reading = initial(ald_reading_init);
        EXPECT_EQ(ald_readable_read(sensor, -2, nullptr, &reading, nullptr), ALD_E_LIMIT);
        EXPECT_TRUE(std::isnan(reading.value));
        EXPECT_EQ(ald_movable_move_abs(axis, 1, -2, nullptr, nullptr), ALD_E_LIMIT);
        EXPECT_EQ(ald_movable_stop(axis, -2, nullptr), ALD_OK);
    }
    auto reading = initial(ald_reading_init);
    EXPECT_EQ(ald_readable_read(sensor, -2, nullptr, &reading, nullptr), ALD_OK);
    EXPECT_EQ(ald_movable_move_abs(axis, 1, -2, nullptr, nullptr), ALD_OK) << "nothing is stuck";
}

TEST_F(limits, no_thread_to_close_with) {
    ASSERT_EQ(ald_shutdown(-1, nullptr), ALD_OK);
    auto d = open_mock("mock-readable");
    auto q = new_queue();
    ASSERT_EQ(ald_device_subscribe(d, q, ALD_EVENT_DEVICE_CLOSED, 0, nullptr), ALD_OK);
    {
        const without_threads now;
        d.reset(); // there is no reaper: it is closed here and now
        EXPECT_EQ(ald_queue_wait(q, 0, nullptr, nullptr), ALD_OK);
        const auto another = open_mock("mock-readable");
        EXPECT_EQ(ald_shutdown(20 * s, nullptr), ALD_OK);
        EXPECT_EQ(ald_device_status(another), ALD_DEVICE_CLOSED);
    }
    for (const ald_record &r : drain(q)) {
        unref(r.payload);
    }
}

class stepped_clock : public capi, public ::testing::WithParamInterface<std::int64_t> {
protected:
    void TearDown() override {
        wall_step_ns = 0;
        capi::TearDown();
    }
};

TEST_P(stepped_clock, changes_neither_deadlines_nor_times) {
    const std::int64_t offset = ald_clock_wall_from_mono(0);
    const std::int64_t error_before = ald_clock_wall_error_ns();
    const auto d = open_mock("mock-readable", R"({"latency": 0.02})");
    owned<ald_op> read;
    ASSERT_EQ(ald_readable_start_read(d, -1, read.out(), nullptr), ALD_OK);
    const auto q = new_queue();

    wall_step_ns = GetParam();

    const std::int64_t began = ald_clock_mono_ns();
    EXPECT_EQ(ald_queue_wait(q, 20 * ms, nullptr, nullptr), ALD_E_TIMEOUT);
    EXPECT_GE(ald_clock_mono_ns() - began, 20 * ms);
    EXPECT_EQ(end_of(read), ALD_OK);
    auto reading = initial(ald_reading_init);
    ASSERT_EQ(ald_readable_last(d, &reading, nullptr), ALD_OK);
    EXPECT_EQ(reading.t_wall_ns, offset + reading.t_mono_ns) << "derived, never stepped";
    EXPECT_EQ(ald_clock_wall_from_mono(0), offset);
    EXPECT_NEAR(static_cast<double>(ald_clock_wall_error_ns() - error_before),
                static_cast<double>(GetParam()), 1.0 * s)
        << "and the step can be asked for";
}

INSTANTIATE_TEST_SUITE_P(by, stepped_clock, ::testing::Values(5 * s, -5 * s, 365 * 24 * 3600 * s));

// A child of its own program, so that the library starts anew there.
TEST_F(limits, a_suspended_process_finds_its_timeouts_passed) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::execl("/proc/self/exe", "child", "--gtest_also_run_disabled_tests",
                "--gtest_filter=*DISABLED_waits_to_be_suspended", static_cast<char *>(nullptr));
        ::_exit(127);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, WUNTRACED), child);
    ASSERT_TRUE(WIFSTOPPED(status)) << "it stops itself in the middle of a wait";
    sleep_ms(60); // longer than its timeout
    ::kill(child, SIGCONT);
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST_F(limits, DISABLED_waits_to_be_suspended) {
    const auto d = open_mock("mock-readable", R"({"latency": 0.03})");
    owned<ald_op> late;
    ASSERT_EQ(ald_readable_start_read(d, 20 * ms, late.out(), nullptr), ALD_OK);
    std::thread stops([] { ::kill(::getpid(), SIGSTOP); });
    const auto q = new_queue();
    EXPECT_EQ(ald_queue_wait(q, 40 * ms, nullptr, nullptr), ALD_E_TIMEOUT);
    stops.join();
    const ald_status ended = end_of(late);
    EXPECT_TRUE(ended == ALD_E_TIMEOUT || ended == ALD_OK) << "whichever was seen first";
    auto reading = initial(ald_reading_init);
    EXPECT_EQ(ald_readable_read(d, -2, nullptr, &reading, nullptr), ALD_OK) << "and it goes on";
}

} // namespace
} // namespace tests
