// The simulated bench behind a mock.
#pragma once

#include "support/table.hpp"

namespace drivers {

// Finds the bench of a quantity that the option "quantity" names, and its unit; leaves both as they
// are where it names none.
[[nodiscard]] inline ald_status find_bench(const ald_host &host, ald_node *node,
                                           const std::string &quantity, const std::string &name,
                                           ald_bench **bench, std::string *unit, ald_error **err) {
    if (quantity.empty()) {
        return ALD_OK;
    }
    const char *known = host.bench_unit(quantity.c_str());
    if (known == nullptr) {
        return report(host, "bench",
                      {ALD_E_NOT_FOUND, "the bench has no quantity '" + quantity +
                                            "'; ald_bench_describe lists them"},
                      err);
    }
    *unit = known;
    return host.bench_of(node, name.c_str(), bench, err);
}

} // namespace drivers
