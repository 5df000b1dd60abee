#include "driver/load.hpp"

#include "base/async/descriptor.hpp"
#include "base/boundary/callback.hpp"
#include "base/immortal.hpp"
#include "base/log.hpp"
#include "device/driver.hpp"
#include "device/lab_settings.hpp"
#include "driver/host_table.hpp"

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <filesystem>
#include <mutex>
#include <set>

namespace alidade {

namespace {

namespace fs = std::filesystem;

// The libraries that are loaded. Two threads that load the same one do it once; no lock is held
// while the library's own code runs.
struct loaded_files {
    std::mutex mutex;
    std::condition_variable changed;
    std::set<std::string> busy;
    std::set<std::string> done;
};

class turn {
public:
    explicit turn(std::string file) : all_(immortal<loaded_files>()), file_(std::move(file)) {
        std::unique_lock lock(all_.mutex);
        all_.changed.wait(lock, [&] { return all_.busy.count(file_) == 0; });
        done_ = all_.done.count(file_) != 0;
        if (!done_) {
            all_.busy.insert(file_);
        }
    }
    turn(const turn &) = delete;
    turn &operator=(const turn &) = delete;
    ~turn() {
        const std::scoped_lock lock(all_.mutex);
        all_.busy.erase(file_);
        all_.changed.notify_all();
    }
    [[nodiscard]] bool done() const noexcept { return done_; }
    void succeeded() {
        const std::scoped_lock lock(all_.mutex);
        all_.done.insert(file_);
    }

private:
    loaded_files &all_;
    std::string file_;
    bool done_ = false;
};

// Closed again unless its driver is taken.
class library {
public:
    explicit library(const std::string &file) noexcept
        : handle_(dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)) {}
    library(const library &) = delete;
    library &operator=(const library &) = delete;
    ~library() {
        if (handle_ != nullptr) {
            dlclose(handle_);
        }
    }
    explicit operator bool() const noexcept { return handle_ != nullptr; }
    // NULL if it holds no driver for that driver ABI.
    [[nodiscard]] ald_driver_entry entry(int abi) const {
        return reinterpret_cast<ald_driver_entry>(
            dlsym(handle_, fmt::format("ald_driver_v{}", abi).c_str()));
    }
    void keep() noexcept { handle_ = nullptr; }

private:
    void *handle_;
};

// Words the failure of a file without our entry. One for another ABI expects another table.
failure no_driver_in(const library &opened, const std::string &file) {
    constexpr int greatest_abi = 99;
    for (int abi = 1; abi <= greatest_abi; ++abi) {
        if (opened.entry(abi) != nullptr) {
            return fail(ALD_E_VERSION, "device",
                        "'{}' was built for driver ABI {}, this library expects {}; build it anew "
                        "with the headers of this library",
                        file, abi, int{ALD_DRIVER_ABI});
        }
    }
    return fail(ALD_E_INVALID, "device",
                "'{}' holds no driver: it exports no function ald_driver_v{}", file,
                int{ALD_DRIVER_ABI});
}

outcome load_at(const std::string &file) {
    const inside_library inside; // its constructors are code of the driver's author
    // The loader says in words alone why it fails: whether there is a descriptor for it is known
    // from opening the file.
    const descriptor readable(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!readable.open() && (errno == EMFILE || errno == ENFILE || errno == ENOMEM)) {
        return fail_errno(errno, "device", "'" + file + "' cannot be loaded as a library");
    }
    library opened(file);
    if (!opened) {
        const char *why = dlerror(); // NOLINT(concurrency-mt-unsafe): glibc has one per thread
        return fail(ALD_E_INVALID, "device", "'{}' cannot be loaded as a library: {}", file,
                    why != nullptr ? why : "unknown reason");
    }
    const ald_driver_entry entry = opened.entry(ALD_DRIVER_ABI);
    if (entry == nullptr) {
        return no_driver_in(opened, file);
    }
    const ald_driver *table = nullptr;
    const ald_status called = run_callback([&] {
        table = entry(&driver_host());
        return ald_status{ALD_OK};
    });
    if (called != ALD_OK) {
        return fail(called, "device", "the function ald_driver_v{} of '{}' threw an exception",
                    int{ALD_DRIVER_ABI}, file);
    }
    if (table == nullptr) {
        return fail(
            ALD_E_VERSION, "device",
            "the driver in '{}' does not work with this library, which has driver ABI {} and "
            "a table of {} bytes; build it anew with the headers of this library",
            file, int{ALD_DRIVER_ABI}, sizeof(ald_host));
    }
    return driver_of(table).and_then(drivers::add).map([&] { opened.keep(); });
}

outcome load_folder(const fs::path &folder, bool log_failures) {
    std::error_code failed;
    std::vector<std::string> files;
    fs::directory_iterator it(folder, failed);
    for (; !failed && it != fs::directory_iterator(); it.increment(failed)) {
        if (it->path().extension() == ".so") {
            files.push_back(it->path().string());
        }
    }
    if (failed) {
        return fail_errno(failed.value(), "device", "the folder of drivers " + folder.string());
    }
    std::sort(files.begin(), files.end());
    for (const std::string &file : files) {
        auto loaded = load_driver(file);
        if (!loaded && !log_failures) {
            return loaded;
        }
        if (!loaded) {
            log::write(ALD_LOG_ERROR, "device", loaded.error()->detail().message);
        }
    }
    return {};
}

} // namespace

outcome load_driver(const std::string &file) {
    std::error_code failed;
    const fs::path whole = fs::canonical(file, failed);
    if (failed) {
        return fail_errno(failed.value(), "device", "the driver '" + file + "'");
    }
    turn mine(whole.string());
    if (mine.done()) {
        return {};
    }
    return load_at(whole.string()).map([&] { mine.succeeded(); }).map_error([&](const auto &e) {
        return located(e, whole.string());
    });
}

void load_drivers_of_environment() {
    const char *folders = secure_getenv("ALIDADE_DRIVER_PATH");
    std::string_view rest = folders != nullptr ? folders : "";
    while (!rest.empty()) {
        const std::string_view folder = rest.substr(0, rest.find(':'));
        rest.remove_prefix(std::min(folder.size() + 1, rest.size()));
        if (folder.empty()) {
            continue;
        }
        if (auto loaded = load_folder(fs::path(folder), true); !loaded) {
            log::write(ALD_LOG_ERROR, "device",
                       "ALIDADE_DRIVER_PATH: " + loaded.error()->detail().message);
        }
    }
}

outcome load_drivers_of(const settings &s) {
    static const std::vector<schema> keys{
        {.name = "path", .type = ALD_TYPE_LIST, .doc = "folders of drivers, and drivers"}};
    if (!s.find("drivers")) {
        return {};
    }
    if (auto checked = s.check("drivers", keys); !checked) {
        return checked;
    }
    const auto paths = s.find("drivers.path");
    if (!paths) {
        return {};
    }
    const fs::path home = fs::path(s.name()).parent_path();
    const list &items = *paths->content->as_list();
    for (std::size_t i = 0; i < items.size(); ++i) {
        const std::string key = "drivers.path." + std::to_string(i);
        if (items[i].as_string() == nullptr) {
            return at(s, key,
                      fail(ALD_E_INVALID, "settings",
                           "this is of type {}; expected the path of a folder or a driver",
                           type_name(items[i].type()))
                          .value());
        }
        const fs::path place = home / *items[i].as_string();
        std::error_code unknown;
        auto loaded = fs::is_directory(place, unknown) ? load_folder(place, false)
                                                       : load_driver(place.string());
        if (!loaded) {
            return at(s, key, loaded.error());
        }
    }
    return {};
}

} // namespace alidade
