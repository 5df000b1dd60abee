#include "driver/instruments.hpp"

#include "base/inside_library.hpp"
#include "driver/tokens.hpp"
#include "driver/values.hpp"
#include "sim/instrument.hpp"

namespace alidade {

namespace {

class table_instrument final : public instrument {
public:
    table_instrument(const ald_instrument &table, const std::shared_ptr<optical_bench> &on)
        : table_(table), bench_(make<bench_object>(on)) {}
    ~table_instrument() override {
        if (created_) {
            const inside_library inside;
            table_.destroy(data_);
        }
    }
    [[nodiscard]] ald_status create(instrument_link &line, const ald_value *options,
                                    ald_error **why) {
        const inside_library inside;
        const ald_status status = table_.create(reinterpret_cast<ald_link *>(&line),
                                                bench_for_driver(*bench_), options, &data_, why);
        created_ = status == ALD_OK;
        return status;
    }
    void receive(std::span<const std::uint8_t> data) override {
        const inside_library inside;
        table_.receive(data_, data.data(), data.size());
    }
    void wake(std::int64_t t_mono_ns) override {
        if (table_.wake != nullptr) {
            const inside_library inside;
            table_.wake(data_, t_mono_ns);
        }
    }

private:
    const ald_instrument &table_;
    ref<bench_object> bench_;
    void *data_ = nullptr;
    bool created_ = false;
};

class table_kind final : public instrument_kind {
public:
    table_kind(const ald_instrument &table, std::string driver, std::vector<schema> options)
        : table_(table), name_(table.name), doc_(table.doc), driver_(std::move(driver)),
          options_(std::move(options)) {}

    [[nodiscard]] const std::string &name() const override { return name_; }
    [[nodiscard]] const std::string &doc() const override { return doc_; }
    [[nodiscard]] const std::string &driver() const override { return driver_; }
    [[nodiscard]] std::span<const schema> options() const override { return options_; }
    [[nodiscard]] result<std::unique_ptr<instrument>>
    create(instrument_link &line, const std::shared_ptr<optical_bench> &on,
           const value &options) const override {
        const lent_value lent(options);
        handed_over<ald_error> why;
        auto made = std::make_unique<table_instrument>(table_, on);
        const ald_status status = made->create(line, lent.get(), &why.handle);
        if (status != ALD_OK) {
            return driver_failure(status, why.handle, name_);
        }
        return made;
    }

private:
    const ald_instrument &table_;
    std::string name_;
    std::string doc_;
    std::string driver_;
    std::vector<schema> options_;
};

outcome add_instrument(const ald_instrument &table, const char *driver) {
    if (table.struct_size < sizeof(ald_instrument)) {
        return fail(ALD_E_VERSION, "simulation",
                    "a simulated instrument of the driver '{}' is written for another driver ABI; "
                    "build it anew",
                    driver);
    }
    if (table.name == nullptr || *table.name == '\0' || table.doc == nullptr ||
        table.create == nullptr || table.destroy == nullptr || table.receive == nullptr) {
        return fail(ALD_E_INVALID, "simulation",
                    "a simulated instrument of the driver '{}' lacks name, doc, create, destroy or "
                    "receive",
                    driver);
    }
    auto options =
        option_records(table.name, table.options, table.option_stride, table.option_count);
    if (!options) {
        return failure(std::move(options.error()));
    }
    return instruments::add(std::make_unique<table_kind>(table, driver, std::move(*options)));
}

} // namespace

instrument_link &behind_link(ald_link *line) noexcept {
    return *reinterpret_cast<instrument_link *>(line);
}

bench_object &behind_bench(const ald_bench *bench) noexcept {
    return *reinterpret_cast<bench_object *>(const_cast<ald_bench *>(bench));
}
ald_bench *bench_for_driver(bench_object &bench) noexcept {
    return reinterpret_cast<ald_bench *>(&bench);
}

outcome add_instruments(const ald_driver &of) {
    if (auto fit = check_records(of.instruments, of.instrument_stride, of.instrument_count,
                                 sizeof(std::uint32_t),
                                 fmt::format("simulated instruments of the driver '{}'", of.name));
        !fit) {
        return fit;
    }
    for (std::int64_t i = 0; i < of.instrument_count; ++i) {
        const auto *table = reinterpret_cast<const ald_instrument *>(
            reinterpret_cast<const char *>(of.instruments) +
            static_cast<std::size_t>(i) * of.instrument_stride);
        if (auto added = add_instrument(*table, of.name); !added) {
            return added;
        }
    }
    return {};
}

} // namespace alidade
