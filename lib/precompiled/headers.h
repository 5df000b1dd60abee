// Compiled once for each room by the builds with sanitizers: the headers that are dear to compile
// and that nearly every source needs. Sources include what they use all the same; the other builds
// fail where one does not.
#include <fmt/format.h>
#include <tl/expected.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>
