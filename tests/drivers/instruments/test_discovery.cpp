#include "fake_host.hpp"
#include "support/discovery.hpp"

#include <gtest/gtest.h>

namespace {

using fake::datum;
using fake::datum_list;
using fake::datum_map;

datum ports;

ald_status list_ports(ald_value **listed, ald_error **) {
    *listed = fake::give(ports);
    return ALD_OK;
}

datum found() {
    ald_host table = fake::host();
    table.port_list = list_ports;
    ald_value *candidates = nullptr;
    const ald_status status = drivers::discover_serial(
        table, "esp300", "Newport ESP300", drivers::serial_adapters, &candidates, nullptr);
    EXPECT_EQ(status, ALD_OK);
    const datum all = fake::behind(candidates);
    table.value_unref(candidates);
    return all;
}

TEST(discovery, ports_of_adapters_are_candidates_and_others_are_not) {
    const std::int64_t before = fake::live_values();
    ports = datum_list{
        datum_map{{"uri", "serial:/dev/ttyUSB0"},
                  {"description", "FT232R"},
                  {"vendor_id", 0x0403},
                  {"product_id", 0x6001}},
        datum_map{{"uri", "serial:/dev/ttyACM0"}, {"vendor_id", 0x2341}, {"product_id", 0x0043}},
        datum_map{{"uri", "serial:/dev/ttyS0"}},
    };
    const datum all = found();
    ASSERT_EQ(all.list().size(), 1U);
    const datum &one = all.list().front();
    EXPECT_EQ(one.find("name")->text(), "esp300");
    EXPECT_NE(one.find("description")->text().find("may be a Newport ESP300"), std::string::npos);
    EXPECT_NE(one.find("description")->text().find("FT232R"), std::string::npos);
    EXPECT_EQ(one.find("options")->find("uri")->text(), "serial:/dev/ttyUSB0");
    ports = datum();
    EXPECT_EQ(fake::live_values(), before);
}

TEST(discovery, no_ports_are_no_candidates) {
    ports = datum_list{};
    EXPECT_TRUE(found().list().empty());
}

} // namespace
