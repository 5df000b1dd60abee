// Runs the tests of one program under a watchdog: what hangs is killed and fails.
//
// Several sources share a program. With --file=NAME as its first argument the program runs only the
// tests that the source NAME defines, so that each source still has a process and a limit of its
// own.
#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <unistd.h>

namespace {

std::string filter_for(std::string_view file) {
    std::string filter;
    const auto &all = *::testing::UnitTest::GetInstance();
    for (int i = 0; i < all.total_test_suite_count(); ++i) {
        const auto &suite = *all.GetTestSuite(i);
        for (int j = 0; j < suite.total_test_count(); ++j) {
            const auto &test = *suite.GetTestInfo(j);
            const std::string_view defined_in = test.file();
            if (defined_in.substr(defined_in.rfind('/') + 1) == file) {
                filter += std::string(suite.name()) + "." + test.name() + ":";
            }
        }
    }
    return filter;
}

} // namespace

int main(int argc, char **argv) {
    constexpr std::string_view option = "--file=";
    ::alarm(55);
    ::testing::InitGoogleTest(&argc, argv);
    if (argc > 1 && std::string_view(argv[1]).starts_with(option)) {
        const auto file = std::string_view(argv[1]).substr(option.size());
        const std::string filter = filter_for(file);
        if (filter.empty()) {
            std::fprintf(stderr, "no test is defined in %s\n", argv[1] + option.size());
            return 2;
        }
        GTEST_FLAG_SET(filter, filter);
    }
    return RUN_ALL_TESTS();
}
