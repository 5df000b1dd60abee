// Description of the computer: names, model, time since boot.
#include "description.hpp"

#include "procfs.hpp"

namespace host_driver {

namespace {

result<reading> read_uptime(const machine &m) {
    const std::string path = m.path("proc/uptime");
    const auto file = m.read(path);
    if (!file) {
        return file.error();
    }
    const auto seconds = parse_uptime(file->text, path);
    if (!seconds) {
        return seconds.error();
    }
    return measured_at(file->when, *seconds);
}

} // namespace

std::string hostname(const machine &m) {
    return m.line(m.path("proc/sys/kernel/hostname")).value_or("");
}

std::string cpu_model(const machine &m) {
    const auto file = m.read(m.path("proc/cpuinfo"));
    const auto described =
        file ? parse_cpuinfo(file->text) : result<cpu_description>(cpu_description{});
    return described ? described->model : "";
}

void add_description(const machine &m, node &root) {
    const auto or_unknown = [](const std::string &text) { return text.empty() ? "unknown" : text; };
    const std::string system = m.line(m.path("proc/sys/kernel/ostype")).value_or("Linux");
    const std::string release = m.line(m.path("proc/sys/kernel/osrelease")).value_or("");
    root.add_constant("hostname", "name of the computer", or_unknown(hostname(m)));
    root.add_constant("kernel", "operating system and its release",
                      release.empty() ? system : system + " " + release);
    root.add_constant("cpu_model", "model of the processor", or_unknown(cpu_model(m)));
    root.add(
        {.name = "uptime", .unit = "s", .doc = "time since boot", .min = 0, .get = [&m](auto *) {
             return read_uptime(m);
         }});
}

ald_status declare_identity(const machine &m, const ald_host &host, ald_node *handle,
                            ald_error **err) {
    const auto read = [&](const char *name) {
        return m.line(m.path(std::string("sys/class/dmi/id/") + name)).value_or("");
    };
    const auto known = [](const std::string &text) {
        return text.empty() ? nullptr : text.c_str();
    };
    const std::string vendor = read("sys_vendor");
    std::string model = read("product_name");
    if (model.empty()) { // boards without a BIOS
        model = m.line(m.path("proc/device-tree/model")).value_or("");
    }
    const std::string firmware = read("bios_version");
    return host.set_identity(handle, known(vendor), known(model), nullptr, known(firmware), err);
}

} // namespace host_driver
