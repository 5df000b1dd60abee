# Instruments that need no hardware, for trying programs out.

export MockMovable, MockReadable, MockSettable, MockShutter, MockCamera

"""
    MockMovable(; name="mock-movable", unit="mm", min=-100, max=100, position=0, home=0,
                velocity=100, settle_time=0.01, latency=0, bench="", axis="",
                acceleration=1000) -> Device

An axis that moves at constant velocity, or with `axis` an axis of a simulated bench. It opens itself
on first use.
"""
MockMovable(; name="mock-movable", options...) =
    Device(name, "mock-movable"; opens_itself=true, mock_options(options)...)

"""
    MockReadable(; name="mock-readable", unit="1", value=0, noise=0, seed=0, latency=0, bench="",
                 quantity="") -> Device

A sensor with a value, noise and a delay of one's choice, or with `quantity` one of a simulated
bench. It opens itself on first use.
"""
MockReadable(; name="mock-readable", options...) =
    Device(name, "mock-readable"; opens_itself=true, mock_options(options)...)

"""
    MockShutter(; name="mock-shutter", travel_time=0.01, bench="", quantity="") -> Device

A shutter with a travel time of one's choice, or with `quantity="shutter"` that of a simulated
bench. It opens itself on first use.
"""
MockShutter(; name="mock-shutter", options...) =
    Device(name, "mock-shutter"; opens_itself=true, mock_options(options)...)

"""
    MockSettable(; name="mock-settable", unit="V", min=0, max=10, value=0, resolution=0, noise=0,
                 lag=0, seed=0, bench="", quantity="") -> Device

An output with limits, lag and a noisy read-back, or with `quantity` one of a simulated bench. It
opens itself on first use.
"""
MockSettable(; name="mock-settable", options...) =
    Device(name, "mock-settable"; opens_itself=true, mock_options(options)...)

# All numbers of the mocks but the seed are doubles; a bench is known by its name.
mock_options(options) = (key => mock_option(key, x) for (key, x) in options)
mock_option(key, x) = key !== :seed && x isa Real ? Float64(x) : x isa Bench ? name(x) : x

"""
    MockCamera(; name="mock-camera", width=640, height=480, pattern="optics", exposure=0.01,
               trigger_mode="software", frame_rate=20, ...) -> Device

A camera that sees the simulated bench, or with `pattern="gradient"` a moving gradient. It opens
itself on first use. `drivers()` lists all its options.
"""
MockCamera(; name="mock-camera", options...) =
    Device(name, "mock-camera"; opens_itself=true, camera_options(options)...)

const CAMERA_NUMBERS = (
    :exposure, :gain, :offset, :read_noise, :dark_current, :full_well, :frame_rate, :readout_time,
    :cooling_time, :external_rate,
)
camera_options(options) =
    (key => key in CAMERA_NUMBERS ? Float64(x) : x isa Bench ? name(x) : x for (key, x) in options)
