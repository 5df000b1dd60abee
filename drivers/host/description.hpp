// Description of the computer: names, model, time since boot.
#pragma once

#include "tree.hpp"

#include <string>

namespace host_driver {

// "" if unknown.
[[nodiscard]] std::string hostname(const machine &m);
[[nodiscard]] std::string cpu_model(const machine &m);

void add_description(const machine &m, node &root);

// Vendor, model and firmware where the computer tells them. Its serial number is left out: only the
// administrator may read it.
[[nodiscard]] ald_status declare_identity(const machine &m, const ald_host &host, ald_node *handle,
                                          ald_error **err);

} // namespace host_driver
