// The part of the host's table that has to do with lines to instruments.
#pragma once

#include <alidade/driver.h>

namespace alidade::driver_ports {

ald_status poll_at(ald_node *node, int64_t t_mono_ns, ald_error **err) noexcept;
ald_status port_open(const ald_request *request, const char *uri, const ald_port_config *config,
                     ald_port **port, ald_error **err) noexcept;
void port_close(ald_port *port) noexcept;
ald_status port_write(ald_port *port, const ald_request *request, const void *data, size_t size,
                      ald_error **err) noexcept;
ald_status port_read(ald_port *port, const ald_request *request, int64_t deadline_mono_ns,
                     void *buffer, size_t capacity, size_t *size, ald_error **err) noexcept;
ald_status port_read_line(ald_port *port, const ald_request *request, int64_t deadline_mono_ns,
                          char *text, size_t capacity, size_t *size, ald_error **err) noexcept;
ald_status port_query(ald_port *port, const ald_request *request, const void *data, size_t size,
                      char *text, size_t capacity, size_t *text_size, ald_error **err) noexcept;
void port_discard(ald_port *port) noexcept;
void port_suspect(ald_port *port) noexcept;
ald_status port_send_now(ald_port *port, const void *data, size_t size, uint64_t flags,
                         ald_error **err) noexcept;
ald_status port_list(ald_value **ports, ald_error **err) noexcept;

} // namespace alidade::driver_ports
