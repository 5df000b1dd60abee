#include "base/async/work_list.hpp"

namespace alidade {

work_list::entry::entry(work_list &in, const ref<op> &o) : list_(in) {
    bool too_late = false;
    {
        const std::scoped_lock lock(in.mutex_);
        place_ = in.ops_.insert(in.ops_.end(), o);
        too_late = in.ending_;
    }
    if (too_late) {
        o->cancel();
    }
}

work_list::entry::~entry() {
    std::list<ref<op>> gone; // freed without the lock
    const std::scoped_lock lock(list_.mutex_);
    gone.splice(gone.end(), list_.ops_, place_);
}

work_list::ending::ending(work_list &of) : list_(of) {
    std::vector<ref<op>> listed;
    {
        const std::scoped_lock lock(of.mutex_);
        listed.assign(of.ops_.begin(), of.ops_.end());
        of.ending_ = true;
    }
    for (const ref<op> &o : listed) {
        o->cancel();
    }
}

work_list::ending::~ending() {
    const std::scoped_lock lock(list_.mutex_);
    list_.ending_ = false;
}

} // namespace alidade
