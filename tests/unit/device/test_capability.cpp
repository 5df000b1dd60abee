#include "unit/device/scripted_driver.hpp"

#include "device/capabilities/triggerable.hpp"

using namespace alidade;
using namespace alidade::testing;

namespace {

TEST(Capability, EachIsKnownByItsName) {
    std::string_view before;
    for (const capability *c : capabilities::all()) {
        EXPECT_LT(before, c->name);
        before = c->name;
        EXPECT_EQ(capabilities::find(c->name), c);
        EXPECT_GE(c->version, 1);
        EXPECT_NE(std::string_view(c->said), "");
        EXPECT_TRUE(c->within == nullptr || capabilities::find(c->within) != nullptr);
        EXPECT_EQ(*c->describe().find("name")->as_string(), c->name);
    }
    EXPECT_EQ(capabilities::find("moveable"), nullptr);
}

TEST(Capability, TellsWhatPropertiesAndActionsDo) {
    const capability &axis = capabilities::movable::record;
    EXPECT_TRUE(axis.moves());
    EXPECT_EQ(axis.of_property("position"), effect::moves);
    EXPECT_EQ(axis.of_property("velocity"), effect::none);
    EXPECT_EQ(axis.of_action("home"), effect::moves);
    EXPECT_STREQ(axis.stop(), "stop");
    const capability &camera = capabilities::triggerable::record;
    EXPECT_FALSE(camera.moves());
    EXPECT_EQ(camera.stop(), nullptr);
    EXPECT_EQ(camera.of_action("disarm"), effect::ends);
    EXPECT_EQ(capabilities::of_action("trigger"), effect::starts);
    EXPECT_EQ(capabilities::of_action("save"), effect::none);
}

TEST(Capability, IsRefusedWithoutWhatItPromises) {
    bench b(false);
    device &d = **b.thing->add_child("part", nullptr);
    const auto refusal = [&](const char *name) {
        const auto added = d.add_capability(name, 1);
        EXPECT_EQ(added.error()->code(), ALD_E_INVALID);
        EXPECT_FALSE(d.can(name, 1));
        return added.error()->detail().message;
    };
    EXPECT_NE(refusal("movable").find("'position'"), std::string::npos);
    ASSERT_TRUE(d.add_property({.name = "position", .type = ALD_TYPE_INT}));
    EXPECT_NE(refusal("movable").find("of type double"), std::string::npos);
    ASSERT_TRUE(d.add_property({.name = "position", .type = ALD_TYPE_DOUBLE}));
    EXPECT_NE(refusal("movable").find("written"), std::string::npos) << "it can only be read";
    EXPECT_NE(refusal("triggerable").find("'arm'"), std::string::npos);
    EXPECT_TRUE(d.add_capability("wavelength", 2)) << "one that only its driver knows";
    EXPECT_TRUE(d.can("wavelength", 2));
    EXPECT_FALSE(d.can("wavelength", 3));
}

TEST(Capability, ComesWithAnother) {
    bench b(false);
    EXPECT_TRUE(b.thing->can("stop", 1));
    EXPECT_FALSE(b.thing->can("stop", 2));
    device &d = **b.thing->add_child("part", nullptr);
    ASSERT_TRUE(d.add_action("stop", ""));
    EXPECT_FALSE(d.can("stop", 1)) << "it does not move";
    ASSERT_TRUE(d.add_property({.name = "position",
                                .type = ALD_TYPE_DOUBLE,
                                .flags = ALD_SCHEMA_READ | ALD_SCHEMA_WRITE}));
    ASSERT_TRUE(d.add_capability("movable", 1));
    EXPECT_TRUE(d.can("stop", 1));
    EXPECT_EQ(d.stop_action(), "stop");
}

} // namespace
