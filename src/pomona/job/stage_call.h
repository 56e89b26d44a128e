// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace pomona::job {

// A filter body for tbb::parallel_pipeline that calls a member function. TBB copies
// bodies into memory of its own, by one thread, and reads them in others; the thread
// sanitizer does not see that hand-over and calls it a race. The read of the two members
// below is all that its suppression of this file hides: what the stages themselves do is
// still checked.
template <typename Owner, typename Out, typename In>
class StageCall {
 public:
  StageCall(Owner* owner, Out (Owner::*stage)(In)) : owner_(owner), stage_(stage) {}
  Out operator()(In in) const { return (owner_->*stage_)(in); }

 private:
  Owner* owner_;
  Out (Owner::*stage_)(In);
};

}  // namespace pomona::job
