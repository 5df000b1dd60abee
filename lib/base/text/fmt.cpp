// fmt, compiled once. As headers alone every file of ours would compile all of it, which costs
// three seconds a file; Debian has it as a shared library besides, which the wheel would have to
// carry.
#include <fmt/format-inl.h>

FMT_BEGIN_NAMESPACE
namespace detail {

template thousands_sep_result<char> thousands_sep_impl(locale_ref);
template char decimal_point_impl(locale_ref);
template dragonbox::decimal_fp<float> dragonbox::to_decimal(float) noexcept;
template dragonbox::decimal_fp<double> dragonbox::to_decimal(double) noexcept;
template void buffer<char>::append(const char *, const char *);
template void vformat_to(buffer<char> &, string_view, basic_format_args<buffer_context<char>>,
                         locale_ref);

} // namespace detail
FMT_END_NAMESPACE
