# Instruments that need no hardware, for trying programs out.

"""
    MockMovable(; name="mock-movable", unit="mm", min=-100, max=100, position=0, home=0,
                velocity=100, settle_time=0.01, latency=0) -> Device

An axis that moves at constant velocity. It opens itself on first use.
"""
MockMovable(; name="mock-movable", options...) =
    Device(name, "mock-movable"; opens_itself=true, mock_options(options)...)

"""
    MockReadable(; name="mock-readable", unit="1", value=0, noise=0, seed=0, latency=0) -> Device

A sensor with a value, noise and a delay of one's choice. It opens itself on first use.
"""
MockReadable(; name="mock-readable", options...) =
    Device(name, "mock-readable"; opens_itself=true, mock_options(options)...)

# All numbers of the mocks but the seed are doubles.
mock_options(options) =
    (name => name !== :seed && x isa Real ? Float64(x) : x for (name, x) in options)
