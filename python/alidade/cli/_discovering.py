"""`alidade discover`: what is connected, and what answers at a port."""

from __future__ import annotations


def discover() -> int:
    """Prints what the drivers find without writing to unknown instruments, and serial ports."""
    import alidade

    found = alidade.discover()
    for candidate in found:
        print(f"{candidate['name']:<16}{candidate['driver']}: {candidate['description']}")
        for option, value in candidate.get("options", {}).items():
            print(f"    {option} = {value!r}")
    ports = alidade.ports()
    for port in ports:
        print(f"{port['uri']:<28}{port['description']}".rstrip())
    if not ports:
        print("no serial port was found")
    return 0


def probe(driver: str, uri: str) -> int:
    """Asks with a driver what is at the end of a line, and prints who it is."""
    import alidade

    found = alidade.probe(driver, uri)
    who = (found[k] for k in ("vendor", "model", "serial_number", "firmware"))
    print(f"{uri}: {' '.join(filter(None, who))}")
    return 0
