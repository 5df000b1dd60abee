// Marks threads that run code of the library.
#pragma once

namespace alidade {

// Counts the threads and callbacks of ours that this thread is inside of.
class inside_library {
public:
    inside_library() noexcept { ++depth_; }
    inside_library(const inside_library &) = delete;
    inside_library &operator=(const inside_library &) = delete;
    ~inside_library() { --depth_; }
    [[nodiscard]] static bool now() noexcept { return depth_ > 0; }

private:
    static inline thread_local int depth_ = 0;
};

} // namespace alidade
