// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/image_source_contract.h"

namespace pomona::store {
namespace {

INSTANTIATE_TEST_SUITE_P(
    Kinds, ImageSourceContract,
    testing::Values(SourceKind{"Folder", LayOutFolder}, Tar("TarUstar", "ustar"),
                    Tar("TarPax", "pax"), Tar("TarGnu", "gnu"), Tar("TarV7", "v7"),
                    SourceKind{"Txt", LayOutTxt, true, false},
                    SourceKind{"Txt0", LayOutTxt0}, SourceKind{"Csv", LayOutCsv, false},
                    SourceKind{"ParquetList", LayOutParquetList, false},
                    SourceKind{"Parquet", LayOutParquet, false}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace pomona::store
