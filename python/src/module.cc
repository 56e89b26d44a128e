// SPDX-License-Identifier: Apache-2.0
#include "bind.h"

NB_MODULE(_core, m) {
  using namespace pomona::python;
  m.attr("version") = POMONA_VERSION;
  for (auto* bind :
       {BindRows, BindImages, BindSource, BindExtractor, BindMoments, BindReducer,
        BindHead, BindPredict, BindExport, BindRun, BindCluster, BindThreads}) {
    bind(m);
  }
}
