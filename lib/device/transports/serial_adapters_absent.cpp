// In place of serial_adapters.cpp in a build without libserialport.
#include "device/transports/serial_adapters.hpp"
#include "device/transports/tty.hpp"

namespace alidade {

outcome set_serial_port(const std::string &path, int fd, const serial_settings &settings) {
    return set_by_termios(path, fd, settings);
}

result<std::vector<serial_adapter>> serial_adapters() {
    return fail(ALD_E_UNSUPPORTED, "line",
                "serial ports cannot be listed: the library was built without libserialport "
                "(meson's option -Dserialport=false); give the path, as in serial:/dev/ttyUSB0");
}

} // namespace alidade
