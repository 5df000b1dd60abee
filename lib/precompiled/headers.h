// Compiled once for each room in builds with -Db_pch=true: the headers that are dear to compile and
// that nearly every source needs. Sources include what they use all the same; builds without it,
// among them the release's, fail where one does not.
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
