// The driver built as one outside of the tree: loaded at run time, knowing nothing but the host's
// table.
#include "fake_host.hpp"

#include <gtest/gtest.h>

#include <dlfcn.h>

TEST(outside, the_same_source_works_as_a_driver_of_its_own) {
    void *module = dlopen(MODULE, RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(module, nullptr) << dlerror();
    const auto entry = reinterpret_cast<ald_driver_entry>(dlsym(module, "ald_driver_v2"));
    ASSERT_NE(entry, nullptr);
    EXPECT_EQ(dlsym(module, "ald_driver_host_v2"), nullptr);
    const ald_driver *driver = entry(&fake::host());
    ASSERT_NE(driver, nullptr);
    {
        fake::device d(*driver, {{"interval", 0.05}});
        ASSERT_EQ(d.open().status, ALD_OK);
        EXPECT_EQ(d.get("memory", "value").status, ALD_OK);
        EXPECT_TRUE(d.wait_publications(1, 10'000'000'000));
        EXPECT_EQ(d.close().status, ALD_OK);
        EXPECT_TRUE(d.problems().empty());
    }
}
