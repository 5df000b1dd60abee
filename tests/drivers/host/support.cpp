#include "support.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace fs = std::filesystem;

std::string read_text(const fs::path &path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        throw std::runtime_error("cannot read " + path.string());
    }
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

fs::path vector_path(const std::string &path) { return fs::path(VECTORS) / path; }
std::string vector_text(const std::string &path) { return read_text(vector_path(path)); }

recorded::recorded(const std::string &name) {
    std::string pattern = (fs::temp_directory_path() / "alidade-host-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
        throw std::runtime_error("cannot make " + pattern);
    }
    root_ = pattern;
    fs::copy(fs::path(VECTORS) / name, root_, fs::copy_options::recursive);
}

recorded::~recorded() {
    std::error_code error;
    fs::remove_all(root_, error);
}

void recorded::write(const std::string &file, std::string_view text) const {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream out(root_ / file, std::ios::binary | std::ios::trunc);
    out << text;
}

void recorded::remove(const std::string &file) const { fs::remove_all(root_ / file); }

void recorded::replace(const std::string &file, const std::string &from,
                       const std::string &to) const {
    std::string text = read_text(root_ / file);
    const std::size_t at = text.find(from);
    if (at == std::string::npos) {
        throw std::runtime_error(file + " has no '" + from + "'");
    }
    write(file, text.replace(at, from.size(), to));
}

const ald_driver &host_driver_table() {
    static const ald_driver *const table = ald_driver_host_v2(&fake::host());
    return *table;
}

std::unique_ptr<fake::device> quiet(const std::string &root) {
    return std::make_unique<fake::device>(host_driver_table(),
                                          fake::datum_map{{"root", root}, {"publish", false}});
}
