// In place of the room in a build that leaves it out: what the rooms above call. Nobody gets a
// bench or a simulated instrument, so what is called on one is never reached.
#include "sim/present.hpp"
#include "sim/simulation.hpp"

#include <limits>

namespace alidade {

outcome require_sim(std::string_view what) {
    return fail(ALD_E_UNSUPPORTED, "simulation",
                "there is no {}: the library was built without the room 'sim'; build it with that "
                "room in meson's option -Drooms=..., or leave the option out to have all rooms",
                what);
}

namespace {

failure left_out(std::string_view what) { return failure(require_sim(what).error()); }
failure no_bench() { return left_out("simulated bench"); }

} // namespace

result<std::shared_ptr<optical_bench>> optical_bench::make(const std::string &, const value &,
                                                           std::int64_t) {
    return no_bench();
}
result<std::shared_ptr<optical_bench>> optical_bench::named(std::string_view) { return no_bench(); }
std::vector<schema> optical_bench::option_records() { return {}; }

double optical_bench::at(std::string_view, std::int64_t) const noexcept {
    return std::numeric_limits<double>::quiet_NaN();
}
outcome optical_bench::set(std::string_view, double, std::int64_t) { return no_bench(); }
result<std::int64_t> optical_bench::move(std::string_view, double, double, double, std::int64_t) {
    return no_bench();
}
result<std::int64_t> optical_bench::halt(std::string_view, double, std::int64_t) {
    return no_bench();
}
std::uint64_t optical_bench::seed_of(std::string_view) const noexcept { return 0; }
outcome optical_bench::expose(const ald_exposure &, std::uint16_t *, std::size_t) const {
    return no_bench();
}

result<const schema *> bench_table::find(std::string_view) { return no_bench(); }

// Drivers bring theirs along; nobody will ask for them.
outcome instruments::add(std::unique_ptr<const instrument_kind>) { return {}; }

// The room itself keeps what it is given.
// NOLINTBEGIN(performance-unnecessary-value-param)
result<ref<simulation>> simulation::start(std::string_view instrument,
                                          std::shared_ptr<optical_bench>,
                                          std::span<const std::pair<std::string, std::string>>) {
    return left_out(fmt::format("simulated instrument '{}'", instrument));
}
// NOLINTEND(performance-unnecessary-value-param)

const std::string &simulation::uri() const { return uris_.front(); }
void simulation::close() noexcept {}

} // namespace alidade
