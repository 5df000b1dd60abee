/**
 * @file
 * The serial ports of this computer.
 */
#ifndef ALIDADE_PORT_H
#define ALIDADE_PORT_H

#include <alidade/base.h>
#include <alidade/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Lists the serial ports of this computer, without opening them.
 *
 * @param out receives an owned list of maps: uri, path, description, and where known vendor_id,
 *   product_id, manufacturer, product, serial_number (of the USB adapter).
 * @return ALD_OK; ALD_E_IO if the system does not tell; ALD_E_UNSUPPORTED in a library that was
 *   built without libserialport; ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_port_list(ald_value **out, ald_error **err) ALD_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
