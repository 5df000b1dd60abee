#include "device/transports/transcript.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/read_file.hpp"

#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <mutex>

namespace alidade {

namespace {

constexpr std::size_t longest_transcript = 256 << 20;
constexpr std::string_view first_line = "alidade transcript 1";

// Appends to a file, each entry with one write: what was written survives a crash of the process.
class transcript_file {
public:
    transcript_file(descriptor file, std::string path)
        : file_(std::move(file)), path_(std::move(path)) {}

    void begin(const line_uri &uri) {
        start_ns_ = mono_ns();
        append(fmt::format("{}\n", first_line));
        add('!', "opened " + uri.text);
    }

    void add(char mark, std::string_view bytes) {
        const std::scoped_lock lock(mutex_);
        const std::int64_t t = mono_ns() - start_ns_;
        append(fmt::format("{}.{:09d} {} {}\n", t / 1'000'000'000, t % 1'000'000'000, mark,
                           escaped_bytes(bytes)));
    }

private:
    // The line goes on when the disk is full.
    void append(std::string_view entry) {
        while (!broken_ && !entry.empty()) {
            const ssize_t done = ::write(file_.get(), entry.data(), entry.size());
            if (done >= 0) {
                entry.remove_prefix(static_cast<std::size_t>(done));
            } else if (errno != EINTR) {
                broken_ = true;
                log::write(ALD_LOG_ERROR, "line",
                           fail_errno(errno, "line", "the transcript '" + path_ + "' ends early")
                               .value()
                               ->detail()
                               .message);
            }
        }
    }

    std::mutex mutex_;
    descriptor file_;
    std::string path_;
    std::int64_t start_ns_ = 0;
    bool broken_ = false;
};

class recorded_transport final : public transport {
public:
    recorded_transport(std::unique_ptr<transport> line, descriptor file, std::string path)
        : transport(line->name(), descriptor()), line_(std::move(line)),
          file_(std::move(file), std::move(path)) {}
    ~recorded_transport() override { file_.add('!', "closed"); }

    void begin(const line_uri &uri) { file_.begin(uri); }

    [[nodiscard]] int fd() const noexcept override { return line_->fd(); }
    [[nodiscard]] result<std::size_t> read(std::span<char> to) override {
        auto count = line_->read(to);
        if (count && *count > 0) {
            file_.add('<', {to.data(), *count});
        }
        return checked(std::move(count));
    }
    [[nodiscard]] result<std::size_t> write(std::string_view bytes) override {
        auto count = line_->write(bytes);
        if (count && *count > 0) {
            file_.add('>', bytes.substr(0, *count));
        }
        return checked(std::move(count));
    }
    [[nodiscard]] result<bool> flush() override { return line_->flush(); }
    bool cut() override {
        const bool some = line_->cut();
        file_.add('!', "cut off what was on its way");
        return some;
    }
    void forget() override { line_->forget(); }
    void note(std::string_view what) override { file_.add('!', what); }

private:
    result<std::size_t> checked(result<std::size_t> count) {
        if (!count) {
            file_.add('!', "lost: " + count.error()->detail().message);
        }
        return count;
    }

    std::unique_ptr<transport> line_;
    transcript_file file_;
};

// A failure in a transcript that is read.
template <class... Args>
failure bad_entry(const std::string &path, std::size_t line, fmt::format_string<Args...> format,
                  Args &&...args) {
    return fail(
        {.code = ALD_E_CORRUPT, .domain = "line", .where = fmt::format("{}:{}", path, line)},
        format, std::forward<Args>(args)...);
}

// Takes "\r" and its like back; false for what is none.
bool unescape(std::string_view text, std::string &to) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            to += text[i];
            continue;
        }
        if (++i == text.size()) {
            return false;
        }
        unsigned char byte = 0;
        switch (text[i]) {
        case 'r': to += '\r'; break;
        case 'n': to += '\n'; break;
        case 't': to += '\t'; break;
        case '\\': to += '\\'; break;
        case 'x': {
            const char *digits = text.data() + i + 1;
            if (i + 2 >= text.size() ||
                std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2) {
                return false;
            }
            to += static_cast<char>(byte);
            i += 2;
            break;
        }
        default: return false;
        }
    }
    return true;
}

bool read_entry(std::string_view text, transcript_entry &to) {
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos || space + 3 > text.size() || text[space + 2] != ' ') {
        return false;
    }
    const std::size_t point = text.find('.');
    std::uint64_t seconds = 0; // from_chars takes a sign where there may be one
    std::uint64_t ns = 0;
    const char *begin = text.data();
    if (point == std::string_view::npos || space != point + 10 ||
        std::from_chars(begin, begin + point, seconds).ptr != begin + point ||
        std::from_chars(begin + point + 1, begin + space, ns).ptr != begin + space ||
        seconds > 1'000'000'000) {
        return false;
    }
    to.t_ns = static_cast<std::int64_t>(seconds * 1'000'000'000 + ns);
    to.mark = text[space + 1];
    return std::string_view("<>!").find(to.mark) != std::string_view::npos &&
           unescape(text.substr(space + 3), to.bytes) && !to.bytes.empty();
}

} // namespace

std::string escaped_bytes(std::string_view bytes) {
    std::string text;
    for (const char c : bytes) {
        switch (c) {
        case '\r': text += "\\r"; break;
        case '\n': text += "\\n"; break;
        case '\t': text += "\\t"; break;
        case '\\': text += "\\\\"; break;
        default:
            if (c < ' ' || c > '~') {
                text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
            } else {
                text += c;
            }
        }
    }
    return text;
}

result<std::vector<transcript_entry>> read_transcript(const std::string &path) {
    const auto text = read_file(path, longest_transcript, "line");
    if (!text) {
        return failure(text.error());
    }
    std::vector<transcript_entry> entries;
    bool begun = false;
    std::size_t number = 0;
    for (std::string_view rest = *text; !rest.empty();) {
        ++number;
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        if (line == first_line) {
            begun = true;
            entries.clear();
            continue;
        }
        transcript_entry entry;
        entry.line = number;
        if (!begun) {
            return bad_entry(path, number, "'{}' is no transcript: it does not begin with '{}'",
                             path, first_line);
        }
        if (!read_entry(line, entry)) {
            return bad_entry(path, number, "line {} of '{}' is no entry of a transcript", number,
                             path);
        }
        entries.push_back(std::move(entry));
    }
    if (!begun) {
        return bad_entry(path, 1, "'{}' is empty", path);
    }
    return entries;
}

result<std::unique_ptr<transport>> recorded(std::unique_ptr<transport> line, const line_uri &uri,
                                            const std::string &path) {
    descriptor file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666));
    if (!file.open()) {
        return fail_errno(errno, "line", "writing the transcript '" + path + "'");
    }
    auto both = std::make_unique<recorded_transport>(std::move(line), std::move(file), path);
    both->begin(uri);
    return both;
}

} // namespace alidade
