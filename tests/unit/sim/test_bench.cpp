// The simulated bench against closed forms, numeric integration, and its own statistics.
#include "base/clock.hpp"
#include "device/lab.hpp"
#include "sim/bench/bench.hpp"
#include "sim/bench/noise.hpp"
#include "sim/bench/optics.hpp"
#include "sim/bench/sample.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <numeric>
#include <random>
#include <thread>

using namespace alidade;

namespace {

constexpr std::int64_t s = 1'000'000'000;
constexpr double infinity = std::numeric_limits<double>::infinity();

std::shared_ptr<optical_bench> made(map options = {}) {
    auto b = optical_bench::make("", value(std::move(options)), 0);
    EXPECT_TRUE(b) << b.error()->detail().message;
    return *b;
}

// --- noise ---

TEST(Noise, IsTheSameEverywhere) {
    // The first number of SplitMix64 seeded with 0 is mixed(golden ratio).
    static_assert(noise::mixed(0x9e3779b97f4a7c15U) == 0xe220a8397b1dcdafU);
    EXPECT_NE(noise::key(1, "camera"), noise::key(2, "camera"));
    EXPECT_NE(noise::key(1, "camera"), noise::key(1, "kamera"));
    EXPECT_NE(noise::key(1, "ab"), noise::key(noise::key(1, "a"), "b"));
}

struct moments {
    double mean, variance, skewness;
};

template <class Next> moments moments_of(int n, Next next) {
    std::vector<double> x(static_cast<std::size_t>(n));
    for (int i = 0; i < n; ++i) {
        x[static_cast<std::size_t>(i)] = next(noise::low(noise::bits(5, static_cast<unsigned>(i))));
    }
    const double mean = std::accumulate(x.begin(), x.end(), 0.0) / n;
    double second = 0;
    double third = 0;
    for (const double v : x) {
        second += (v - mean) * (v - mean) / n;
        third += (v - mean) * (v - mean) * (v - mean) / n;
    }
    return {mean, second, third / std::pow(second, 1.5)};
}

TEST(Noise, IsNormal) {
    constexpr int n = 400'000;
    const auto m = moments_of(n, noise::normal);
    EXPECT_NEAR(m.mean, 0, 4 / std::sqrt(n));
    EXPECT_NEAR(m.variance, 1, 4 * std::sqrt(2.0 / n));
    EXPECT_NEAR(m.skewness, 0, 4 * std::sqrt(6.0 / n));
    // The inverse of the normal distribution, also in its tails.
    for (const double p : {1e-6, 0.01, 0.1, 0.5, 0.7, 0.99, 0.999999}) {
        const auto b = static_cast<std::uint32_t>(p * 0x1p32);
        EXPECT_NEAR(std::erfc(-noise::normal(b) / std::sqrt(2)) / 2, noise::uniform(b), 1e-9);
    }
}

TEST(Noise, CountsAsPoissonDoes) {
    constexpr int n = 400'000;
    for (const double mean : {0.01, 0.5, 3.0, 29.9, 30.1, 80.0, 1e4}) {
        const auto m = moments_of(n, [&](std::uint32_t b) { return noise::poisson(mean, b); });
        EXPECT_NEAR(m.mean, mean, 4 * std::sqrt(mean / n)) << mean;
        EXPECT_NEAR(m.variance / mean, 1, 4 * std::sqrt((2 + 1 / mean) / n)) << mean;
        EXPECT_NEAR(m.skewness, 1 / std::sqrt(mean), 0.02 + 0.1 / mean) << mean;
    }
    EXPECT_EQ(noise::poisson(0, 1), 0);
    EXPECT_EQ(noise::poisson(-1, 1), 0);
}

// --- optics ---

TEST(Optics, FollowsMalus) {
    EXPECT_DOUBLE_EQ(optics::malus(0, 0, 1000), 1);
    EXPECT_NEAR(optics::malus(45, 0, 1000), 1e-3, 1e-15);
    EXPECT_NEAR(optics::malus(22.5, 0, infinity), 0.5, 1e-15);
    EXPECT_NEAR(optics::malus(45, 90, 1000), 1, 1e-15);
    for (double plate = -90; plate < 90; plate += 7) {
        EXPECT_NEAR(optics::malus(plate, 12, 50), optics::malus(plate + 90, 12, 50), 1e-12);
        // Crossed and parallel polarizers share the light.
        EXPECT_NEAR(optics::malus(plate, 12, 50) + optics::malus(plate, 102, 50), 1 + 1 / 50.0,
                    1e-12);
    }
}

TEST(Optics, CutsAGaussianBeam) {
    EXPECT_DOUBLE_EQ(optics::beyond_blade(10, 10, 0.5), 0.5);
    EXPECT_EQ(optics::beyond_blade(0, 10, 0.5), 1);
    EXPECT_NEAR(optics::beyond_blade(20, 10, 0.5), 0, 1e-12);
    // Against the integral of the intensity, exp(-2 x^2 / w^2), by the trapezium rule.
    const double w = 0.7;
    const auto integral = [&](double from) {
        constexpr int n = 20'000;
        const double step = (5 - from) / n;
        double sum = 0;
        for (int i = 0; i <= n; ++i) {
            const double x = from + i * step;
            sum += (i == 0 || i == n ? 0.5 : 1) * std::exp(-2 * x * x / (w * w)) * step;
        }
        return sum;
    };
    for (const double edge : {-0.6, -0.1, 0.2, 0.5}) {
        EXPECT_NEAR(optics::beyond_blade(edge, 0, w), integral(edge) / integral(-5), 1e-6);
    }
}

TEST(Optics, BlursOutOfFocus) {
    EXPECT_NEAR(optics::blur(0, 0.25, 0.6328), 0.21 * 0.6328 / 0.25, 1e-12);
    EXPECT_GT(optics::blur(10, 0.25, 0.6), optics::blur(5, 0.25, 0.6));
    EXPECT_DOUBLE_EQ(optics::blur(-10, 0.25, 0.6), optics::blur(10, 0.25, 0.6));
}

// --- motion ---

struct way {
    motion_state from;
    double target, velocity, acceleration;
};

// Walks along a profile: speed and acceleration keep to the limits, and the position is the
// integral of the velocity.
void check_profile(const profile &p, const way &w) {
    constexpr int n = 20'000;
    const double step = p.duration() / n;
    const double top = std::max(w.velocity, std::abs(w.from.velocity));
    double position = w.from.position;
    motion_state before = p.at(0);
    EXPECT_NEAR(before.position, w.from.position, 1e-9);
    EXPECT_NEAR(before.velocity, w.from.velocity, 1e-9);
    for (int i = 1; i <= n; ++i) {
        const motion_state now = p.at(step * i);
        position += (before.velocity + now.velocity) / 2 * step;
        ASSERT_NEAR(now.position, position, 1e-4 * (1 + std::abs(w.target))) << i;
        ASSERT_LE(std::abs(now.velocity), top * (1 + 1e-9));
        ASSERT_LE(std::abs(now.velocity - before.velocity), w.acceleration * step * (1 + 1e-6));
        before = now;
    }
    EXPECT_NEAR(before.position, w.target, 1e-9);
    EXPECT_EQ(p.at(p.duration() + 1).velocity, 0);
}

TEST(Profile, KeepsToItsLimits) {
    const way ways[] = {{{0, 0}, 10, 2, 1},     {{0, 0}, 1, 2, 1},    {{5, 0}, -5, 2, 100},
                        {{0, 1}, 10, 2, 1},     {{0, -1}, 10, 2, 1},  {{0, 2}, 0.5, 2, 1},
                        {{0, 5}, 100, 2, 1},    {{0, -5}, 100, 2, 1}, {{0, 3}, -10, 2, 1},
                        {{3, 1.5}, 3, 2, 1},    {{0, -3}, -50, 2, 1}, {{0, 2}, 2, 2, 1},
                        {{-7, 0.1}, -7.1, 3, 9}};
    for (const way &w : ways) {
        SCOPED_TRACE(fmt::format("{} at {} to {}", w.from.position, w.from.velocity, w.target));
        check_profile(profile::to(w.from, w.target, w.velocity, w.acceleration), w);
    }
}

TEST(Profile, TakesTheTimeOfATrapeziumOrATriangle) {
    EXPECT_DOUBLE_EQ(profile::to({0, 0}, 10, 2, 1).duration(), 10 / 2.0 + 2 / 1.0);
    EXPECT_DOUBLE_EQ(profile::to({0, 0}, 1, 2, 1).duration(), 2 * std::sqrt(1.0));
    EXPECT_DOUBLE_EQ(profile::to({0, 0}, 10, 2, infinity).duration(), 5);
    EXPECT_DOUBLE_EQ(profile::to({0, 0}, 10, 2, infinity).at(2.5).position, 5);
    EXPECT_EQ(profile::to({4, 0}, 4, 2, 1).duration(), 0);
    EXPECT_EQ(profile::to({4, 0}, 4, 2, infinity).at(0).position, 4);
}

TEST(Profile, Brakes) {
    const profile p = profile::brake({1, -4}, 2);
    EXPECT_DOUBLE_EQ(p.duration(), 2);
    EXPECT_DOUBLE_EQ(p.end(), 1 - 4);
    check_profile(p, {{1, -4}, -3, 4, 2});
    EXPECT_EQ(profile::brake({1, -4}, infinity).duration(), 0);
    EXPECT_EQ(profile::brake({1, -4}, infinity).end(), 1);
}

TEST(Axis, MovesHaltsAndRemembers) {
    const auto b = made();
    EXPECT_EQ(*b->move("stage/y", 10, 2, 1, s), 8 * s);
    EXPECT_EQ(b->at("stage/y", 0), 0);
    EXPECT_DOUBLE_EQ(b->at("stage/y", 2 * s), 0.5);
    EXPECT_DOUBLE_EQ(b->at("stage/y.velocity", 2 * s), 1);
    EXPECT_DOUBLE_EQ(b->at("stage/y", 4 * s), 4);
    // From a speed of 2 it takes 2 s and 2 mm to stand.
    EXPECT_EQ(*b->halt("stage/y", 1, 4 * s), 6 * s);
    EXPECT_DOUBLE_EQ(b->at("stage/y", 6 * s), 6);
    EXPECT_EQ(b->at("stage/y.velocity", 6 * s), 0);
    // The past is not changed by that.
    EXPECT_DOUBLE_EQ(b->at("stage/y", 2 * s), 0.5);
    // A new target while it moves: it turns round without a jump.
    (void)b->move("stage/y", 10, 2, 1, 10 * s);
    (void)b->move("stage/y", 0, 2, 1, 12 * s);
    EXPECT_DOUBLE_EQ(b->at("stage/y", 12 * s), 8);
    EXPECT_DOUBLE_EQ(b->at("stage/y.velocity", 12 * s), 2);
    EXPECT_DOUBLE_EQ(b->at("stage/y", 14 * s), 10);
    EXPECT_EQ(b->at("stage/y", 60 * s), 0);
}

// An instrument says that an axis stands when the time has come that the bench gave it.
TEST(Axis, StandsFromTheTimeOfArrivalOnAndNotBefore) {
    const auto b = made();
    std::mt19937_64 random(1);
    const auto uniform = [&](double from, double to) {
        return std::uniform_real_distribution(from, to)(random);
    };
    std::int64_t t = s;
    for (int i = 0; i < 20'000; ++i) {
        std::int64_t rests =
            *b->move("stage/x", uniform(-20, 20), uniform(0.1, 20), uniform(1, 500), t);
        for (std::uint64_t halts = random() % 3; halts > 0; --halts) {
            t += static_cast<std::int64_t>(uniform(0, 1.1) * static_cast<double>(rests - t));
            rests = *b->halt("stage/x", uniform(100, 500), t); // before the hard stop
            ASSERT_GE(rests, t);
        }
        ASSERT_EQ(b->at("stage/x.velocity", rests), 0) << i;
        ASSERT_EQ(b->at("stage/x", rests), b->at("stage/x", rests + s)) << i;
        if (rests > t + 2) {
            ASSERT_NE(b->at("stage/x.velocity", rests - 2), 0) << i;
        }
        t = rests + 1;
    }
}

TEST(Axis, LosesTheBacklashWhenItTurns) {
    const auto b = made(map{{"stage/x.backlash", 0.1}});
    auto go = [&, t = s](double to) mutable {
        t = *b->move("stage/x", to, 10, 1000, t) + s;
        EXPECT_NEAR(b->at("stage/x.encoder", t), to, 1e-12);
        return b->at("stage/x", t);
    };
    EXPECT_DOUBLE_EQ(go(5), 5);    // from below it is exact
    EXPECT_DOUBLE_EQ(go(4.95), 5); // within the backlash nothing moves
    EXPECT_DOUBLE_EQ(go(4), 4.1);  // from above it is not
    EXPECT_DOUBLE_EQ(go(4.05), 4.1);
    EXPECT_DOUBLE_EQ(go(6), 6);
    // One that turns on its way, and in between: the load waits at the turn.
    const std::int64_t t = 100 * s;
    (void)b->move("stage/x", 20, 1, 1, t);
    (void)b->move("stage/x", 6, 1, 1, t + 5 * s);
    const double turn = b->at("stage/x.encoder", t + 6 * s);
    EXPECT_DOUBLE_EQ(b->at("stage/x", t + 6 * s), turn);
    EXPECT_DOUBLE_EQ(b->at("stage/x", t + 6 * s + s / 10), turn);
    EXPECT_EQ(b->at("stage/x.velocity", t + 6 * s + s / 10), 0);
    EXPECT_NEAR(b->at("stage/x", t + 8 * s), b->at("stage/x.encoder", t + 8 * s) + 0.1, 1e-12);
    EXPECT_DOUBLE_EQ(b->at("stage/x", t + 60 * s), 6.1);
}

TEST(Axis, EndsAtItsHardStops) {
    const auto b = made();
    const auto arrives = b->move("stage/z", 100, 5, 1e6, s);
    ASSERT_TRUE(arrives);
    EXPECT_NEAR(static_cast<double>(*arrives) / s, 6, 0.01);
    EXPECT_EQ(b->at("stage/z", *arrives), 25);
    ASSERT_TRUE(b->set("stage/z.max", 10, 20 * s));
    EXPECT_EQ(b->at("stage/z", 21 * s), 10);
    EXPECT_EQ(b->at("stage/z", 19 * s), 25);
    EXPECT_EQ(b->set("stage/z.min", 11, 22 * s).error()->code(), ALD_E_RANGE);
}

TEST(Axis, MovesInVainWhereItIsStuck) {
    const auto b = made();
    (void)b->move("stage/x", 10, 1, 1e6, 0);
    ASSERT_TRUE(b->set("stage/x.stuck", 1, 4 * s));
    EXPECT_NEAR(b->at("stage/x", 9 * s), 4, 1e-5);
    EXPECT_TRUE(b->move("stage/x", 0, 1, 1e6, 10 * s));
    EXPECT_NEAR(b->at("stage/x", 19 * s), 4, 1e-5);
    ASSERT_TRUE(b->set("stage/x.stuck", 0, 20 * s));
    (void)b->move("stage/x", 0, 1, 1e6, 21 * s);
    EXPECT_EQ(b->at("stage/x", 40 * s), 0);
}

TEST(Axis, RefusesWhatIsNoMotion) {
    const auto b = made();
    EXPECT_EQ(b->move("stage/w", 1, 1, 1, 0).error()->code(), ALD_E_NOT_FOUND);
    EXPECT_EQ(b->move("stage/x", std::nan(""), 1, 1, 0).error()->code(), ALD_E_INVALID);
    EXPECT_EQ(b->move("stage/x", 1, 0, 1, 0).error()->code(), ALD_E_INVALID);
    EXPECT_EQ(b->move("stage/x", 1, infinity, 1, 0).error()->code(), ALD_E_INVALID);
    EXPECT_EQ(b->move("stage/x", 1, 1, -1, 0).error()->code(), ALD_E_INVALID);
    EXPECT_EQ(b->halt("stage/x", std::nan(""), 0).error()->code(), ALD_E_INVALID);
}

// --- the whole ---

TEST(Bench, LetsTheLightThrough) {
    const auto b = made(map{{"laser.power", 0.01},
                            {"polarizer.transmission", 0.8},
                            {"waveplate.zero", 30.0},
                            {"background", 1e-6}});
    EXPECT_NEAR(b->at("power", 0), 0.01 * 0.8 * optics::malus(-30, 0, 1000) + 1e-6, 1e-15);
    (void)b->move("waveplate", 30, 100, 1e6, 0);
    EXPECT_NEAR(b->at("power", s), 8e-3 + 1e-6, 1e-12);
    EXPECT_NEAR(b->at("illumination", s), 8e-3, 1e-12);
    (void)b->move("stage/x", 10, 100, 1e6, s);
    EXPECT_NEAR(b->at("power", 2 * s), 4e-3 + 1e-6, 1e-12);
    EXPECT_NEAR(b->at("illumination", 2 * s), 8e-3, 1e-12);
    EXPECT_NEAR(b->at("power", s), 8e-3 + 1e-6, 1e-12); // as it was
    ASSERT_TRUE(b->set("shutter", 0, 3 * s));
    EXPECT_EQ(b->at("power", 3 * s), 1e-6);
    EXPECT_NEAR(b->at("power", 3 * s - 1), 4e-3 + 1e-6, 1e-12);
}

TEST(Bench, FluctuatesByItsSeed) {
    const auto b = made(map{{"seed", std::int64_t{4}}, {"laser.noise", 0.01}});
    const auto same = made(map{{"seed", std::int64_t{4}}, {"laser.noise", 0.01}});
    const auto other = made(map{{"seed", std::int64_t{5}}, {"laser.noise", 0.01}});
    const double quiet = made()->at("illumination", 0);
    double second = 0;
    constexpr int n = 2000;
    for (std::int64_t i = 0; i < n; ++i) {
        const double x = b->at("illumination", i * s / 100);
        EXPECT_EQ(x, same->at("illumination", i * s / 100));
        EXPECT_NE(x, other->at("illumination", i * s / 100));
        second += (x / quiet - 1) * (x / quiet - 1) / n;
    }
    EXPECT_NEAR(std::sqrt(second), 0.01, 0.01 * 4 / std::sqrt(2.0 * n));
}

TEST(Bench, SaysWhatIsWrong) {
    const auto b = made();
    EXPECT_TRUE(std::isnan(b->at("lazer.power", 0)));
    EXPECT_EQ(b->get("lazer.power", 0).error()->code(), ALD_E_NOT_FOUND);
    EXPECT_EQ(b->set("lazer.power", 1, 0).error()->code(), ALD_E_NOT_FOUND);
    EXPECT_EQ(b->set("power", 1, 0).error()->code(), ALD_E_UNSUPPORTED);
    EXPECT_EQ(b->set("laser.power", -1, 0).error()->code(), ALD_E_RANGE);
    EXPECT_EQ(b->set("laser.power", std::nan(""), 0).error()->code(), ALD_E_INVALID);
    EXPECT_EQ(optical_bench::make("", map{{"power", 1.0}}, 0).error()->code(), ALD_E_NOT_FOUND);
}

TEST(Bench, IsKnownByItsNameAsLongAsItLives) {
    {
        const auto b = *optical_bench::make("table", {}, 0);
        EXPECT_EQ(*optical_bench::named("table"), b);
        EXPECT_EQ(optical_bench::make("table", {}, 0).error()->code(), ALD_E_EXISTS);
        const auto wrong = optical_bench::named("tabel").error();
        EXPECT_NE(wrong->detail().message.find("did you mean 'table'"), std::string::npos);
    }
    EXPECT_EQ(optical_bench::named("table").error()->code(), ALD_E_NOT_FOUND);
    EXPECT_TRUE(optical_bench::make("table", {}, 0));
}

TEST(Bench, IsUsedByManyThreads) {
    const auto b = made();
    std::vector<std::thread> threads;
    for (int k = 0; k < 4; ++k) {
        threads.emplace_back([&, k] {
            for (int i = 0; i < 500; ++i) {
                const std::int64_t t = mono_ns();
                (void)b->move("stage/x", (i + k) % 20, 100, 1000, t);
                EXPECT_GE(b->at("power", t), 0);
                EXPECT_TRUE(b->set("shutter", i % 2, mono_ns()));
                EXPECT_LE(std::abs(b->at("stage/x", t - s / 100)), 25);
            }
        });
    }
    for (std::thread &t : threads) {
        t.join();
    }
}

TEST(Bench, IsDeclaredInSettings) {
    const auto lab_of = [](const char *text) {
        return lab::from_settings(**settings::parse(text, "lab.toml"));
    };
    const auto l = lab_of("[bench]\nseed = 3\n\"laser.power\" = 1\nwaveplate.zero = 5.5\n"
                          "[bench.\"stage/x\"]\nbacklash = 0.01\n");
    ASSERT_TRUE(l) << l.error()->detail().message;
    const auto &b = *(*(*l)->bench())->content;
    EXPECT_EQ(b.at("laser.power", mono_ns()), 1);
    EXPECT_EQ(b.at("waveplate.zero", mono_ns()), 5.5);
    EXPECT_EQ(b.at("stage/x.backlash", mono_ns()), 0.01);
    EXPECT_EQ(*b.describe().find("seed")->as_int(), 3);
    EXPECT_EQ(*(*l)->bench(), *(*l)->bench());
    EXPECT_TRUE((*lab_of(""))->bench());

    const auto place = [&](const char *text) {
        const auto wrong = lab_of(text);
        return wrong ? "nothing wrong" : wrong.error()->detail().where;
    };
    EXPECT_EQ(place("\n[bench]\nlaser.pwer = 1\n").substr(0, 10), "lab.toml:3");
    EXPECT_EQ(place("[bench]\nseed = 1\nshutter = 2\n").substr(0, 10), "lab.toml:3");
    EXPECT_EQ(place("[bench]\nseed = 1.5\n").substr(0, 10), "lab.toml:2");
    EXPECT_EQ(place("bench = 1\n").substr(0, 10), "lab.toml:1");
    EXPECT_EQ(place("[bench]\n\"laser.power\" = 1\nlaser.power = 2\n").substr(0, 10), "lab.toml:1");
    EXPECT_EQ(place("[bench.\"stage/x\"]\nmin = 30\n").substr(0, 10), "lab.toml:1");
}

// --- the camera ---

struct image {
    std::size_t width, height;
    std::vector<std::uint16_t> pixels;
    [[nodiscard]] std::uint16_t at(std::size_t x, std::size_t y) const {
        return pixels[y * width + x];
    }
};

ald_exposure exposure(std::int32_t width = 256, std::int32_t height = 192) {
    ald_exposure e{};
    e.struct_size = sizeof e;
    e.bit_depth = 16;
    e.width = e.sensor_width = width;
    e.height = e.sensor_height = height;
    e.binning_x = e.binning_y = 1;
    e.exposure = 0.01;
    e.gain = 0.5;
    e.offset = 100;
    e.read_noise = 5;
    e.full_well = 30'000;
    return e;
}

image taken(const optical_bench &b, const ald_exposure &e) {
    image i{static_cast<std::size_t>(e.width / e.binning_x),
            static_cast<std::size_t>(e.height / e.binning_y),
            {}};
    i.pixels.resize(i.width * i.height);
    EXPECT_TRUE(b.expose(e, i.pixels.data(), i.width * 2));
    return i;
}

double mean(const image &i) {
    return std::accumulate(i.pixels.begin(), i.pixels.end(), 0.0) /
           static_cast<double>(i.pixels.size());
}

// Half of the variance of the difference of two images: what is the same in both does not count.
double variance(const image &a, const image &b) {
    const double shift = mean(a) - mean(b);
    double sum = 0;
    for (std::size_t i = 0; i < a.pixels.size(); ++i) {
        const double d = static_cast<double>(a.pixels[i]) - b.pixels[i] - shift;
        sum += d * d;
    }
    return sum / 2 / static_cast<double>(a.pixels.size());
}

// The photon transfer curve: variance against mean of even light is a line whose slope is the gain
// and whose value in the dark is the read noise.
TEST(Camera, HasTheGainAndTheReadNoiseThatItWasGiven) {
    for (const std::int64_t seed : {1, 2, 3}) {
        const auto b = made(map{{"seed", seed}, {"waveplate.zero", 0.0}});
        for (const double gain : {0.25, 2.0}) {
            double sx = 0, sy = 0, sxx = 0, sxy = 0, n = 0;
            ald_exposure e = exposure(512, 512);
            e.gain = gain;
            e.flags = ALD_EXPOSURE_FLAT;
            for (const double level : {0.001, 0.004, 0.01, 0.03, 0.06, 0.1}) {
                e.exposure = level;
                e.number += 2;
                const image first = taken(*b, e);
                ++e.number;
                const image second = taken(*b, e);
                const double x = (mean(first) + mean(second)) / 2 - e.offset;
                const double y = variance(first, second);
                const double weight = 1 / (y * y);
                n += weight, sx += weight * x, sy += weight * y;
                sxx += weight * x * x, sxy += weight * x * y;
            }
            const double slope = (n * sxy - sx * sy) / (n * sxx - sx * sx);
            EXPECT_NEAR(slope / gain, 1, 0.02) << seed;

            e.flags = ALD_EXPOSURE_DARK;
            e.number = 100;
            const image first = taken(*b, e);
            ++e.number;
            const double dark = variance(first, taken(*b, e)) - 1.0 / 12; // of the rounding
            EXPECT_NEAR(std::sqrt(dark) / gain / e.read_noise, 1, 0.05) << seed;
            EXPECT_NEAR(mean(first), e.offset, 0.05);
        }
    }
}

TEST(Camera, CountsTheElectronsOfTheLight) {
    const auto b = made(map{{"waveplate.zero", 0.0}});
    ald_exposure e = exposure();
    e.flags = ALD_EXPOSURE_FLAT;
    const double expected = b->at("illumination", 0) * e.exposure * 4e7 * e.gain + e.offset;
    EXPECT_NEAR(mean(taken(*b, e)) / expected, 1, 1e-3);
    ASSERT_TRUE(b->set("laser.wavelength", 2 * 632.8, 0));
    EXPECT_NEAR((mean(taken(*b, e)) - e.offset) / (expected - e.offset), 2, 1e-2);
    // A shutter that closes in the middle of the exposure.
    ASSERT_TRUE(b->set("laser.wavelength", 632.8, 0));
    ASSERT_TRUE(b->set("shutter", 0, 5'000'000));
    EXPECT_NEAR((mean(taken(*b, e)) - e.offset) / (expected - e.offset), 0.5, 1e-2);
}

TEST(Camera, FollowsMalus) {
    const auto b = made();
    ald_exposure e = exposure();
    std::int64_t t = 0;
    double ratio = 0;
    for (const double angle : {20.0, 35.0, 50.0}) {
        t = *b->move("waveplate", angle, 100, 1e6, t) + s;
        e.t_mono_ns = t;
        const double seen = (mean(taken(*b, e)) - e.offset) / b->at("illumination", t);
        ratio = ratio == 0 ? seen : ratio;
        EXPECT_NEAR(seen / ratio, 1, 0.01) << angle;
    }
}

TEST(Camera, AddsDarkCurrentAndSaturates) {
    const auto b = made();
    ald_exposure e = exposure();
    e.flags = ALD_EXPOSURE_DARK;
    e.dark_current = 200;
    e.exposure = 1;
    EXPECT_NEAR(mean(taken(*b, e)), 100 + 0.5 * 200, 0.5);
    e.dark_current = 1e9;
    e.read_noise = 0;
    EXPECT_EQ(mean(taken(*b, e)), 100 + 0.5 * 30'000); // the full well
    e.gain = 10;
    EXPECT_EQ(mean(taken(*b, e)), 65535); // the converter
    e.bit_depth = 8;
    EXPECT_EQ(mean(taken(*b, e)), 255);
}

TEST(Camera, GivesTheSameImageAgainWhateverTheRegion) {
    const auto b = made(map{{"seed", std::int64_t{9}}});
    ald_exposure e = exposure();
    e.number = 17;
    const image whole = taken(*b, e);
    EXPECT_EQ(whole.pixels, taken(*made(map{{"seed", std::int64_t{9}}}), e).pixels);
    ald_exposure part = e;
    part.x = 37, part.y = 21, part.width = 100, part.height = 50;
    const image region = taken(*b, part);
    int different = 0;
    for (std::size_t y = 0; y < region.height; ++y) {
        for (std::size_t x = 0; x < region.width; ++x) {
            different += std::abs(region.at(x, y) - whole.at(x + 37, y + 21)) > 1 ? 1 : 0;
        }
    }
    EXPECT_EQ(different, 0);
    e.number = 18;
    EXPECT_NE(whole.pixels, taken(*b, e).pixels);
    e.number = 17;
    EXPECT_NE(whole.pixels, taken(*made(map{{"seed", std::int64_t{8}}}), e).pixels);
}

TEST(Camera, BinsChargeWithOneReadNoise) {
    const auto b = made(map{{"waveplate.zero", 0.0}});
    ald_exposure e = exposure(512, 512);
    e.flags = ALD_EXPOSURE_FLAT;
    const double one = mean(taken(*b, e)) - e.offset;
    e.binning_x = 4, e.binning_y = 2;
    const image a = taken(*b, e);
    EXPECT_EQ(a.width, 128U);
    EXPECT_EQ(a.height, 256U);
    EXPECT_NEAR((mean(a) - e.offset) / one, 8, 0.02);
    e.flags = ALD_EXPOSURE_DARK;
    const image first = taken(*b, e);
    e.number = 1;
    EXPECT_NEAR(std::sqrt(variance(first, taken(*b, e)) - 1.0 / 12) / e.gain, e.read_noise, 0.1);
}

TEST(Camera, FollowsTheStageAndItsFocus) {
    const auto b = made();
    ald_exposure e = exposure();
    e.exposure = 0.05;
    e.read_noise = 0;
    const image here = taken(*b, e);
    // 65 um at 0.65 um a pixel: what was at x is now 100 pixels to the left.
    (void)b->move("stage/x", 0.065, 10, 1e6, 0);
    e.t_mono_ns = s;
    const image moved = taken(*b, e);
    double same = 0, apart = 0;
    for (std::size_t y = 0; y < here.height; ++y) {
        for (std::size_t x = 0; x + 100 < here.width; ++x) {
            same += std::pow(moved.at(x, y) - here.at(x + 100, y), 2);
            apart += std::pow(moved.at(x, y) - here.at(x, y), 2);
        }
    }
    EXPECT_LT(same, apart / 10);

    const auto contrast = [](const image &i) {
        const double m = mean(i);
        double sum = 0;
        for (const std::uint16_t p : i.pixels) {
            sum += (p - m) * (p - m);
        }
        return sum / static_cast<double>(i.pixels.size());
    };
    const double sharp = contrast(moved);
    (void)b->move("stage/z", 0.05, 10, 1e6, s);
    e.t_mono_ns = 2 * s;
    const image blurred = taken(*b, e);
    EXPECT_LT(contrast(blurred), sharp / 2);
    EXPECT_NEAR(mean(blurred) / mean(moved), 1, 0.1); // the light goes elsewhere
}

TEST(Camera, RefusesWhatDoesNotFit) {
    const auto b = made();
    std::vector<std::uint16_t> room(256 * 192);
    const auto code = [&](auto change) {
        ald_exposure e = exposure();
        change(e);
        const auto done = b->expose(e, room.data(), 512);
        return done ? ALD_OK : done.error()->code();
    };
    EXPECT_EQ(code([](auto &) {}), ALD_OK);
    EXPECT_EQ(code([](auto &e) { e.x = 1; }), ALD_E_INVALID);
    EXPECT_EQ(code([](auto &e) { e.y = -1; }), ALD_E_INVALID);
    EXPECT_EQ(code([](auto &e) { e.width = 0; }), ALD_E_INVALID);
    EXPECT_EQ(code([](auto &e) { e.binning_x = 3; }), ALD_E_INVALID);
    EXPECT_EQ(code([](auto &e) { e.binning_y = 0; }), ALD_E_INVALID);
    EXPECT_EQ(code([](auto &e) { e.bit_depth = 17; }), ALD_E_RANGE);
    EXPECT_EQ(code([](auto &e) { e.gain = 0; }), ALD_E_INVALID);
    EXPECT_EQ(code([](auto &e) { e.exposure = std::nan(""); }), ALD_E_INVALID);
    EXPECT_EQ(code([](auto &e) { e.read_noise = std::nan(""); }), ALD_E_INVALID);
    ald_exposure e = exposure();
    EXPECT_EQ(b->expose(e, room.data(), 511).error()->code(), ALD_E_INVALID);
}

} // namespace
