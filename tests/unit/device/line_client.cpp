// Sends lines of the standard input over the line whose URI is given, and prints the answers: for
// tests whose other end is written in another language.
#include "unit/device/line_bench.hpp"

#include "device/transports/transcript.hpp"

#include <iostream>

int main(int count, char **arguments) {
    using namespace alidade;
    using namespace alidade::testing;
    if (count != 2) {
        std::cerr << "usage: line_client URI\n";
        return 2;
    }
    line_bench bench(arguments[1]);
    const auto opened = bench.open();
    std::cout << (opened ? "open" : text_of(opened)) << std::endl;
    for (std::string question; opened && std::getline(std::cin, question);) {
        std::cout << escaped_bytes(text_of(bench.run(asking(question + "\n")))) << std::endl;
    }
    bench.home->close();
    bench.line = nullptr;
    return opened ? 0 : 1;
}
