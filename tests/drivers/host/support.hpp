// What the tests of the driver "host" share: recorded computers, copied so that tests can change
// them, and the driver on one of them.
#pragma once

#include "fake_host.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

extern "C" const ald_driver *ald_driver_host_v2(const ald_host *host);

// The text of a file.
[[nodiscard]] std::string read_text(const std::filesystem::path &path);
// The text of a recorded file: "workstation/proc/stat".
[[nodiscard]] std::string vector_text(const std::string &path);
[[nodiscard]] std::filesystem::path vector_path(const std::string &path);

// A copy of a recorded computer, removed at the end.
class recorded {
public:
    explicit recorded(const std::string &name);
    recorded(const recorded &) = delete;
    recorded &operator=(const recorded &) = delete;
    ~recorded();

    [[nodiscard]] std::string root() const { return root_.string(); }
    [[nodiscard]] std::string path(const std::string &file) const { return root_ / file; }
    void write(const std::string &file, std::string_view text) const;
    void remove(const std::string &file) const;
    // Replaces the first occurrence.
    void replace(const std::string &file, const std::string &from, const std::string &to) const;

private:
    std::filesystem::path root_;
};

[[nodiscard]] const ald_driver &host_driver_table();

// A device of the driver that publishes nothing by itself.
[[nodiscard]] std::unique_ptr<fake::device> quiet(const std::string &root);
