// The work that is under way on workers.
#pragma once

#include "base/async/op.hpp"

#include <list>

namespace alidade {

// Lists operations that workers carry out, for the shutdown that cancels them: nobody else may know
// of one, and what it works on, such as the lab of a probe, need not be any caller's either.
class work_list {
public:
    // Lists an operation as long as it lives.
    class entry {
    public:
        entry(work_list &in, const ref<op> &o);
        entry(const entry &) = delete;
        entry &operator=(const entry &) = delete;
        ~entry();

    private:
        work_list &list_;
        std::list<ref<op>>::iterator place_;
    };

    // Cancels what is listed, and until its end what is listed later: it must not hold us up
    // either.
    class ending {
    public:
        explicit ending(work_list &of);
        ending(const ending &) = delete;
        ending &operator=(const ending &) = delete;
        ~ending();

    private:
        work_list &list_;
    };

private:
    std::mutex mutex_;
    std::list<ref<op>> ops_;
    bool ending_ = false;
};

} // namespace alidade
