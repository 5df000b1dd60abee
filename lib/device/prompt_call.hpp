// Watches calls into drivers that must return at once.
#pragma once

#include <cstdint>
#include <string>

namespace alidade {

class device;

// Measures a call into a driver that has said that it does not block, and names the driver in the
// log if it has held its caller up. What the library does inside the call does not count.
class prompt_call {
public:
    // `function` names the driver's function, `what` what was asked of it; both outlive the call.
    prompt_call(device &of, const char *function, const std::string &what) noexcept;
    prompt_call(const prompt_call &) = delete;
    prompt_call &operator=(const prompt_call &) = delete;
    ~prompt_call();

    // Marks the time in which the driver has handed the work back to the library.
    class back_in_library {
    public:
        back_in_library() noexcept;
        back_in_library(const back_in_library &) = delete;
        back_in_library &operator=(const back_in_library &) = delete;
        ~back_in_library();

    private:
        std::int64_t since_;
        std::int64_t before_;
    };

private:
    static inline thread_local std::int64_t not_the_drivers_ = 0;

    device &of_;
    const char *function_;
    const std::string &what_;
    std::int64_t since_;
    std::int64_t before_;
};

} // namespace alidade
