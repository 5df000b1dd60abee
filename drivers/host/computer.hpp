// Driver instance: opens, reads, closes.
#pragma once

#include "publisher.hpp"

#include <memory>
#include <string>
#include <vector>

namespace host_driver {

class computer {
public:
    static constexpr const char *domain = "host";

    // No input or output.
    computer(const ald_host &host, ald_node *handle, const drivers::options &given);

    void submit(ald_request *request);

private:
    struct tree {
        node root{""};
        families sensors;
    };

    [[nodiscard]] result<std::unique_ptr<tree>> find_sensors() const;
    void open(ald_request *request);
    void close(ald_request *request);
    void refuse(ald_request *request, const fault &why);

    const ald_host &host_;
    ald_node *handle_;
    machine machine_;
    std::int64_t interval_ns_;
    bool publishes_;
    // The last one is in use. The host may still hold nodes of those before.
    std::vector<std::unique_ptr<tree>> trees_;
    std::unique_ptr<publisher> publisher_;
};

} // namespace host_driver
