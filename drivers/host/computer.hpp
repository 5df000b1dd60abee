// One instance of the driver: opens, reads, closes.
#pragma once

#include "publisher.hpp"

#include <memory>
#include <string>
#include <vector>

namespace host_driver {

class computer {
public:
    struct options {
        std::string root = "/";
        double interval_s = 1;
        bool publish = true;
    };

    // No input or output.
    computer(const ald_host &host, ald_node *handle, options chosen);

    void submit(ald_request *request);

private:
    struct tree {
        node root{""};
        families sensors;
    };

    [[nodiscard]] result<std::unique_ptr<tree>> find_sensors() const;
    void open(ald_request *request);
    void close(ald_request *request);
    void get(ald_request *request, const ald_request_info &info);
    void complete(ald_request *request, const answer &read);
    void refuse(ald_request *request, const fault &why);

    const ald_host &host_;
    ald_node *handle_;
    options options_;
    machine machine_;
    // The last one is in use. The host may still hold nodes of those before.
    std::vector<std::unique_ptr<tree>> trees_;
    std::unique_ptr<publisher> publisher_;
};

} // namespace host_driver
