// Runs the tests of one program under a watchdog: what hangs is killed and fails.
#include <gtest/gtest.h>

#include <unistd.h>

int main(int argc, char **argv) {
    ::alarm(55);
    ::testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
