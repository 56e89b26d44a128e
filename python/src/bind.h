// SPDX-License-Identifier: Apache-2.0
// A function for each topic; module.cc calls them all.
#pragma once

#include <nanobind/nanobind.h>

namespace pomona::python {

void BindRows(nanobind::module_& m);
void BindImages(nanobind::module_& m);
void BindSource(nanobind::module_& m);
void BindExtractor(nanobind::module_& m);
void BindMoments(nanobind::module_& m);
void BindReducer(nanobind::module_& m);
void BindExport(nanobind::module_& m);
void BindHead(nanobind::module_& m);
void BindPredict(nanobind::module_& m);
void BindRun(nanobind::module_& m);
void BindCluster(nanobind::module_& m);
void BindThreads(nanobind::module_& m);

}  // namespace pomona::python
